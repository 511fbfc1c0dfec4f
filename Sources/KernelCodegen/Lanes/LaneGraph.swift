import Basics
import Machine

/// The live part of a lane program as nodes that instructions can do one by one, in an order in which each follows its inputs.
struct LaneGraph {
    enum Source: Hashable {
        case root
        case operand(Int, PlaneAccess)
        case literal(Float)
        /// A literal in memory.
        case stored(Float)
        case operation(LanePlan.Kind)
    }

    struct Node: Hashable {
        var source: Source
        var inputs: [Int] = []
        var spread: Spread
        /// The output tile that takes the value.
        var output: Int?
        /// Read or made by an instruction that knows no accumulators.
        var needsWorkspace = false
    }

    private(set) var nodes: [Node] = []
    /// The node of each live step.
    private var stepNodes: [Int: Int] = [:]
    private let outputValues: [Int]

    init(_ program: LaneProgram) {
        outputValues = program.outputs.map(\.value.index)
        var live = Array(repeating: false, count: program.steps.count)
        for output in program.outputs { live[output.value.index] = true }
        for index in program.steps.indices.reversed() where live[index] {
            for input in program.steps[index].inputs { live[input.index] = true }
        }
        for (index, step) in program.steps.enumerated() where live[index] {
            let inputs = step.inputs.compactMap { stepNodes[$0.index] }
            stepNodes[index] = append(Self.source(step), inputs)
        }
    }

    func node(of value: LaneValue) -> Int { stepNodes[value.index] ?? 0 }

    private static func source(_ step: LaneStep) -> Source {
        switch step {
        case .root: .root
        case .operand(let number, let access): .operand(number, PlaneAccess(access))
        case .immediate(let value): .literal(value)
        case .unary(let operation, _): .operation(.unary(operation))
        case .binary(let operation, _, _): .operation(.binary(operation))
        case .select: .operation(.select)
        case .rowReduce(let operation, _): .operation(.reduce(operation))
        }
    }

    private mutating func append(_ source: Source, _ inputs: [Int]) -> Int {
        let spread: Spread =
            switch source {
            case .root: .full
            case .operand(_, let access): access.spread
            case .literal, .stored: .scalar
            case .operation(.reduce): .perRow
            case .operation: inputs.reduce(.scalar) { $0.union(nodes[$1].spread) }
            }
        nodes.append(Node(source: source, inputs: inputs, spread: spread))
        return nodes.count - 1
    }

    /// For each node the last one that reads it; Int.max when it is an output's value without a node of its own.
    func lastUses() -> [Int] {
        var last = Array(repeating: -1, count: nodes.count)
        for (index, node) in nodes.enumerated() {
            for input in node.inputs { last[input] = index }
        }
        return last
    }

    private func users(of node: Int) -> [Int] { nodes.indices.filter { nodes[$0].inputs.contains(node) } }

    private func isOutput(_ node: Int) -> Bool { outputValues.contains { stepNodes[$0] == node } }

    /// The one operation that reads the node, when nothing else needs it.
    private func onlyUser(of node: Int) -> Int? {
        let users = users(of: node)
        return users.count == 1 && !isOutput(node) ? users.first : nil
    }
}

// MARK: - Reading sums out with bias and clamp in one pass

extension LaneGraph {
    /// Turns `clamp(root + bias)` into one read-out, and every other first use of sums that would need two passes.
    mutating func fuseDrain(rootIsSums: Bool, _ request: KernelRequest) {
        guard rootIsSums, let root = nodes.firstIndex(where: { $0.source == .root }) else { return }
        guard var last = onlyUser(of: root) else { return }
        var bias: Int?
        var range: ClosedFloatRange?
        if case .operation(.binary(.add)) = nodes[last].source, let other = nodes[last].inputs.first(where: { $0 != root }),
            other < last, nodes[other].spread == .perColumn, case .operand(let number, _) = nodes[other].source,
            request.operands[number].element.isFloatingPoint
        {
            bias = other
        } else {
            guard let clamp = clamp(last, after: nil) else { return }
            range = clamp
        }
        while let next = onlyUser(of: last), let wider = clamp(next, after: range) {
            range = wider
            last = next
        }
        replace(last, root: root, bias: bias, range)
    }

    /// The range after node `index`, when it clamps its input from below, or from above after that.
    private func clamp(_ index: Int, after range: ClosedFloatRange?) -> ClosedFloatRange? {
        let infinity = Float.infinity
        switch nodes[index].source {
        case .operation(.unary(.relu)): return range == nil ? ClosedFloatRange(low: 0, high: infinity) : nil
        case .operation(.binary(let operation)):
            guard nodes[index].inputs.count == 2, case .literal(let limit) = nodes[nodes[index].inputs[1]].source else { return nil }
            if operation == .maximum, range == nil { return ClosedFloatRange(low: limit, high: infinity) }
            if operation == .minimum, range?.high ?? infinity == infinity {
                return ClosedFloatRange(low: range?.low ?? -infinity, high: limit)
            }
            return nil
        default: return nil
        }
    }

    private mutating func replace(_ index: Int, root: Int, bias: Int?, _ range: ClosedFloatRange?) {
        nodes[index].source = .operation(.drain(range))
        nodes[index].inputs = [root] + (bias.map { [$0] } ?? [])
        removeDead()
    }

    /// Drops what nothing reads any more.
    private mutating func removeDead() {
        var live = Array(repeating: false, count: nodes.count)
        for value in outputValues { if let node = stepNodes[value] { live[node] = true } }
        for index in nodes.indices.reversed() where live[index] {
            for input in nodes[index].inputs { live[input] = true }
        }
        var places = Array(repeating: -1, count: nodes.count)
        var kept: [Node] = []
        for index in nodes.indices where live[index] {
            places[index] = kept.count
            kept.append(nodes[index])
        }
        for index in kept.indices { kept[index].inputs = kept[index].inputs.map { places[$0] } }
        nodes = kept
        stepNodes = stepNodes.compactMapValues { places[$0] < 0 ? nil : places[$0] }
    }
}

// MARK: - What instructions can take

extension LaneGraph {
    /// Brings operands into forms that instructions take: literals second or in memory, f32 in the workspace for selections and bias vectors.
    mutating func legalise(_ request: KernelRequest) throws(Diagnostic) {
        let old = nodes
        var places: [Int] = []
        nodes = []
        for node in old {
            var inputs = node.inputs.map { places[$0] }
            switch node.source {
            case .operation(.binary(let operation)):
                inputs = inputs.map { inFloats($0, request) }
                legalise(operation, &inputs)
            case .operation(.unary(.copy)): inputs = inputs.map { stored($0) }
            case .operation(.unary), .operation(.reduce): inputs = inputs.map { inFloats(stored($0), request) }
            case .operation(.select):
                inputs = inputs.enumerated().map { legalSelection($0.element, isCondition: $0.offset == 0, request) }
            case .operation(.drain): if inputs.count == 2 { inputs[1] = widened(inputs[1], request) }
            default: break
            }
            let place = append(node.source, inputs)
            // A selection writes no accumulators either.
            if node.source == .operation(.select) { nodes[place].needsWorkspace = true }
            places.append(place)
        }
        stepNodes = stepNodes.mapValues { places[$0] }
    }

    private mutating func legalise(_ operation: LaneStep.Binary, _ inputs: inout [Int]) {
        guard case .literal = nodes[inputs[0]].source else { return }
        let isCommutative = operation == .add || operation == .multiply || operation == .equal || operation == .notEqual
        if isCommutative, inputs[0] != inputs[1] { inputs.swapAt(0, 1) }
        inputs[0] = stored(inputs[0])
    }

    /// The node itself, or its literal in memory.
    private mutating func stored(_ node: Int) -> Int {
        guard case .literal(let value) = nodes[node].source else { return node }
        if let known = nodes.firstIndex(where: { $0.source == .stored(value) }) { return known }
        return append(.stored(value), [])
    }

    /// The node, or the f32 form of an integer operand: the machine computes with integers in i32, and takes immediates as such.
    private mutating func inFloats(_ node: Int, _ request: KernelRequest) -> Int {
        guard case .operand(let number, _) = nodes[node].source, !request.operands[number].element.isFloatingPoint else { return node }
        return copied(node)
    }

    /// The operand's f32 form.
    private mutating func widened(_ node: Int, _ request: KernelRequest) -> Int {
        guard case .operand(let number, _) = nodes[node].source, request.operands[number].element != .f32 else { return node }
        return copied(node)
    }

    private mutating func copied(_ node: Int) -> Int {
        if let known = nodes.firstIndex(where: { $0.source == .operation(.unary(.copy)) && $0.inputs == [node] }) { return known }
        return append(.operation(.unary(.copy)), [node])
    }

    private mutating func legalSelection(_ node: Int, isCondition: Bool, _ request: KernelRequest) -> Int {
        var result = stored(node)
        if nodes[result].source == .root { result = copied(result) } else if !isCondition { result = widened(result, request) }
        nodes[result].needsWorkspace = true
        return result
    }

    /// Makes the last operation of each output write into the output's tile; a value that is needed elsewhere, or made in another type, is copied there.
    mutating func addOutputs(_ program: [LaneOutput], _ outputs: [LanePlan.Output]) {
        for (number, output) in program.enumerated() {
            let value = node(of: output.value)
            let isShared = !users(of: value).isEmpty || program.filter { self.node(of: $0.value) == value }.count > 1
            if !isShared, case .operation(let kind) = nodes[value].source, kind.writes(outputs[number].type) {
                nodes[value].output = number
            } else {
                let source = stored(value)
                nodes.append(Node(source: .operation(.unary(.copy)), inputs: [source], spread: outputs[number].spread))
                nodes[nodes.count - 1].output = number
            }
        }
    }
}

extension LanePlan.Kind {
    /// Whether it can store its f32 result as `type`, over the extents of an output.
    fileprivate func writes(_ type: MachineType) -> Bool {
        switch self {
        case .unary, .binary, .drain: true
        case .select: type == .f32
        // A reduction's destination is one element per row whatever the output is.
        case .reduce: false
        }
    }
}
