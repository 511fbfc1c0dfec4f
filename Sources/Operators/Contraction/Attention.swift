import Basics
import TensorIR

/// Scaled dot-product attention (`torch.nn.functional.scaled_dot_product_attention`): `softmax(q · kᵀ · scale + mask) · v` over the last two
/// dimensions. The operand behind q, k, v is the mask: a boolean says which keys count, a float is added; a query whose keys are all masked gives 0. One
/// kernel, in which the scores exist in tiles alone.
package struct Attention: RootOperator {
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
            "a query that sees nothing", "aten.scaled_dot_product_attention.default",
            [
                "query": .f32(1, 2, 4), "key": .f32(1, 3, 4), "value": .f32(1, 3, 5),
                "attn_mask": .tensor(.bool, [2, 3], .values([1, 0, 1, 0, 0, 0])),
            ], gives: .f32(1, 2, 5)),
        OperatorExample(
            "heads of one sequence, causal", "aten.scaled_dot_product_attention.default",
            [
                "query": .f32(2, 3, 70, 8), "key": .f32(2, 3, 50, 8), "value": .f32(2, 3, 50, 8), "is_causal": .bool(true),
            ], gives: .f32(2, 3, 70, 8)),
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
    /// The score of a key that a boolean mask leaves out: −∞, or the number that a written mask puts there, which a query without other keys still sees.
    package let hidden: Double

    package init(scale: Double, isCausal: Bool, hidden: Double = -.infinity) {
        self.scale = scale
        self.isCausal = isCausal
        self.hidden = hidden
    }

    package init(_ reader: inout AttributeReader) throws(OperatorError) {
        scale = try reader.double("scale")
        isCausal = try reader.bool("causal")
        hidden = try reader.optionalDouble("hidden") ?? -.infinity
    }

    package var attributes: Attributes {
        var attributes: Attributes = ["scale": .float(scale), "causal": .bool(isCausal)]
        if hidden > -.infinity { attributes["hidden"] = .float(hidden) }
        return attributes
    }

    package func resultTypes(_ operands: [TensorType]) throws(OperatorError) -> [TensorType] {
        try operands.expect(3...4)
        let (query, key, value) = (operands[0], operands[1], operands[2])
        guard query.rank >= 2, key.rank == query.rank, value.rank == query.rank,
            key.element == query.element, value.element == query.element, key.shape.last == query.shape.last,
            key.shape[key.rank - 2] == value.shape[value.rank - 2],
            let batch = ShapeArithmetic.broadcast([query, key, value].map { $0.shape.dropLast(2) })
        else { throw OperatorError("attention of \(query), \(key), \(value)") }
        let scores = batch + [query.shape[query.rank - 2], key.shape[key.rank - 2]]
        if operands.count == 4, ShapeArithmetic.broadcast([operands[3].shape, scores]) != scores {
            throw OperatorError("attention of \(query) and \(key) with mask \(operands[3])")
        }
        return [query.with(shape: batch + [query.shape[query.rank - 2], value.shape[value.rank - 1]])]
    }

    /// The definition, row by row in double precision. A row whose keys are all masked gives 0.
    package func evaluate(_ operands: [Tensor]) throws(OperatorError) -> [Tensor] {
        let type = try resultTypes(operands.map(\.type))[0]
        let batch = Array(type.shape.dropLast(2))
        let (rows, columns) = (type.shape[batch.count], type.shape[batch.count + 1])
        let keys = operands[1].type.shape.dropLast().last ?? 1
        let depth = operands[0].type.shape.last ?? 1
        let elements = operands.map(\.doubles)
        // Where each operand's part of a head begins, the mask's for one row.
        func starts(_ operand: Int) -> [Int] {
            let shape = operands[operand].type.shape
            let size = shape.suffix(2).reduce(1, *)
            return ShapeArithmetic.broadcast(
                (0..<shape.dropLast(2).reduce(1, *)).map { $0 * size }, Array(shape.dropLast(2)), to: batch)
        }
        let (queries, ownKeys, values) = (starts(0), starts(1), starts(2))
        let mask = operands.count == 4 ? stretchedMask(operands[3], batch + [rows, keys]) : nil
        var result = [Double](repeating: 0, count: type.elementCount)
        for head in queries.indices {
            for row in 0..<rows {
                var scores = (0..<keys).map { key in
                    scale
                        * (0..<depth).reduce(0) { sum, index in
                            sum + elements[0][queries[head] + row * depth + index] * elements[1][ownKeys[head] + key * depth + index]
                        }
                }
                if let mask { for key in 0..<keys { scores[key] = mask((head * rows + row) * keys + key, scores[key]) } }
                if isCausal { for key in (0..<keys).dropFirst(row + 1) { scores[key] = -.infinity } }
                let greatest = scores.max() ?? 0
                guard greatest > -.infinity || greatest.isNaN else { continue }
                let powers = scores.map { ElementaryFunctions.exponential($0 - greatest) }
                let sum = powers.reduce(0, +)
                let start = (head * rows + row) * columns
                for key in 0..<keys where powers[key] != 0 {
                    let weight = powers[key] / sum
                    for column in 0..<columns { result[start + column] += weight * elements[2][values[head] + key * columns + column] }
                }
            }
        }
        return [Tensor(type, doubles: result)]
    }

    /// What the mask, stretched to the scores' shape, makes of the score at a place.
    private func stretchedMask(_ mask: Tensor, _ shape: [Int]) -> (Int, Double) -> Double {
        let elements = ShapeArithmetic.broadcast(mask.doubles, mask.type.shape, to: shape)
        if mask.type.element == .bool { return { place, score in elements[place] != 0 ? score : hidden } }
        return { place, score in score + elements[place] }
    }
}
