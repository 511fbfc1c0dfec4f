import Basics

extension DiagnosticCode {
    /// A float kernel for a machine that computes integers only. The user's: choose another precision or target.
    package static let floatOnIntegerMachine = DiagnosticCode("K001")
    /// An element type that no unit of the machine computes with.
    package static let noUnitForElement = DiagnosticCode("K002")
    /// A geometry for which the machine has no form.
    package static let unsupportedGeometry = DiagnosticCode("K003")
    /// Not even the smallest tiles fit the target's memories.
    package static let memoryTooSmall = DiagnosticCode("K004")
    /// A kernel request that contradicts itself: a fault of ours.
    package static let malformedRequest = DiagnosticCode("K902")
}
