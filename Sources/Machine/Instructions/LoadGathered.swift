/// Copies slices of an operand, which integers in the workspace name, into the workspace.
package struct LoadGathered: InstructionBody {
    package static let opcode = Opcode.loadGathered
    package static let unit = Unit.load
    package static let summary: StaticString = """
        Copies slices of an operand into the workspace, one for each integer that the workspace holds: a lookup in a table. A negative integer counts from the \
        end; one outside the slices ends the program. No conversion; runs must overlap neither each other nor the integers. \
        Starts when all loads before it are complete.
        """
    package var geometry: LookupGeometry

    package init(_ geometry: LookupGeometry) { self.geometry = geometry }

    package init() { geometry = LookupGeometry() }

    package mutating func visitFields<Visitor: FieldVisitor>(_ visitor: inout Visitor) throws(InstructionError) {
        try geometry.visitFields(&visitor)
    }

    package func appendAccesses(core: Int, to accesses: inout [Access]) {
        accesses.append(.reads(geometry.indicesRegion))
        accesses.append(Access(.operand(geometry.operand), geometry.operandRegion, isWrite: false))
        accesses.append(.writes(geometry.workspaceRegion))
    }
}
