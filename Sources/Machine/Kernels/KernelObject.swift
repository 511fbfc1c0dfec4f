import Basics

/// Relocatable machine code of one kernel, closed over its structure: no address, weight, scale or table inside.
///
/// The step that runs it binds every operand to a memory and an address, and its workspace to a base in on-chip memory; so one kernel's code stands once in an image,
/// however many steps use it, and a new memory plan or new weights compile nothing.
package struct KernelObject: Hashable, Sendable {
    /// One thing the kernel reads or writes, in operand order: `load` and `store` name it by its index.
    package struct Operand: Hashable, Sendable {
        package enum Role: UInt8, Sendable, CaseIterable {
            /// Read only: an activation or a constant.
            case read
            /// Written, and possibly read back: every byte that is ever read later is written by the kernel.
            case written
            /// Memory of the kernel's own outside the workspace; undefined before and after.
            case scratch
        }

        package var role: Role
        package var bytes: Int

        package init(role: Role, bytes: Int) {
            self.role = role
            self.bytes = bytes
        }
    }

    package static let maximumOperands = 256
    package var operands: [Operand]
    /// On-chip bytes the kernel needs while it runs.
    package var workspaceBytes: Int
    /// Useful multiply-accumulates: those of the operator, not those on padding.
    package var macs: Int
    /// `LoopedCode`, ending in `halt`.
    package var code: [UInt8]

    package init(operands: [Operand], workspaceBytes: Int, macs: Int, code: [UInt8]) {
        self.operands = operands
        self.workspaceBytes = workspaceBytes
        self.macs = macs
        self.code = code
    }

    /// The instructions; throws for code that is none.
    package func instructions() throws(InstructionError) -> [IssuedInstruction] { try MachineCode.decode(code) }
}

extension KernelObject: CanonicalCodable {
    package func encode(into encoder: inout CanonicalEncoder) {
        encoder.append(operands)
        encoder.append(workspaceBytes)
        encoder.append(macs)
        encoder.append(bytes: code)
    }

    package init(from decoder: inout CanonicalDecoder) throws(CanonicalDecodingError) {
        self.init(
            operands: try decoder.array(of: Operand.self), workspaceBytes: try decoder.int(), macs: try decoder.int(),
            code: try decoder.byteArray())
        guard workspaceBytes >= 0, (0...1 << 53).contains(macs), operands.count <= Self.maximumOperands else {
            throw .invalid("kernel", at: decoder.position)
        }
    }
}

extension KernelObject.Operand: CanonicalCodable {
    package func encode(into encoder: inout CanonicalEncoder) {
        encoder.append(role.rawValue)
        encoder.append(bytes)
    }

    package init(from decoder: inout CanonicalDecoder) throws(CanonicalDecodingError) {
        guard let role = Role(rawValue: try decoder.uint8()) else {
            throw .invalid("operand role", at: decoder.position - 1)
        }
        self.init(role: role, bytes: try decoder.int())
        guard (0...1 << 40).contains(bytes) else { throw .invalid("operand bytes", at: decoder.position - 8) }
    }
}
