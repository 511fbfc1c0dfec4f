/// Copies bytes of an operand into the workspace.
package struct Load: InstructionBody {
    package static let opcode = Opcode.load
    package static let unit = Unit.load
    package static let summary: StaticString = """
        Copies bytes of an operand (DRAM or on-chip, as the step binds it) into the workspace: a contiguous run over two strided levels. \
        No conversion; the two sides must not overlap.
        """
    package var geometry: TransferGeometry

    package init(_ geometry: TransferGeometry) { self.geometry = geometry }

    package init() {
        geometry = TransferGeometry(operand: 0, offsetBytes: 0, address: 0, runBytes: 0)
    }

    package mutating func visitFields<Visitor: FieldVisitor>(_ visitor: inout Visitor) throws(InstructionError) {
        try geometry.visitFields(&visitor)
    }

    package func appendAccesses(core: Int, to accesses: inout [Access]) {
        accesses.append(Access(.operand(geometry.operand), geometry.operandRegion, isWrite: false))
        accesses.append(.writes(geometry.workspaceRegion))
    }
}
