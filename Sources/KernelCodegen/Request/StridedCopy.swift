import Basics
import Machine

/// Elements moved unchanged into one result: permutations, layout changes, slices, flips, expansions, concatenations, padding, lookups in tables.
///
/// The pieces together write all of the result, one after the other: what a later one writes stays. Operands and result have one element size.
package struct StridedCopy: Hashable, Sendable {
    /// Operand number of the result.
    package var result: Int
    package var pieces: [CopyPiece]

    package init(result: Int, pieces: [CopyPiece]) {
        self.result = result
        self.pieces = pieces
    }
}

/// A box of elements: element (i, j, …) goes from `sourceOffset + i·sourceStride₀ + …` of the source to `resultOffset + i·resultStride₀ + …` of the result.
package struct CopyPiece: Hashable, Sendable {
    /// Where the elements come from.
    package enum Source: Hashable, Sendable {
        case operand(Int)
        /// One element everywhere, its bits in the low bits; source strides are not read.
        case fill(bits: UInt32)
    }

    package var source: Source
    package var sourceOffset: Int
    package var resultOffset: Int
    /// Any number of dimensions, in any order.
    package var dimensions: [CopyDimension]
    /// One more dimension, whose places on one side are known when the kernel runs.
    package var lookup: CopyLookup?

    package init(
        _ source: Source, sourceOffset: Int = 0, resultOffset: Int = 0, dimensions: [CopyDimension], lookup: CopyLookup? = nil
    ) {
        self.source = source
        self.sourceOffset = sourceOffset
        self.resultOffset = resultOffset
        self.dimensions = dimensions
        self.lookup = lookup
    }
}

/// One dimension of a copy; strides count elements, a source stride may be 0 (repeat) or negative (reverse).
package struct CopyDimension: NamedIntegers {
    package var count = 1
    package var sourceStride = 0
    package var resultStride = 0
    /// How far the integers of the piece's lookup move; 0 where all places share them.
    package var indexStride = 0

    package init() {}

    package init(count: Int, sourceStride: Int, resultStride: Int, indexStride: Int = 0) {
        self.count = count
        self.sourceStride = sourceStride
        self.resultStride = resultStride
        self.indexStride = indexStride
    }

    package static let integers: [NamedInteger<CopyDimension>] = [
        .init("count", \.count, 1), .init("sourceStride", \.sourceStride), .init("resultStride", \.resultStride),
        .init("indexStride", \.indexStride),
    ]
}

/// A dimension of a copy whose places come from integers in an operand: slice `n` is taken from, or put into, the place that integer `n` says (a negative one
/// counts from the end; one outside ends the program). Strides count elements.
package struct CopyLookup: NamedIntegers {
    /// Operand number of the integers, i32 or i64, which follow one another.
    package var indices = 0
    package var count = 1
    /// Slices of the side that the integers name.
    package var slices = 1
    package var sourceStride = 0
    package var resultStride = 0
    /// From slice `n` to the next on the side that the integers name, beside what they say.
    package var advance = 0
    /// 1 when the integers name places of the result, 0 for those of the source.
    package var scatters = 0

    /// The farthest that `advance` may go, in bytes.
    package static let largestAdvanceBytes = LookupGeometry.maximumAdvanceBytes

    /// Whether the machine looks up integers of a type.
    package static func reads(_ element: ElementType) -> Bool { LookupGeometry.IndexWidth(element) != nil }

    package init() {}

    package init(
        indices: Int, count: Int, slices: Int, sourceStride: Int, resultStride: Int, advance: Int = 0, scatters: Bool
    ) {
        (self.indices, self.count, self.slices) = (indices, count, slices)
        (self.sourceStride, self.resultStride) = (sourceStride, resultStride)
        (self.advance, self.scatters) = (advance, scatters ? 1 : 0)
    }

    package static let integers: [NamedInteger<CopyLookup>] = [
        .init("indices", \.indices), .init("count", \.count, 1),
        .init("slices", \.slices, 1), .init("sourceStride", \.sourceStride), .init("resultStride", \.resultStride),
        .init("advance", \.advance), .init("scatters", \.scatters),
    ]
}

extension CopyPiece: CanonicalCodable {
    package func encode(into encoder: inout CanonicalEncoder) {
        switch source {
        case .operand(let number):
            encoder.append(0 as UInt8)
            encoder.append(number)
        case .fill(let bits):
            encoder.append(1 as UInt8)
            encoder.append(bits)
        }
        encoder.append(sourceOffset)
        encoder.append(resultOffset)
        encoder.append(dimensions)
        encoder.append(lookup.map { [$0] } ?? [])
    }

    package init(from decoder: inout CanonicalDecoder) throws(CanonicalDecodingError) {
        switch try decoder.uint8() {
        case 0: source = .operand(try decoder.int())
        case 1: source = .fill(bits: try decoder.uint32())
        default: throw .invalid("copy source", at: decoder.position - 1)
        }
        sourceOffset = try decoder.int()
        resultOffset = try decoder.int()
        dimensions = try decoder.array(of: CopyDimension.self)
        let lookups = try decoder.array(of: CopyLookup.self)
        guard lookups.count <= 1 else { throw .invalid("lookups", at: decoder.position) }
        lookup = lookups.first
    }
}

extension StridedCopy: CanonicalCodable {
    package func encode(into encoder: inout CanonicalEncoder) {
        encoder.append(result)
        encoder.append(pieces)
    }

    package init(from decoder: inout CanonicalDecoder) throws(CanonicalDecodingError) {
        self.init(result: try decoder.int(), pieces: try decoder.array(of: CopyPiece.self))
    }
}
