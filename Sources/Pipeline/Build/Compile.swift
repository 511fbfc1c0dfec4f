import Basics
import GraphPasses
import KernelCodegen
import Linking
import Machine
import QueryEngine
import TensorIR

/// Asks for every part of a program, stage by stage: each arrow is one query, all parts of a stage at once.
struct Compile {
    let specification: ProgramSpecification
    let context: QueryContext

    func run() async throws -> Compilation { try await specification.inProgram { try await parts() } }

    private func parts() async throws -> Compilation {
        let archive = try await specification.openArchive(context)
        let imported = try await specification.importProgram(archive, context)
        try checkTarget(imported)
        let partitioned = try await context.get(
            PartitionQuery(graph: imported.graph, element: specification.precision.element, label: specification.label))
        let optimised = try await context.getAll(
            partitioned.regions.map { OptimiseQuery(graph: $0.graph, placement: $0.placement, label: imported.name(of: $0)) })
        let names = Self.names(partitioned, optimised, imported)
        let (kernels, kernelOfStep) = try await generate(partitioned, optimised, imported, names)
        let weights = try specification.bindWeights(imported, archive, context)
        let constants = try await pack(partitioned, optimised, kernels, kernelOfStep, weights, imported)
        return Compilation(
            imported: imported, partitioned: partitioned, weights: weights, optimised: optimised, kernels: kernels,
            kernelOfStep: kernelOfStep, nameOfStep: names, constants: constants)
    }

    /// A float program on an integer machine is refused as a whole, before any of its kernels are.
    private func checkTarget(_ imported: ImportedProgram) throws {
        let target = specification.target
        if specification.precision == .int8 {
            // LIMIT: a capture with this precision gives quantise and dequantise pairs, and those are not imported yet.
            throw Diagnostic(
                .precision, "\(specification.model) is a float program; precision int8 needs one that was quantised at capture",
                help: "use precision = \"float\", \"bf16\" or \"fp16\" on a target with float arithmetic")
        }
        guard target[.vectorFloat] == 0, imported.graph.values.contains(where: { $0.type.element.isFloatingPoint }) else { return }
        throw Diagnostic(
            .floatOnIntegerTarget,
            "\(target.name) computes in integers only, and \(specification.model) is a float program (precision = \"\(specification.precision.rawValue)\")",
            help: "use a target with float arithmetic (headset, edge), or a program quantised at capture (precision = \"int8\")")
    }
}

// Kernels.
extension Compile {
    private static func names(
        _ partitioned: PartitionedProgram, _ optimised: [OptimisedSubgraph], _ imported: ImportedProgram
    ) -> [[String]] {
        var uses: [String: Int] = [:]
        return zip(partitioned.regions, optimised).map { region, subgraph in
            let base = imported.name(of: region)
            return subgraph.steps.map { _ in
                let use = uses[base, default: 0] + 1
                uses[base] = use
                return use > 1 ? "\(base)#\(use)" : base
            }
        }
    }

    private func generate(
        _ partitioned: PartitionedProgram, _ optimised: [OptimisedSubgraph], _ imported: ImportedProgram, _ nameOfStep: [[String]]
    ) async throws -> ([Compilation.Kernel], [[Int?]]) {
        var index: [Fingerprint: Int] = [:]
        var keys: [Fingerprint] = []
        var firstUses: [Int] = []
        // Every use asks under the role of its own place, so that `why` can compare whatever place an edit changes with what it had before.
        var queries: [GenerateQuery] = []
        var sources: [SourcePosition?] = []
        let kernelOfStep = zip(zip(partitioned.regions, optimised), nameOfStep).map { part, names in
            let (region, subgraph) = part
            return zip(subgraph.steps, names).map { step, name -> Int? in
                guard case .kernel(let request, _, _) = step else { return nil }
                let query = GenerateQuery(
                    request: request, target: specification.target, label: name,
                    role: KernelRole.role(model: specification.model, target: specification.target.name, kernel: name))
                queries.append(query)
                sources.append(imported.place(of: region)?.position)
                let key = query.keyFingerprint
                if let known = index[key] { return known }
                index[key] = firstUses.count
                keys.append(key)
                firstUses.append(queries.count - 1)
                return firstUses.count - 1
            }
        }
        let generated = try await context.outcomes(queries)
        var kernels: [Compilation.Kernel] = []
        var refusals: [Diagnostic] = []
        for (use, key) in zip(firstUses, keys) {
            let (query, source) = (queries[use], sources[use])
            switch generated[use] {
            case .success(let kernel):
                kernels.append(Compilation.Kernel(request: query.request, generated: kernel, key: key, name: query.label, source: source))
            case .failure(let list): refusals += list.diagnostics.map { $0.placed(at: source, kernel: query.label) }
            }
        }
        guard refusals.isEmpty else { throw DiagnosticList(refusals) }
        return (kernels, kernelOfStep)
    }
}

extension Diagnostic {
    /// Of one kernel's request, which has no names, as a diagnostic of the place where the kernel is used first.
    fileprivate func placed(at source: SourcePosition?, kernel: String) -> Diagnostic {
        var placed = self
        placed.position = source
        placed.notes.insert("in the kernel of \(kernel)", at: 0)
        return placed
    }
}

// Constants.
extension Compile {
    private func pack(
        _ partitioned: PartitionedProgram, _ optimised: [OptimisedSubgraph], _ kernels: [Compilation.Kernel], _ kernelOfStep: [[Int?]],
        _ weights: WeightBinding, _ imported: ImportedProgram
    ) async throws -> PackedConstants {
        let sources = ConstantSources(partitioned, imported, weights)
        var packed = PackedConstants()
        var queries: [PackQuery] = []
        func add(_ region: Int, _ recipe: Int, _ packing: ConstantPacking) throws {
            let use = PackedConstants.Use(region: region, recipe: recipe, packing: packing)
            guard packed.index[use] == nil else { return }
            let content = optimised[region].recipes[recipe]
            let name = imported.name(of: partitioned.regions[region])
            let leaves = try sources.leaves(of: content, in: partitioned.regions[region])
            packed.index[use] = queries.count
            packed.types.append(content.graph.type(content.graph.outputs[0]))
            packed.names.append(name)
            queries.append(
                PackQuery(
                    recipe: content, packing: packing, weights: leaves.map(\.tensor), weightFingerprints: leaves.map(\.fingerprint),
                    label: name))
        }
        for (region, subgraph) in optimised.enumerated() {
            for (step, content) in subgraph.steps.enumerated() {
                let (operands, kernel) = content.operandsAndKernel(kernelOfStep[region][step], kernels)
                for (position, operand) in operands.enumerated() {
                    guard case .constant(let recipe) = operand.base else { continue }
                    try add(region, recipe, kernel?.packing(ofRead: position) ?? .rowMajor)
                }
            }
            for result in subgraph.results { if case .constant(let recipe) = result.base { try add(region, recipe, .rowMajor) } }
        }
        packed.blobs = try await context.getAll(queries)
        return packed
    }
}

extension SubgraphStep {
    /// What the step reads, and its kernel where it has one.
    fileprivate func operandsAndKernel(_ index: Int?, _ kernels: [Compilation.Kernel]) -> ([SubgraphPlace], Compilation.Kernel?) {
        switch self {
        case .kernel(_, let operands, _): (operands, index.map { kernels[$0] })
        case .host(_, _, let operands, _): (operands.map(\.place), nil)
        }
    }
}

extension Compilation.Kernel {
    /// The packing of an operand, counted among the operands that are no results.
    func packing(ofRead position: Int) -> ConstantPacking {
        let reads = request.operands.indices.filter { request.operands[$0].kind != .result }
        return reads.indices.contains(position) ? generated.packings[reads[position]] : .rowMajor
    }
}
