import Basics

/// How slices of an operand are reached by integers that lie in the workspace: one run of the workspace for each integer, in order.
///
/// Byte `i` of run `n` is workspace byte `address + n·workspaceStrideBytes + i` and operand byte
/// `offsetBytes + place(n)·operandStrideBytes + n·operandAdvanceBytes + i`, where `place(n)` is the n-th integer, or `slices` more where that is negative. An integer outside `-slices ..< slices` ends the program with a fault of its values.
package struct LookupGeometry: Hashable, Sendable {
    /// The size of the integers.
    package enum IndexWidth: UInt8, FieldChoice {
        package static let fieldBits = 1
        case four, eight

        package var bytes: Int { self == .four ? 4 : 8 }

        /// nil for integers that lookups do not read.
        package init?(_ element: ElementType) {
            switch element {
            case .i32: self = .four
            case .i64: self = .eight
            default: return nil
            }
        }
    }

    package static let maximumSlices = (1 << 24) - 1
    package static let maximumAdvanceBytes = (1 << 17) - 1
    /// Operand number, bound to a space and a base address by the step.
    package var operand: Int
    package var offsetBytes: Int
    package var address: WorkspaceAddress
    package var runBytes: Int
    /// Integers, and runs.
    package var count: Int
    package var operandStrideBytes: Int
    package var operandAdvanceBytes: Int
    package var workspaceStrideBytes: Int
    /// Slices that the operand has.
    package var slices: Int
    package var indices: WorkspaceAddress
    package var indexWidth: IndexWidth

    package init(
        operand: Int, offsetBytes: Int, address: WorkspaceAddress, runBytes: Int, count: Int, operandStrideBytes: Int,
        operandAdvanceBytes: Int = 0, workspaceStrideBytes: Int, slices: Int, indices: WorkspaceAddress, indexWidth: IndexWidth
    ) {
        self.operand = operand
        self.offsetBytes = offsetBytes
        self.address = address
        self.runBytes = runBytes
        self.count = count
        self.operandStrideBytes = operandStrideBytes
        self.operandAdvanceBytes = operandAdvanceBytes
        self.workspaceStrideBytes = workspaceStrideBytes
        self.slices = slices
        self.indices = indices
        self.indexWidth = indexWidth
    }

    /// All fields zero.
    init() {
        self.init(
            operand: 0, offsetBytes: 0, address: 0, runBytes: 0, count: 0, operandStrideBytes: 0, workspaceStrideBytes: 0, slices: 0,
            indices: 0, indexWidth: .four)
    }

    /// Bytes moved.
    package var totalBytes: Int { runBytes * count }

    /// Everything that the integers can name.
    package var operandRegion: StridedRegion {
        StridedRegion(
            start: offsetBytes, runBytes: runBytes, inner: .init(count: slices, strideBytes: operandStrideBytes),
            middle: operandAdvanceBytes == 0 ? .none : .init(count: count, strideBytes: operandAdvanceBytes))
    }

    package var workspaceRegion: StridedRegion {
        StridedRegion(start: address.bytes, runBytes: runBytes, inner: .init(count: count, strideBytes: workspaceStrideBytes))
    }

    package var indicesRegion: StridedRegion { StridedRegion(start: indices.bytes, runBytes: count * indexWidth.bytes) }

    mutating func visitFields<Visitor: FieldVisitor>(_ visitor: inout Visitor) throws(InstructionError) {
        try visitor.visit(&operand, Field("operand", bits: 8, .number, "operand number, bound by the step"))
        try visitor.visit(&offsetBytes, Field("offsetBytes", bits: 40, .bytes, "first byte of slice 0 inside the operand"))
        try visitor.visit(
            &address, Field("address", bits: WorkspaceAddress.fieldBits, .bytes, "first byte of the first run inside the workspace"))
        try visitor.visit(&runBytes, Field("runBytes", bits: 20, .bytes, "contiguous bytes of a slice", minimum: 1))
        try visitor.visit(&count, Field("count", bits: 14, .count, "integers, and runs", minimum: 1))
        try visitor.visit(&operandStrideBytes, Field("operandStrideBytes", bits: 28, .bytes, "from slice to slice in the operand"))
        try visitor.visit(&workspaceStrideBytes, Field("workspaceStrideBytes", bits: 24, .bytes, "from run to run in the workspace"))
        try visitor.visit(&slices, Field("slices", bits: 24, .count, "slices of the operand, of which an integer names one", minimum: 1))
        try visitor.visit(
            &indices, Field("indices", bits: WorkspaceAddress.fieldBits, .bytes, "first byte of the integers, which follow one another"))
        try visitor.visit(
            &operandAdvanceBytes,
            Field("operandAdvanceBytes", bits: 17, .bytes, "from run to run in the operand, beside what the integer says"))
        try visitor.visit(&indexWidth, Field("indexWidth", bits: IndexWidth.fieldBits, .choice, "bytes of an integer, signed"))
    }
}
