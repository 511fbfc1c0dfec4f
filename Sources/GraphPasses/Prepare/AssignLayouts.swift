import Operators
import TensorIR

/// Decides for each activation how it is stored: channels-last where a convolution, a pooling or a resize touches it, row-major elsewhere; where both meet,
/// a `relayout` moves the elements.
///
/// Forward and local: an operator that needs channels-last gets and gives it, element-wise operators and concatenations follow their operands, everything
/// else is row-major. Layouts that store the same elements in the same order need no move.
package enum AssignLayouts {
    package static func apply(to traced: inout TracedGraph, _ operators: OperatorRegistry) throws(OperatorError) {
        var assignment = LayoutAssignment(traced)
        for (index, node) in traced.graph.nodes.enumerated() {
            try assignment.assign(node, try operators.operation(node), origin: traced.origins[index])
        }
        traced = assignment.result(of: traced.graph)
    }
}

private struct LayoutAssignment {
    private struct Moved: Hashable {
        let value: ValueID
        let layout: Layout
    }

    private var graph: Graph
    private var origins: [Int] = []
    private var replacements: [ValueID?]
    private var isConstant: [Bool]
    private var moved: [Moved: ValueID] = [:]

    init(_ traced: TracedGraph) {
        let source = traced.graph
        graph = Graph(name: source.name)
        isConstant = source.constants()
        replacements = Array(repeating: nil, count: source.values.count)
        for input in source.inputs {
            let value = source[input.value]
            replacements[input.value.index] = graph.addInput(value.type, input.kind, name: value.name)
        }
    }

    mutating func assign(_ node: Node, _ operation: any Operator, origin: Int) throws(OperatorError) {
        var operands = node.operands.compactMap { replacements[$0.index] }
        let activations = node.operands.indices.filter { !isConstant[node.operands[$0].index] }
        var layout = Layout.rowMajor
        switch operation {
        case _ where activations.isEmpty: break
        case let root as any RootOperator where type(of: root).isChannelsLast:
            layout = .channelsLast
            operands[0] = move(operands[0], to: .channelsLast, origin)
        case is any PointwiseOperator, is any CopyOperator:
            let rank = activations.map { graph.type(operands[$0]).rank }.max() ?? 0
            let follows = activations.contains { graph.type(operands[$0]).layout == .channelsLast && graph.type(operands[$0]).rank == rank }
            if follows { layout = .channelsLast }
            for index in activations where graph.type(operands[index]).rank == rank {
                operands[index] = move(operands[index], to: layout, origin)
            }
        case let row as any RowOperator where isInnermost(row, operands.map { graph.type($0) }): layout = graph.type(operands[0]).layout
        case let root as any RootOperator where try hasRoot(root, operands): break
        case let row as any RowOperator where !(row is any RootOperator):
            if let results = try assignRows(row, operands.map { move($0, to: .rowMajor, origin) }, origin) {
                for (old, new) in zip(node.results, results) { replacements[old.index] = new }
                return
            }
            for index in activations { operands[index] = move(operands[index], to: .rowMajor, origin) }
        case is any ViewOperator: break
        default: for index in activations { operands[index] = move(operands[index], to: .rowMajor, origin) }
        }
        let types = try operation.resultTypes(operands.map { graph.type($0).with(layout: .rowMajor) })
        let results = graph.append(
            node.operation, operands, node.attributes, types: types.map { $0.rank < 3 ? $0 : $0.with(layout: layout) })
        origins.append(origin)
        for (old, new) in zip(node.results, results) { replacements[old.index] = new }
    }

    /// Whether the operator is a root with its operands stored as they are.
    private func hasRoot(_ root: any RootOperator, _ operands: [ValueID]) throws(OperatorError) -> Bool {
        let types = operands.map { graph.type($0) }
        let result = try root.resultTypes(types.map { $0.with(layout: .rowMajor) })[0]
        return try root.root(types.map { StridedView($0) }, types, result) != nil
    }

    /// Rows that are not innermost become so between two permutations; nil when they are innermost or cannot be moved.
    private mutating func assignRows(
        _ row: any RowOperator, _ operands: [ValueID], _ origin: Int
    ) throws(OperatorError) -> [ValueID]? {
        let types = operands.map { graph.type($0) }
        guard operands.count == 1, !isInnermost(row, types) else { return nil }
        let dimensions = row.rowDimensions(types)
        let rank = types[0].rank
        let order = (0..<rank).filter { !dimensions.contains($0) } + dimensions
        guard let moved = row.along(Array(rank - dimensions.count..<rank)) else { return nil }
        let permute = Permute(dimensions: order)
        let inside = try graph.emit(moved, [try graph.emit(permute, operands)])
        let result = try graph.emit(Permute(dimensions: permute.inverse), [inside])
        origins += Array(repeating: origin, count: graph.nodes.count - origins.count)
        return [result]
    }

    /// Whether the rows that the operator works on are already innermost in the operand's storage.
    private func isInnermost(_ row: any RowOperator, _ types: [TensorType]) -> Bool {
        let wanted = Set(row.rowDimensions(types))
        let order = types[0].layout.storageOrder(rank: types[0].rank)
        return Set(order.suffix(wanted.count)) == wanted
    }

    /// The value in another layout: itself where nothing would move, one node however often it is asked for.
    private mutating func move(_ value: ValueID, to layout: Layout, _ origin: Int) -> ValueID {
        let type = graph.type(value)
        guard type.layout != layout, type.rank >= 3 else { return value }
        if let known = moved[Moved(value: value, layout: layout)] { return known }
        let result = graph.append(Relayout.name, [value], Relayout(layout).attributes, types: [type.with(layout: layout)])[0]
        origins.append(origin)
        moved[Moved(value: value, layout: layout)] = result
        return result
    }

    /// Outputs and states are row-major for whoever reads them.
    func result(of source: Graph) -> TracedGraph {
        var copy = self
        func rowMajor(_ old: ValueID) -> ValueID? {
            copy.replacements[old.index].map { copy.move($0, to: .rowMajor, copy.origins.last ?? 0) }
        }
        copy.graph.outputs = source.outputs.compactMap(rowMajor)
        copy.graph.updates = source.updates.compactMap { update in
            guard let state = copy.replacements[update.state.index], let value = rowMajor(update.value) else { return nil }
            return Graph.Update(state: state, value: value)
        }
        return TracedGraph(copy.graph, origins: copy.origins)
    }
}
