import Basics

/// A piece of a copy in bytes of one element size, its dimensions sorted by the result and merged where both sides allow.
struct CopyBox {
    struct Dimension {
        var count: Int
        /// Bytes.
        var source: Int
        var result: Int
        /// Integers of the lookup.
        var index = 0
    }

    /// The operand read; nil for a fill.
    var operand: Int?
    var fillBits: UInt32
    var elementBytes: Int
    var sourceOffset: Int
    var resultOffset: Int
    /// Outermost in the result first.
    var dimensions: [Dimension]
    /// The dimension whose places are looked up, its strides in bytes.
    var lookup: CopyLookup?

    init(_ piece: CopyPiece, elementBytes size: Int) {
        switch piece.source {
        case .operand(let number): (operand, fillBits) = (number, 0)
        case .fill(let bits): (operand, fillBits) = (nil, bits)
        }
        elementBytes = min(size, 4)
        sourceOffset = piece.sourceOffset * size
        resultOffset = piece.resultOffset * size
        let isFill = operand == nil
        lookup = piece.lookup
        lookup?.sourceStride *= size
        lookup?.resultStride *= size
        lookup?.advance *= size
        var sorted = piece.dimensions.filter { $0.count != 1 }.map {
            Dimension(
                count: $0.count, source: isFill ? 0 : $0.sourceStride * size, result: $0.resultStride * size, index: $0.indexStride)
        }
        // Elements of 8 bytes move as two of 4.
        if size > 4 { sorted.append(Dimension(count: size / 4, source: 4, result: 4)) }
        let order = sorted.indices.sorted {
            (abs(sorted[$0].result), $1) > (abs(sorted[$1].result), $0)
        }
        dimensions = []
        for dimension in order.map({ sorted[$0] }) {
            if let last = dimensions.last, last.result == dimension.count * dimension.result,
                last.source == dimension.count * dimension.source, last.index == dimension.count * dimension.index
            {
                dimensions[dimensions.count - 1] = Dimension(
                    count: last.count * dimension.count, source: dimension.source, result: dimension.result, index: dimension.index)
            } else {
                dimensions.append(dimension)
            }
        }
    }

    /// The dimension whose neighbours are neighbours in the source, and in the result.
    var sourceRun: Int? { dimensions.lastIndex { $0.source == elementBytes } }
    var resultRun: Int? { dimensions.lastIndex { $0.result == elementBytes } }

    /// Throws when the piece leaves its operands.
    func check(sourceBytes: Int, resultBytes: Int) throws(Diagnostic) {
        func reach(_ offset: Int, _ levels: [(count: Int, stride: Int)]) -> ClosedRange<Int> {
            var (low, high) = (offset, offset)
            for level in levels {
                let distance = (level.count - 1) * level.stride
                if distance < 0 { low += distance } else { high += distance }
            }
            return low...high
        }
        var sources = dimensions.map { ($0.count, $0.source) }
        var results = dimensions.map { ($0.count, $0.result) }
        if let lookup {
            if lookup.scatters == 0 {
                sources += [(lookup.slices, lookup.sourceStride), (lookup.count, lookup.advance)]
                results.append((lookup.count, lookup.resultStride))
            } else {
                results += [(lookup.slices, lookup.resultStride), (lookup.count, lookup.advance)]
                sources.append((lookup.count, lookup.sourceStride))
            }
        }
        let source = reach(sourceOffset, sources)
        let result = reach(resultOffset, results)
        let readsOutside = operand != nil && (source.lowerBound < 0 || source.upperBound + elementBytes > sourceBytes)
        guard !readsOutside, result.lowerBound >= 0, result.upperBound + elementBytes <= resultBytes else {
            throw .malformed("a copy leaves its operands")
        }
    }
}
