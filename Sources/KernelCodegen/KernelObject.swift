import Basics

/// The code of one kernel: relocatable and closed. It names operands by number and workspace bytes relative to a base; a step binds both.
///
/// Equal requests for targets that agree in the facts read give equal bytes.
package struct KernelObject: Hashable, Sendable {
    /// What a step must bind.
    package struct Operand: Hashable, Sendable {
        package var kind: KernelOperand.Kind
        package var element: ElementType
        /// Bytes that the kernel may touch, packed.
        package var bytes: Int
        package var packing: ConstantPacking

        package init(kind: KernelOperand.Kind, element: ElementType, bytes: Int, packing: ConstantPacking) {
            self.kind = kind
            self.element = element
            self.bytes = bytes
            self.packing = packing
        }
    }

    package var operands: [Operand]
    /// On-chip memory needed while the kernel runs.
    package var workspaceBytes: Int
    /// Encoded instructions, `halt` last.
    package var code: [UInt8]
    /// Multiply-accumulates of the computation, padding not counted as saved.
    package var macs: Int

    package init(operands: [Operand], workspaceBytes: Int, code: [UInt8], macs: Int) {
        self.operands = operands
        self.workspaceBytes = workspaceBytes
        self.code = code
        self.macs = macs
    }
}

extension KernelObject.Operand: CanonicalCodable {
    package func encode(into encoder: inout CanonicalEncoder) {
        encoder.append(kind.rawValue)
        encoder.append(element)
        encoder.append(bytes)
        encoder.append(packing)
    }

    package init(from decoder: inout CanonicalDecoder) throws(CanonicalDecodingError) {
        guard let kind = KernelOperand.Kind(rawValue: try decoder.uint8()) else {
            throw .invalid("operand kind", at: decoder.position - 1)
        }
        self.init(
            kind: kind, element: try ElementType(from: &decoder), bytes: try decoder.int(),
            packing: try ConstantPacking(from: &decoder))
    }
}

extension KernelObject: CanonicalCodable {
    package func encode(into encoder: inout CanonicalEncoder) {
        encoder.append(operands)
        encoder.append(workspaceBytes)
        encoder.append(bytes: code)
        encoder.append(macs)
    }

    package init(from decoder: inout CanonicalDecoder) throws(CanonicalDecodingError) {
        self.init(
            operands: try decoder.array(of: Operand.self), workspaceBytes: try decoder.int(), code: try decoder.byteArray(),
            macs: try decoder.int())
    }
}
