import Basics

/// Each result pixel is a weighted mean of up to 2 × 2 input pixels: bilinear and nearest interpolation, by any scale. Channels-last.
///
///     line[iy][ox] = columns[ox].firstWeight · input[iy][columns[ox].first] + columns[ox].secondWeight · input[iy][columns[ox].second]
///     result[oy][ox] = rows[oy].firstWeight · line[rows[oy].first][ox] + rows[oy].secondWeight · line[rows[oy].second][ox]
///
/// each product and sum rounded to f32; a term whose weight is 0 is left out, a factor 1 is no product. The operator computes the taps (they follow from
/// the shapes), so that its coordinate rule stands in one place.
///
/// Domain of the lane program: `batch`, rows, columns, `channels`. Strides and offsets count elements.
package struct Resize: NamedIntegers {
    /// Operand number.
    package var input = 0
    package var inputOffset = 0
    package var batch = 1
    package var inputBatchStride = 0
    package var inputHeight = 1
    package var inputWidth = 1
    package var channels = 1
    package var inputRowStride = 0
    package var inputPixelStride = 0
    /// One tap per result row, and one per result column.
    package var rows: [ResizeTap] = []
    package var columns: [ResizeTap] = []

    package init() {}

    package static let integers: [NamedInteger<Resize>] = [
        .init("input", \.input, 0), .init("inputOffset", \.inputOffset), .init("batch", \.batch, 1),
        .init("inputBatchStride", \.inputBatchStride), .init("inputHeight", \.inputHeight, 1),
        .init("inputWidth", \.inputWidth, 1), .init("channels", \.channels, 1), .init("inputRowStride", \.inputRowStride),
        .init("inputPixelStride", \.inputPixelStride),
    ]

    package var domain: [Int] { [batch, rows.count, columns.count, channels] }

    package func encode(into encoder: inout CanonicalEncoder) {
        for integer in Self.integers { encoder.append(self[keyPath: integer.path]) }
        encoder.append(rows)
        encoder.append(columns)
    }

    package init(from decoder: inout CanonicalDecoder) throws(CanonicalDecodingError) {
        self.init()
        for integer in Self.integers { self[keyPath: integer.path] = try decoder.int() }
        rows = try decoder.array(of: ResizeTap.self)
        columns = try decoder.array(of: ResizeTap.self)
    }
}

/// From which two input rows (or columns) a result row (or column) is mixed.
package struct ResizeTap: Hashable, Sendable {
    package var first: Int
    package var second: Int
    package var firstWeight: Float
    package var secondWeight: Float

    package init(_ first: Int, _ firstWeight: Float = 1, _ second: Int = 0, _ secondWeight: Float = 0) {
        self.first = first
        self.firstWeight = firstWeight
        self.second = second
        self.secondWeight = secondWeight
    }
}

extension ResizeTap: CanonicalCodable {
    package func encode(into encoder: inout CanonicalEncoder) {
        encoder.append(first)
        encoder.append(firstWeight)
        encoder.append(second)
        encoder.append(secondWeight)
    }

    package init(from decoder: inout CanonicalDecoder) throws(CanonicalDecodingError) {
        self.init(try decoder.int(), try decoder.float(), try decoder.int(), try decoder.float())
    }
}
