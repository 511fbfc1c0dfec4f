import Basics
import Machine

/// What code generation makes of a request: the machine's kernel object, and how the linker must pack each constant for it.
package struct GeneratedKernel: Hashable, Sendable {
    package var object: KernelObject
    /// One per operand, in order; `.rowMajor` for operands that are no constants.
    package var packings: [ConstantPacking]

    package init(object: KernelObject, packings: [ConstantPacking]) {
        self.object = object
        self.packings = packings
    }
}

extension GeneratedKernel: CanonicalCodable {
    package func encode(into encoder: inout CanonicalEncoder) {
        encoder.append(object)
        encoder.append(packings)
    }

    package init(from decoder: inout CanonicalDecoder) throws(CanonicalDecodingError) {
        self.init(object: try KernelObject(from: &decoder), packings: try decoder.array(of: ConstantPacking.self))
    }
}
