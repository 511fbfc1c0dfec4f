import Basics

extension DiagnosticCode {
    /// The target's array does not multiply elements of this type.
    package static let unsupportedElement = DiagnosticCode("K010")
}
