/// How a copy between an operand and the workspace walks both: a contiguous run, repeated over two strided levels.
///
/// Byte `i` of the run at (outer `o`, inner `n`) is operand byte `offsetBytes + o·outer.operandStrideBytes + n·inner.operandStrideBytes + i`
/// and workspace byte `address + o·outer.workspaceStrideBytes + n·inner.workspaceStrideBytes + i`.
package struct TransferGeometry: Hashable, Sendable {
    /// One strided level of a copy.
    package struct Level: Hashable, Sendable {
        package static let maximumCount = (1 << 14) - 1
        package var count: Int
        /// May be negative: a copy that reverses.
        package var operandStrideBytes: Int
        package var workspaceStrideBytes: Int

        package init(count: Int, operandStrideBytes: Int, workspaceStrideBytes: Int) {
            self.count = count
            self.operandStrideBytes = operandStrideBytes
            self.workspaceStrideBytes = workspaceStrideBytes
        }

        package static let none = Level(count: 1, operandStrideBytes: 0, workspaceStrideBytes: 0)
    }

    package static let maximumRunBytes = (1 << 20) - 1
    /// Operand number, bound to a space and a base address by the step.
    package var operand: Int
    package var offsetBytes: Int
    package var address: WorkspaceAddress
    package var runBytes: Int
    package var inner: Level
    package var outer: Level

    package init(
        operand: Int, offsetBytes: Int, address: WorkspaceAddress, runBytes: Int, inner: Level = .none, outer: Level = .none
    ) {
        self.operand = operand
        self.offsetBytes = offsetBytes
        self.address = address
        self.runBytes = runBytes
        self.inner = inner
        self.outer = outer
    }

    /// Bytes moved.
    package var totalBytes: Int { runBytes * inner.count * outer.count }

    package var operandRegion: StridedRegion {
        StridedRegion(
            start: offsetBytes, runBytes: runBytes,
            inner: .init(count: inner.count, strideBytes: inner.operandStrideBytes),
            outer: .init(count: outer.count, strideBytes: outer.operandStrideBytes))
    }

    package var workspaceRegion: StridedRegion {
        StridedRegion(
            start: address.bytes, runBytes: runBytes,
            inner: .init(count: inner.count, strideBytes: inner.workspaceStrideBytes),
            outer: .init(count: outer.count, strideBytes: outer.workspaceStrideBytes))
    }

    mutating func visitFields<Visitor: FieldVisitor>(_ visitor: inout Visitor) throws(InstructionError) {
        try visitor.visit(&operand, Field("operand", bits: 8, .number, "operand number, bound by the step"))
        try visitor.visit(&offsetBytes, Field("offsetBytes", bits: 40, .bytes, "first byte inside the operand"))
        try visitor.visit(
            &address, Field("address", bits: WorkspaceAddress.fieldBits, .bytes, "first byte inside the workspace"))
        try visitor.visit(&runBytes, Field("runBytes", bits: 20, .bytes, "contiguous bytes", minimum: 1))
        try visitor.visit(&inner.count, Field("innerCount", bits: 14, .count, "runs", minimum: 1))
        try visitor.visit(
            &inner.operandStrideBytes,
            Field("innerOperandStrideBytes", bits: 28, .bytes, "from run to run in the operand", signed: true))
        try visitor.visit(
            &inner.workspaceStrideBytes,
            Field("innerWorkspaceStrideBytes", bits: 24, .bytes, "from run to run in the workspace"))
        try visitor.visit(&outer.count, Field("outerCount", bits: 14, .count, "groups of runs", minimum: 1))
        try visitor.visit(
            &outer.operandStrideBytes,
            Field("outerOperandStrideBytes", bits: 28, .bytes, "from group to group in the operand", signed: true))
        try visitor.visit(
            &outer.workspaceStrideBytes,
            Field("outerWorkspaceStrideBytes", bits: 24, .bytes, "from group to group in the workspace"))
    }
}
