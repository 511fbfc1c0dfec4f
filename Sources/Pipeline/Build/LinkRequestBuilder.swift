import Basics
import GraphPasses
import KernelCodegen
import Linking
import Machine
import QueryEngine
import TensorIR

/// Turns a compilation into what the linker binds: values, steps, constants, ports.
struct LinkRequestBuilder {
    private let compilation: Compilation
    private let target: TargetDescription
    private let context: QueryContext
    private var values: [LinkValue] = []
    private var steps: [LinkStep] = []
    /// Where each value of the prepared graph is.
    private var operands: [ValueID: LinkOperand] = [:]
    /// For each step, its region and, for a kernel, its kernel.
    private(set) var origins: [(region: Int, kernel: Int?)] = []

    init(_ compilation: Compilation, target: TargetDescription, context: QueryContext) {
        self.compilation = compilation
        self.target = target
        self.context = context
    }

    mutating func build() throws -> LinkRequest {
        let graph = compilation.partitioned.graph
        for (input, name) in zip(graph.inputs, compilation.inputNames) where !input.kind.isConstant {
            operands[input.value] = .value(add(graph.type(input.value).with(layout: .rowMajor), name: name))
        }
        for (index, region) in compilation.partitioned.regions.enumerated() { try append(index, region) }
        let constants = try zip(compilation.constants.blobs, compilation.constants.types).map { blob, type in
            LinkConstant(try context.open(blob), fingerprint: blob.fingerprint, type: type.sizeBytes == blob.count ? type : nil)
        }
        return LinkRequest(
            target: target, kernels: compilation.kernels.map(\.generated.object), constants: constants, values: values, steps: steps,
            inputs: try inputPorts(graph), outputs: try outputPorts(graph), states: try states(graph))
    }

    private mutating func add(_ type: TensorType, part: PlannedValue.Part? = nil, name: String = "") -> Int {
        values.append(LinkValue(type, part: part, name: name))
        return values.count - 1
    }

    private mutating func append(_ index: Int, _ region: Region) throws {
        let subgraph = compilation.optimised[index]
        let name = compilation.imported.name(of: region)
        let locals = subgraph.locals.map { add($0, name: name) }
        func operand(_ operand: SubgraphOperand, _ packing: ConstantPacking) throws -> LinkOperand {
            switch operand {
            case .local(let local): return .value(locals[local])
            case .input(let input): return try linked(region.inputs[input])
            case .constant(let recipe):
                let use = PackedConstants.Use(region: index, recipe: recipe, packing: packing)
                guard let constant = compilation.constants.index[use] else { throw Self.inconsistent("a constant was not packed") }
                return .constant(constant)
            }
        }
        for (step, content) in subgraph.steps.enumerated() {
            let stepName = compilation.nameOfStep[index][step]
            switch content {
            case .kernel(let request, let reads, let results):
                guard let kernel = compilation.kernelOfStep[index][step] else { throw Self.inconsistent("a step has no kernel") }
                let types = request.operands.filter { $0.kind != .result }.map { TensorType($0.element, $0.dimensions) }
                let bound = try zip(reads, types).enumerated().map { position, read in
                    let base = try operand(read.0.base, compilation.kernels[kernel].packing(ofRead: position))
                    return read.0.offset == 0 ? base : try place(read.0, base, read.1, name)
                }
                steps.append(LinkStep(.kernel(kernel), operands: bound, results: results.map { locals[$0] }, name: stepName))
                origins.append((index, kernel))
            case .host(let operation, let attributes, let reads, let results):
                let bound = try reads.map { try place($0.place, try operand($0.place.base, .rowMajor), $0.type, name) }
                let work = LinkStep.Work.host(operation: operation, attributes: attributes.text)
                steps.append(LinkStep(work, operands: bound, results: results.map { locals[$0] }, name: stepName))
                origins.append((index, nil))
            }
        }
        for (value, result) in zip(region.results, subgraph.results) {
            operands[value] = try place(result, try operand(result.base, .rowMajor), compilation.partitioned.graph.type(value), name)
        }
    }

    /// A tensor in a buffer: the buffer itself, or a part of it.
    private mutating func place(
        _ result: SubgraphPlace, _ base: LinkOperand, _ type: TensorType, _ name: String
    ) throws -> LinkOperand {
        guard case .value(let whole) = base else {
            guard result.offset == 0 else { throw Self.inconsistent("a part of a constant") }
            return base
        }
        if result.offset == 0 && values[whole].type == type { return base }
        return .value(add(type, part: PlannedValue.Part(of: whole, offsetBytes: result.offset * type.element.sizeBytes), name: name))
    }

    private func linked(_ value: ValueID) throws -> LinkOperand {
        guard let operand = operands[value] else { throw Self.inconsistent("a value is read before it is made") }
        return operand
    }

    private func inputPorts(_ graph: Graph) throws -> [LinkPort] {
        try graph.inputs.filter { $0.kind == .activation }.enumerated().map { LinkPort("input.\($0)", try linked($1.value)) }
    }

    private func outputPorts(_ graph: Graph) throws -> [LinkPort] {
        try graph.outputs.enumerated().map { LinkPort("output.\($0)", try linked($1)) }
    }

    private func states(_ graph: Graph) throws -> [LinkState] {
        try graph.updates.enumerated().map { index, update in
            guard case .value(let current) = try linked(update.state), case .value(let next) = try linked(update.value) else {
                throw Self.inconsistent("a state is a constant")
            }
            return LinkState("state.\(index)", current: current, next: next)
        }
    }

    private static func inconsistent(_ reason: String) -> Diagnostic {
        .ownFault(.inconsistentGraph, reason)
    }
}
