/// Copies workspace bytes into an operand.
package struct Store: InstructionBody {
    package static let opcode = Opcode.store
    package static let unit = Unit.store
    package static let summary: StaticString = """
        Copies workspace bytes into an operand, with the geometry of `load`. A byte of the operand must be written at most once by one instruction.
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
        accesses.append(.reads(geometry.workspaceRegion))
        accesses.append(Access(.operand(geometry.operand), geometry.operandRegion, isWrite: true))
    }
}
