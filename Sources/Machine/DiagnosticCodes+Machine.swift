import Basics

extension DiagnosticCode {
    /// Machine code that breaks the rules of the instruction set.
    package static let malformedCode = DiagnosticCode("K901")
    /// A program image that cannot be read.
    package static let damagedImage = DiagnosticCode("M901")
    /// A target description that cannot be.
    package static let invalidTarget = DiagnosticCode("W040")
}
