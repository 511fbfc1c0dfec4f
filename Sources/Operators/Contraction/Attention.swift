import Basics
import TensorIR

/// Scaled dot-product attention (`torch.nn.functional.scaled_dot_product_attention`): `softmax(q · kᵀ · scale + mask) · v` over the last two
/// dimensions. The operand behind q, k, v is the mask: a boolean says which keys count, a float is added; a query that sees no key gives zeros.
/// Canonical form: two products and a softmax.
package struct Attention: CompositeOperator {
    package static let name = "attention"
    package static let imports: [ImportRule] = [
        ImportRule(["aten.scaled_dot_product_attention.default"]) { (call: inout ImportCall) throws(OperatorError) in
            let query = try call.tensor("query")
            let operands = [query, try call.tensor("key"), try call.tensor("value")]
            let mask = try call.optionalTensor("attn_mask")
            guard try call.double("dropout_p", default: 0) == 0 else {
                throw OperatorError("attention with dropout; call eval() before capture")
            }
            let isGrouped = try call.bool("enable_gqa", default: false)
            let depth = call.type(query).shape.last ?? 1
            let scale = try call.optionalDouble("scale") ?? 1 / Double(depth).squareRoot()
            guard scale > 0 else { throw OperatorError("attention with scale \(scale), which is not positive") }
            let isCausal = try call.bool("is_causal", default: false)
            let attention = Attention(scale: scale, isCausal: isCausal)
            if isGrouped { return [try grouped(&call, attention, operands, mask)] }
            return [try call.emit(attention, operands + (mask.map { [$0] } ?? []))]
        }
    ]
    package static let examples: [OperatorExample] = [
        OperatorExample(
            "heads", "aten.scaled_dot_product_attention.default",
            ["query": .f32(1, 2, 5, 8), "key": .f32(1, 2, 7, 8), "value": .f32(1, 2, 7, 6)], gives: .f32(1, 2, 5, 6)),
        OperatorExample(
            "causal, own scale", "aten.scaled_dot_product_attention.default",
            ["query": .f32(2, 4, 8), "key": .f32(2, 4, 8), "value": .f32(2, 4, 8), "is_causal": .bool(true), "scale": .float(0.25)],
            gives: .f32(2, 4, 8)),
        OperatorExample(
            "boolean mask", "aten.scaled_dot_product_attention.default",
            [
                "query": .f32(1, 2, 3, 4), "key": .f32(1, 2, 3, 4), "value": .f32(1, 2, 3, 4),
                "attn_mask": .tensor(.bool, [3, 3], .values([1, 0, 0, 1, 1, 0, 1, 1, 1])),
            ], gives: .f32(1, 2, 3, 4)),
        OperatorExample(
            "grouped queries", "aten.scaled_dot_product_attention.default",
            [
                "query": .f32(1, 6, 3, 4), "key": .f32(1, 2, 5, 4), "value": .f32(1, 2, 5, 4),
                "attn_mask": .tensor(.bool, [1, 1, 3, 5], .values([1, 0, 1, 1])), "enable_gqa": .bool(true),
            ], gives: .f32(1, 6, 3, 4)),
        OperatorExample(
            "a query that sees no key", "aten.scaled_dot_product_attention.default",
            [
                "query": .f32(1, 2, 3, 4), "key": .f32(1, 2, 4, 4), "value": .f32(1, 2, 4, 4),
                "attn_mask": .tensor(.bool, [3, 4], .values([1, 0, 0, 1, 0, 0, 0, 0, 1, 0, 1, 1])),
            ], gives: .f32(1, 2, 3, 4)),
        OperatorExample(
            "one mask for a batch of two dimensions", "aten.scaled_dot_product_attention.default",
            [
                "query": .f32(2, 3, 2, 3, 4), "key": .f32(2, 3, 2, 3, 4), "value": .f32(2, 3, 2, 3, 4),
                "attn_mask": .tensor(.bool, [3, 1, 3, 3], .values([1, 0, 0, 1, 1, 0, 1, 1])),
            ], gives: .f32(2, 3, 2, 3, 4)),
        OperatorExample(
            "added mask", "aten.scaled_dot_product_attention.default",
            ["query": .f32(1, 3, 4), "key": .f32(1, 5, 4), "value": .f32(1, 5, 4), "attn_mask": .f32(3, 5)], gives: .f32(1, 3, 4)),
    ]

    /// Grouped queries: several heads of queries for each head of keys and values. The heads of a group get a dimension of their own, along which keys and values
    /// are broadcast, not copied.
    private static func grouped(
        _ call: inout ImportCall, _ attention: Attention, _ operands: [ValueID], _ mask: ValueID?
    ) throws(OperatorError) -> ValueID {
        let (query, key) = (call.type(operands[0]).shape, call.type(operands[1]).shape)
        let head = query.count - 3
        guard head >= 0, key.count == query.count, key[head] > 0, query[head] % key[head] == 0,
            call.size(operands[2], head) == key[head]
        else { throw OperatorError("attention of \(query[max(head, 0)]) heads of queries in groups over \(key)") }
        let group = [key[head], query[head] / key[head]]
        func split(_ value: ValueID, _ heads: [Int]) throws(OperatorError) -> ValueID {
            let shape = call.type(value).shape
            return try call.reshape(value, shape[..<head] + heads + shape[(head + 1)...])
        }
        var grouped = [try split(operands[0], group)]
        for operand in operands.dropFirst() { grouped.append(try split(operand, [group[0], 1])) }
        if let mask {
            let shape = call.type(mask).shape
            let own = shape.count - 3
            // A mask that has heads has them in groups, too.
            let isPerHead = own >= 0 && shape[own] != 1
            grouped.append(
                own < 0 ? mask : try call.reshape(mask, shape[..<own] + (isPerHead ? group : [1, 1]) + shape[(own + 1)...]))
        }
        let result = try call.emit(attention, grouped)
        let shape = call.type(result).shape
        return try call.reshape(result, shape[..<head] + [query[head]] + shape[(head + 2)...])
    }

    package let scale: Double
    /// Query i sees keys 0…i.
    package let isCausal: Bool

    package init(scale: Double, isCausal: Bool) {
        self.scale = scale
        self.isCausal = isCausal
    }

    package init(_ reader: inout AttributeReader) throws(OperatorError) {
        scale = try reader.double("scale")
        isCausal = try reader.bool("causal")
    }

    package var attributes: Attributes { ["scale": .float(scale), "causal": .bool(isCausal)] }

    package func resultTypes(_ operands: [TensorType]) throws(OperatorError) -> [TensorType] {
        try operands.expect(3...4)
        let (query, key, value) = (operands[0], operands[1], operands[2])
        guard query.rank >= 2, key.rank == query.rank, value.rank == query.rank, key.shape.last == query.shape.last,
            key.shape[key.rank - 2] == value.shape[value.rank - 2],
            let batch = ShapeArithmetic.broadcast([query, key, value].map { $0.shape.dropLast(2) })
        else { throw OperatorError("attention of \(query), \(key), \(value)") }
        let scores = batch + [query.shape[query.rank - 2], key.shape[key.rank - 2]]
        if operands.count == 4, ShapeArithmetic.broadcast([operands[3].shape, scores]) != scores {
            throw OperatorError("attention of \(query) and \(key) with mask \(operands[3])")
        }
        return [query.with(shape: batch + [query.shape[query.rank - 2], value.shape[value.rank - 1]])]
    }

    /// The reference is the definition itself: the replacement, evaluated in double precision between its steps.
    package func evaluate(_ operands: [Tensor]) throws(OperatorError) -> [Tensor] {
        let wide = operands.map { $0.type.element == .bool ? $0 : Tensor($0.type.with(element: .f64), doubles: $0.doubles) }
        var graph = Graph(name: "")
        let inputs = wide.map { graph.addInput($0.type, .activation) }
        graph.outputs = try expand(into: &graph, inputs) ?? []
        let literals = graph.inputs.dropFirst(wide.count).compactMap { graph.literal($0) }
        let result = try OperatorSet.standard.evaluate(graph, inputs: wide + literals).outputs[0]
        return [Tensor(try resultTypes(operands.map(\.type))[0], doubles: result.doubles)]
    }

    package func expand(into graph: inout Graph, _ operands: [ValueID]) throws(OperatorError) -> [ValueID]? {
        let rank = graph.type(operands[1]).rank
        let element = graph.type(operands[0]).element
        let swapped = Array(0..<rank - 2) + [rank - 1, rank - 2]
        let keys = try graph.emit(Permute(dimensions: swapped), [operands[1]])
        var scores = try graph.emit(Matmul(), [operands[0], keys])
        scores = try graph.emit(Multiplication(), [scores, graph.literal(scale, element)])
        if operands.count == 4 { scores = try masked(&graph, scores, operands[3]) }
        if isCausal { scores = try masked(&graph, scores, causalMask(&graph, scores)) }
        let softmax = Softmax(dimension: rank - 1, masksRows: operands.count == 4 && mayMaskRows(graph, operands[3]))
        let weights = try graph.emit(softmax, [scores])
        return [try graph.emit(Matmul(), [weights, operands[2]])]
    }

    private func masked(_ graph: inout Graph, _ scores: ValueID, _ mask: ValueID) throws(OperatorError) -> ValueID {
        guard graph.type(mask).element == .bool else { return try graph.emit(Addition(), [scores, mask]) }
        return try graph.emit(Where(), [mask, scores, graph.literal(-.infinity, graph.type(scores).element)])
    }

    /// Whether a query may see no key: false when the mask is known and shows each of its rows a key.
    private func mayMaskRows(_ graph: Graph, _ mask: ValueID) -> Bool {
        guard let known = graph.inputs.first(where: { $0.value == mask }).flatMap({ graph.literal($0) }), let keys = known.type.shape.last,
            keys > 0
        else { return true }
        let hidden = known.type.element == .bool ? 0 : -Double.infinity
        let values = known.doubles
        return stride(from: 0, to: values.count, by: keys).contains { row in values[row..<row + keys].allSatisfy { $0 == hidden } }
    }

    private func causalMask(_ graph: inout Graph, _ scores: ValueID) -> ValueID {
        let shape = Array(graph.type(scores).shape.suffix(2))
        let mask = (0..<shape[0] * shape[1]).map { $0 % shape[1] <= $0 / shape[1] ? 1 : 0 }
        return graph.literal(Tensor(TensorType(.bool, shape), ints: mask))
    }
}
