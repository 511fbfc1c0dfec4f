/// Fills rows of the workspace with one element: padding, initial values.
package struct Fill: InstructionBody {
    package static let opcode = Opcode.fill
    package static let unit = Unit.load
    package static let summary: StaticString = """
        Writes one element over rows of the workspace. `value` holds the element's bits (the low bits for types narrower than 32).
        """
    package var destination: WorkspaceAddress
    package var rows: Int
    package var rowBytes: Int
    package var rowStrideBytes: Int
    package var type: MachineType
    package var value: UInt32

    /// `value` is the element's bit pattern in its low bits; `rowBytes` must be a whole number of elements.
    package init(
        destination: WorkspaceAddress, rows: Int = 1, rowBytes: Int, rowStrideBytes: Int = 0, type: MachineType, value: UInt32
    ) {
        self.destination = destination
        self.rows = rows
        self.rowBytes = rowBytes
        self.rowStrideBytes = rowStrideBytes
        self.type = type
        self.value = value
    }

    package init() {
        self.init(destination: 0, rows: 0, rowBytes: 0, rowStrideBytes: 0, type: .i8, value: 0)
    }

    package mutating func visitFields<Visitor: FieldVisitor>(_ visitor: inout Visitor) throws(InstructionError) {
        try visitor.visit(
            &destination, Field("destination", bits: WorkspaceAddress.fieldBits, .bytes, "first byte written"))
        try visitor.visit(&rows, Field("rows", bits: 16, .count, "rows", minimum: 1))
        try visitor.visit(&rowBytes, Field("rowBytes", bits: 20, .bytes, "contiguous bytes of a row", minimum: 1))
        try visitor.visit(&rowStrideBytes, Field("rowStrideBytes", bits: 24, .bytes, "from row to row"))
        try visitor.visit(&type, Field("type", bits: MachineType.fieldBits, .choice, "element type"))
        try visitor.visit(&value, Field("value", bits: 32, .bits, "bits of the element"))
    }

    package func checkStructure() throws(InstructionError) {
        try require(rowBytes % type.sizeBytes == 0, "\(rowBytes) bytes are no whole number of \(type.name)")
    }

    package var region: StridedRegion {
        StridedRegion(
            start: destination.bytes, runBytes: rowBytes, inner: .init(count: rows, strideBytes: rowStrideBytes))
    }

    package func appendAccesses(core: Int, to accesses: inout [Access]) {
        accesses.append(.writes(region))
    }
}
