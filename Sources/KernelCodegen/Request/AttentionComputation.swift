import Basics

/// Attention whole: products of queries with keys, a lane program and a softmax over each row of them, products with values.
///
///     score[b…][r][s]  = scores(Σ d query[b…][r][d] · key[b…][s][d])
///     result[b…][r][c] = Σ s exp(score[r][s] − max score[r]) · value[b…][s][c]  /  Σ s exp(score[r][s] − max score[r])
///
/// The scores exist in tiles alone. Sums are f32 and ascend in s, blocks of keys rescaling what came before them where a row is cut; a weight is rounded to the
/// operands' type before it is summed and multiplied. A row whose scores are all −∞ gives 0, as in PyTorch. Strides and offsets count elements; neighbours along
/// d and c are neighbours in memory.
///
/// Domain of the request's lane program: the batches' counts, then 1, `rows`, `columns`. Domain of `scores`: the batches' counts, then 1, `rows`, `keys`.
package struct AttentionComputation: NamedIntegers {
    /// Repetitions of the whole: batch, heads, groups of heads (whose keys have stride 0). Outermost first.
    package var batches: [AttentionBatch] = []
    /// What becomes of a product before the softmax: scale, mask, bias. The last step is its value; `root` is the product; reductions have no place in it.
    package var scores = LaneProgram()
    /// Operand numbers.
    package var query = 0
    package var key = 1
    package var value = 2
    package var queryOffset = 0
    package var keyOffset = 0
    package var valueOffset = 0
    package var rows = 1
    package var keys = 1
    /// Elements of a query and of a key.
    package var depth = 1
    /// Elements of a value.
    package var columns = 1
    package var queryStride = 0
    package var keyStride = 0
    package var valueStride = 0
    /// Row r sees keys 0…r.
    package var isCausal = false

    package init() {}

    private var causal: Int {
        get { isCausal ? 1 : 0 }
        set { isCausal = newValue != 0 }
    }

    package static let integers: [NamedInteger<AttentionComputation>] = [
        .init("query", \.query, 0), .init("key", \.key, 1), .init("value", \.value, 2), .init("queryOffset", \.queryOffset),
        .init("keyOffset", \.keyOffset), .init("valueOffset", \.valueOffset), .init("rows", \.rows, 1), .init("keys", \.keys, 1),
        .init("depth", \.depth, 1), .init("columns", \.columns, 1), .init("queryStride", \.queryStride), .init("keyStride", \.keyStride),
        .init("valueStride", \.valueStride), .init("causal", \.causal),
    ]

    package var domain: [Int] { batches.map(\.count) + [1, rows, columns] }

    package var scoresDomain: [Int] { batches.map(\.count) + [1, rows, keys] }

    /// Multiply-accumulates of both products, those that `isCausal` leaves out included.
    package var macs: Int { scoresDomain.reduce(depth + columns, *) }

    package func encode(into encoder: inout CanonicalEncoder) {
        encoder.append(batches)
        encoder.append(scores)
        for integer in Self.integers { encoder.append(self[keyPath: integer.path]) }
    }

    package init(from decoder: inout CanonicalDecoder) throws(CanonicalDecodingError) {
        batches = try decoder.array(of: AttentionBatch.self)
        scores = try LaneProgram(from: &decoder)
        for integer in Self.integers { self[keyPath: integer.path] = try decoder.int() }
    }
}

/// One level of repetition of an attention, with the elements by which each operand advances; 0 shares the operand.
package struct AttentionBatch: NamedIntegers {
    package var count = 1
    package var queryStride = 0
    package var keyStride = 0
    package var valueStride = 0

    package init() {}

    package init(count: Int, queryStride: Int, keyStride: Int, valueStride: Int) {
        self.count = count
        self.queryStride = queryStride
        self.keyStride = keyStride
        self.valueStride = valueStride
    }

    package static let integers: [NamedInteger<AttentionBatch>] = [
        .init("count", \.count, 1), .init("queryStride", \.queryStride), .init("keyStride", \.keyStride),
        .init("valueStride", \.valueStride),
    ]
}
