/// Ends the kernel.
package struct Halt: InstructionBody {
    package static let opcode = Opcode.halt
    package static let unit = Unit.control
    package static let summary: StaticString = """
        Ends the kernel: the last instruction, and only that. The kernel is over when every queue is empty.
        """

    package init() {}
    package mutating func visitFields<Visitor: FieldVisitor>(_ visitor: inout Visitor) throws(InstructionError) {}
    package func appendAccesses(core: Int, to accesses: inout [Access]) {}
}
