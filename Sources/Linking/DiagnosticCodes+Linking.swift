import Basics

extension DiagnosticCode {
    /// A kernel's own workspace is larger than the target's on-chip memory.
    package static let workspaceTooLarge = DiagnosticCode("M001")
    /// Inputs, outputs and activations do not fit the DRAM.
    package static let dramTooSmall = DiagnosticCode("M002")
    /// The compiler asked for a program that cannot be linked, or for a constant that cannot be packed.
    package static let malformedProgram = DiagnosticCode("M003")
}
