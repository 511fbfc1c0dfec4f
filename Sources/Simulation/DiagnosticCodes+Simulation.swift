import Basics

extension DiagnosticCode {
    /// The target's array does not multiply elements of this type.
    package static let unsupportedElement = DiagnosticCode("K010")
    /// A program that breaks the machine's rules while it is simulated: a fault of ours.
    package static let simulationFault = DiagnosticCode("K903")
    /// Inputs that do not fit the program.
    package static let unusableInput = DiagnosticCode("N010")
    /// Values that the machine's arithmetic cannot hold.
    package static let numericFault = DiagnosticCode("N011")
    /// Values for which a step has no result: an index outside its tensor.
    package static let impossibleStep = DiagnosticCode("N013")
}
