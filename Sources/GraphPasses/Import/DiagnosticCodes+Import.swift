import Basics

extension DiagnosticCode {
    /// The program calls operators that no import rule takes.
    package static let unsupportedOperator = DiagnosticCode("I020")

    /// The type that an operator's rule gives is not the one that the archive states.
    package static let typeMismatch = DiagnosticCode("I021")

    /// An operator is supported, but not with these arguments.
    package static let refusedArguments = DiagnosticCode("I022")

    /// A tensor has more dimensions or elements than any target could hold.
    package static let shapeOverLimits = DiagnosticCode("I023")

    /// A size that the program leaves open was fixed to the one that it had at capture.
    package static let specialisedSize = DiagnosticCode("I024")

    /// The program writes into a tensor of its caller, which is not written back.
    package static let inputWritten = DiagnosticCode("I025")

    /// The program is a training graph.
    package static let trainingGraph = DiagnosticCode("I026")

    /// A weight has no content, in the archive or in the checkpoint.
    package static let weightWithoutContent = DiagnosticCode("I027")

    /// A weight's content has another element type or shape than the program states, or a checkpoint lacks weights or has others.
    package static let weightMismatch = DiagnosticCode("I028")
}
