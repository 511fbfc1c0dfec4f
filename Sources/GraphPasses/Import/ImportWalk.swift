import Basics
import Operators
import PT2
import TensorIR

/// The walk over a captured program's nodes, in order of execution, with everything that it builds.
struct ImportWalk {
    /// What a captured name stands for.
    enum Binding {
        case tensor(FunctionaliseWrites.TensorID)
        /// Complex numbers: their parts.
        case complex(real: FunctionaliseWrites.TensorID, imaginary: FunctionaliseWrites.TensorID)
        /// A size, or what is computed from sizes: fixed at import.
        case number(ImportArgument)
        /// A size that only the run knows: the greatest that it can be.
        case countedSize(Int)
        /// Nothing that can be used. Without a reason it follows from something that has been reported.
        case unknown(reason: String?)
    }

    /// The names of one graph of the program: sub-graphs have their own.
    struct Scope {
        let graph: Program.Graph
        var bindings: [String: Binding] = [:]
    }

    let operators: OperatorRegistry
    var sizes: Specialisation
    var counted: CountedSizes
    let origins: ResolvedOrigins
    var graph: TensorIR.Graph
    var memory = FunctionaliseWrites()
    var source = SourceMap()
    var report = ImportReport()
    /// The inputs of the graph that have content before the program runs, with their tensors.
    var inputs: [BoundInput] = []
    /// Tensors whose type contradicts the archive: what follows from one of them is not reported again.
    var doubtful: Set<FunctionaliseWrites.TensorID> = []
    /// Inside `torch.autocast`: the archive's types say to what the operands of a call are cast.
    var castsAutomatically = false
    private var takenNames: Set<String> = []

    struct BoundInput {
        let name: String
        let kind: Program.InputKind
        /// Index into the graph's inputs.
        let index: Int
        let tensor: FunctionaliseWrites.TensorID
    }

    init(_ program: Program, _ operators: OperatorRegistry, sourceRoot: String?) {
        self.operators = operators
        sizes = Specialisation(program)
        counted = CountedSizes(operators)
        origins = program.origins.resolved(root: sourceRoot)
        graph = TensorIR.Graph(name: program.name)
    }

    mutating func run(_ program: Program) throws(DiagnosticList) -> ImportedProgram {
        var scope = Scope(graph: program.graph)
        let argumentLeaves = importInputs(program.signature, in: &scope)
        for node in program.graph.nodes { importNode(node, in: &scope) }
        let resultLeaves = importOutputs(program.signature, in: &scope)
        updateStates(program.signature, in: &scope)
        let countedOutputs = counted.dimensions.countOutputs(of: &graph)
        if !report.errors.isEmpty { throw DiagnosticList(report.errors) }
        return ImportedProgram(
            graph: graph, source: source, warnings: report.diagnostics, argumentLeaves: argumentLeaves,
            resultLeaves: resultLeaves, countedOutputs: countedOutputs)
    }

    // MARK: Nodes

    mutating func importNode(_ node: Program.Node, in scope: inout Scope) {
        let target = node.target.hasPrefix("torch.ops.") ? String(node.target.dropFirst(10)) : node.target
        if Housekeeping.isDropped(target) {
            for name in node.outputs.flatMap(\.names) { scope.bindings[name] = .unknown(reason: "'\(target)' has no result") }
        } else if node.inputs.contains(where: { if case .graph = $0.value { true } else { false } }) {
            importHigherOrder(node, target, in: &scope)
        } else if node.outputs.contains(where: \.isNumber) {
            importNumbers(node, target, in: &scope)
        } else {
            importCall(node, target, in: &scope)
        }
        if graph.nodes.count > source.placeOfNode.count { source.cover(upTo: graph.nodes.count, with: place(of: node)) }
    }

    private mutating func importCall(_ node: Program.Node, _ target: String, in scope: inout Scope) {
        guard let rule = operators.rule(for: target) ?? Self.ownRules[target] else {
            report.add(.unsupportedOperator, target, "", at: place(of: node))
            return standIn(for: node, in: &scope)
        }
        guard checkLimits(node, target, in: scope) else { return standIn(for: node, in: &scope) }
        do throws(ArgumentProblem) {
            try checkSizes(of: node, target, in: scope)
            let arguments = try bind(node.inputs, in: scope)
            var call = Call(node: node, target: target, rule: rule, firstNode: graph.nodes.count)
            call.arguments = arguments
            let results: [ValueID?]
            do { results = try apply(rule, target, &call.arguments, of: node, in: scope) } catch { throw .refused(error.message) }
            try followCounts(isAsWritten: isAsWritten(call))
            try bindResults(results, of: call, in: &scope)
        } catch {
            if case .refused(let reason) = error, !isDoubtful(node, in: scope) {
                report.add(.refusedArguments, target, reason, at: place(of: node))
            }
            standIn(for: node, in: &scope)
        }
    }

    /// Whether an operand of a call has a type that contradicts the archive.
    func isDoubtful(_ node: Program.Node, in scope: Scope) -> Bool {
        guard !doubtful.isEmpty else { return false }
        return node.inputs.flatMap(\.value.tensorNames).contains { name in
            if case .tensor(let tensor)? = scope.bindings[name] { doubtful.contains(tensor) } else { false }
        }
    }

    /// Where a node comes from.
    func place(of node: Program.Node) -> SourceMap.Place {
        let origin = origins[node.origin]
        return SourceMap.Place(
            node: node.name, module: origin.module?.path ?? "", moduleClass: origin.module.map { String($0.shortClassName) } ?? "",
            position: origin.position)
    }

    // MARK: Values

    /// Gives a value the captured name, unless it has one already. A name of a sub-graph that is taken gets a number.
    mutating func name(_ value: ValueID, _ name: String) {
        guard graph[value].name.isEmpty, !name.isEmpty else { return }
        var candidate = name
        var number = 1
        while !takenNames.insert(candidate).inserted {
            candidate = "\(name)_\(number)"
            number += 1
        }
        graph[value].name = candidate
    }

    /// Binds the results of a call that failed to values of the stated types, so that what follows is checked too: the graph is not used.
    mutating func standIn(for node: Program.Node, in scope: inout Scope) {
        for name in node.outputs.flatMap(\.names) where scope.bindings[name] == nil {
            scope.bindings[name] =
                switch statedType(of: name, in: scope) {
                case .tensor(let type): .tensor(memory.addBase(graph.addValue(type)))
                case .complex(let part):
                    .complex(real: memory.addBase(graph.addValue(part)), imaginary: memory.addBase(graph.addValue(part)))
                case .inexpressible, .overLimits: .unknown(reason: nil)
                }
        }
    }
}

/// Calls that only assert something or that the archive makes for its own bookkeeping: they compute nothing.
enum Housekeeping {
    private static let dropped: Set<String> = [
        "aten._assert_tensor_metadata.default", "aten._assert_scalar.default", "aten._assert_async.default", "aten._assert_async.msg",
        "aten.sym_constrain_range.default", "aten.sym_constrain_range_for_size.default", "aten._functional_assert_async.msg",
        "profiler._record_function_enter.default", "profiler._record_function_enter_new.default",
        "profiler._record_function_exit._RecordFunction",
    ]

    static func isDropped(_ target: String) -> Bool { dropped.contains(target) }
}
