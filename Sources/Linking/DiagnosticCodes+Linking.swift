import Basics

extension DiagnosticCode {
    /// A kernel's own workspace is larger than the target's on-chip memory.
    package static let workspaceTooLarge = DiagnosticCode("M001")
    /// Inputs, outputs and activations do not fit the DRAM.
    package static let dramTooSmall = DiagnosticCode("M002")
    /// A program that cannot be linked, or a constant that cannot be packed: a fault of ours.
    package static let malformedProgram = DiagnosticCode("M003")
}
