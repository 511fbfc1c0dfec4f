/// Copies workspace bytes into slices of an operand, which integers in the workspace name.
package struct StoreScattered: InstructionBody {
    package static let opcode = Opcode.storeScattered
    package static let unit = Unit.store
    package static let summary: StaticString = """
        Copies runs of the workspace into slices of an operand, with the geometry of `load_gathered`. Runs are stored in order: where two integers name one slice, \
        the later run stays.
        """
    package var geometry: LookupGeometry

    package init(_ geometry: LookupGeometry) { self.geometry = geometry }

    package init() { geometry = LookupGeometry() }

    package mutating func visitFields<Visitor: FieldVisitor>(_ visitor: inout Visitor) throws(InstructionError) {
        try geometry.visitFields(&visitor)
    }

    package func appendAccesses(core: Int, to accesses: inout [Access]) {
        accesses.append(.reads(geometry.indicesRegion))
        accesses.append(.reads(geometry.workspaceRegion))
        accesses.append(Access(.operand(geometry.operand), geometry.operandRegion, isWrite: true))
    }
}
