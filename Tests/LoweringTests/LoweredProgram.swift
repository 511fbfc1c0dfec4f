import Basics
import GraphPasses
import KernelCodegen
import Linking
import Machine
import Operators
import Simulation
import TensorIR

/// A graph lowered region by region as the compiler does it, and run kernel by kernel on the simulated machine: every operand in a buffer of its own, so that
/// neither the linker nor its memory plan takes part.
struct LoweredProgram {
    let partitioned: PartitionedProgram
    let target: TargetDescription
    /// The places of the activations among the imported graph's inputs.
    private let activations: [Int]

    /// - Parameter element: the type in which float32 is computed; nil leaves it.
    init(_ graph: Graph, target: TargetDescription = .headset, element: ElementType? = nil) throws {
        partitioned = try PartitionProgram.apply(to: graph, element: element)
        self.target = target
        activations = graph.inputs.indices.filter { graph.inputs[$0].kind == .activation }
    }

    /// Why operators run on the host, region by region.
    var hostReasons: [String] {
        partitioned.regions.compactMap { if case .host(let reason) = $0.placement { reason } else { nil } }
    }

    /// What every step asks of code generation, region by region.
    func requests() throws -> [KernelRequest] {
        try partitioned.regions.flatMap { region in
            try OptimiseSubgraph.apply(to: region.graph, placement: region.placement).steps.compactMap { step in
                if case .kernel(let request, _, _) = step { request } else { nil }
            }
        }
    }

    /// The outputs for contents of the imported graph's inputs, in their order.
    func run(_ contents: [Tensor]) throws -> [Tensor] {
        var values: [ValueID: [UInt8]] = [:]
        for (index, input) in partitioned.graph.inputs.enumerated() {
            if case .constant(.literal(let bytes)) = input.kind {
                values[input.value] = bytes
            } else if let place = partitioned.importedInputs[index] {
                values[input.value] = contents[place].bytes
            }
        }
        // Activations keep their order through all passes.
        for (input, place) in zip(partitioned.graph.inputs.filter { $0.kind == .activation }, activations) {
            values[input.value] = contents[place].bytes
        }
        for region in partitioned.regions { try RegionRun(region, target, &values) }
        return try partitioned.graph.outputs.map { value in
            guard let bytes = values[value] else { throw LoweredProgramError("an output is not made") }
            return Tensor(partitioned.graph.type(value).with(layout: .rowMajor), storage: ByteStorage(bytes))
        }
    }
}

/// A contradiction that only a test meets.
struct LoweredProgramError: Error, CustomStringConvertible {
    let description: String

    init(_ description: String) { self.description = description }
}

/// One region of a program, run.
private struct RegionRun {
    private let region: Region
    private let subgraph: OptimisedSubgraph
    private let target: TargetDescription
    private var locals: [[UInt8]]
    private let inputs: [[UInt8]]

    @discardableResult
    init(_ region: Region, _ target: TargetDescription, _ values: inout [ValueID: [UInt8]]) throws {
        self.region = region
        self.target = target
        subgraph = try OptimiseSubgraph.apply(to: region.graph, placement: region.placement)
        locals = subgraph.locals.map { _ in [] }
        let known = values
        inputs = try region.inputs.map { value in
            guard let bytes = known[value] else { throw LoweredProgramError("a region's input is not made yet") }
            return bytes
        }
        for step in subgraph.steps { try run(step) }
        for (value, result) in zip(region.results, zip(subgraph.results, region.graph.outputs)) {
            let type = region.graph.type(result.1)
            let start = result.0.offset * type.element.sizeBytes
            let bytes = try content(result.0.base)
            values[value] = Array(bytes[start..<start + type.sizeBytes])
        }
    }

    private mutating func run(_ step: SubgraphStep) throws {
        switch step {
        case .host(let operation, let attributes, let operands, let results):
            let node = region.graph.nodes.first { $0.operation == operation && $0.attributes == attributes }
            guard let node else { throw LoweredProgramError("a host step without a node") }
            let tensors = try operands.map { operand in
                let start = operand.place.offset * operand.type.element.sizeBytes
                let bytes = try content(operand.place.base)[start..<start + operand.type.sizeBytes]
                return Tensor(operand.type, storage: ByteStorage(Array(bytes)))
            }
            let made = try OperatorSet.standard.evaluate(node, tensors)
            for (local, tensor) in zip(results, made) { locals[local] = tensor.bytes }
        case .kernel(let request, let operands, let results):
            let made = try KernelRun(request, target).run { (packing, read) in
                let place = operands[read]
                if case .constant(let recipe) = place.base {
                    return try pack(try constant(recipe), as: packing).array
                }
                let own = request.operands.filter { $0.kind != .result }[read]
                let start = place.offset * own.element.sizeBytes
                return Array(try content(place.base)[start..<start + own.sizeBytes])
            }
            for (local, bytes) in zip(results, made) { locals[local] = bytes }
        }
    }

    private func constant(_ recipe: Int) throws -> Tensor {
        let recipe = subgraph.recipes[recipe]
        var tensors: [Tensor] = []
        for (input, feed) in zip(recipe.graph.inputs, recipe.inputs) {
            guard let feed else { continue }
            tensors.append(Tensor(recipe.graph.type(input.value), storage: ByteStorage(inputs[feed])))
        }
        return try evaluateRecipe(recipe, tensors)
    }

    private func content(_ operand: SubgraphOperand) throws -> [UInt8] {
        switch operand {
        case .input(let index): inputs[index]
        case .local(let index): locals[index]
        case .constant(let recipe): try constant(recipe).bytes
        }
    }
}

/// One kernel, generated and run. Results hold ones before, so that an element that is not written shows.
private struct KernelRun {
    private let request: KernelRequest
    private let target: TargetDescription
    private let generated: GeneratedKernel

    init(_ request: KernelRequest, _ target: TargetDescription) throws {
        self.request = request
        self.target = target
        generated = try generate(request, target: TargetView(target))
    }

    /// The bytes of the results. `read` gives the content of each operand that is no result, counted among these, packed as asked.
    func run(_ read: (ConstantPacking, Int) throws -> [UInt8]) throws -> [[UInt8]] {
        let limits = KernelLimits(target)
        var address = 0
        let bindings = generated.object.operands.map { operand in
            defer { address += (operand.bytes + 63) & ~63 }
            return Binding(space: .dram, address: address, bytes: operand.bytes)
        }
        let sram = generated.object.workspaceBytes
        let machine = ValueMachine(limits: limits, memory: MemoryPlan(dramBytes: address, sramBytes: sram))
        var reads = 0
        for (number, operand) in request.operands.enumerated() {
            if operand.kind == .result {
                try machine.write(Array(repeating: 0xFF, count: bindings[number].bytes), to: bindings[number])
            } else {
                try machine.write(try read(generated.packings[number], reads), to: bindings[number])
                reads += 1
            }
        }
        try machine.run(try PreparedKernel(generated.object, limits: limits), bindings: bindings, workspaceBase: 0)
        let results = request.operands.indices.filter { request.operands[$0].kind == .result }
        return try results.map { try machine.read(bindings[$0]) }
    }
}
