import Basics

/// Sum or extreme over rows, per column: global average pooling of a channels-last picture, mean over time.
///
///     result[b][c] = op over r of input[b·inputBatchStride + r·inputRowStride + c]
///
/// in f32, r ascending. A mean is a sum whose lane program divides. (Reductions along the columns themselves are lane steps: `LaneStep.rowReduce`.)
/// Domain of the lane program: `batch`, `columns`. Strides and offsets count elements.
package struct ColumnReduction: NamedIntegers {
    package enum Operation: UInt8, Hashable, Sendable, CaseIterable {
        case sum, maximum, minimum
    }

    package var operation = Operation.sum
    /// Operand number.
    package var input = 0
    package var inputOffset = 0
    package var batch = 1
    package var inputBatchStride = 0
    package var rows = 1
    package var inputRowStride = 0
    package var columns = 1

    package init() {}

    package init(_ operation: Operation) { self.operation = operation }

    package static let integers: [NamedInteger<ColumnReduction>] = [
        .init("input", \.input, 0), .init("inputOffset", \.inputOffset), .init("batch", \.batch, 1),
        .init("inputBatchStride", \.inputBatchStride), .init("rows", \.rows, 1), .init("inputRowStride", \.inputRowStride),
        .init("columns", \.columns, 1),
    ]

    package var domain: [Int] { [batch, columns] }

    package func encode(into encoder: inout CanonicalEncoder) {
        encoder.append(operation.rawValue)
        for integer in Self.integers { encoder.append(self[keyPath: integer.path]) }
    }

    package init(from decoder: inout CanonicalDecoder) throws(CanonicalDecodingError) {
        guard let operation = Operation(rawValue: try decoder.uint8()) else {
            throw .invalid("reduction", at: decoder.position - 1)
        }
        self.init(operation)
        for integer in Self.integers { self[keyPath: integer.path] = try decoder.int() }
    }
}
