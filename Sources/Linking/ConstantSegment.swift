import Basics
import Machine

/// The constants segment as it grows: each packed tensor once, at a multiple of 64, in the order of first use.
struct ConstantSegment {
    private(set) var slices: [ConstantSlice] = []
    private(set) var byteCount = 0
    private let constants: [LinkConstant]
    /// For each constant of the request, its slice; −1 before its first use.
    private var sliceOfConstant: [Int]
    private var slicesByFingerprint: [Fingerprint: [Int]] = [:]

    init(_ constants: [LinkConstant]) {
        self.constants = constants
        sliceOfConstant = Array(repeating: -1, count: constants.count)
    }

    /// Where the constant stands. Constants with equal fingerprints share a place only when their bytes are equal too.
    mutating func bind(_ constant: Int) throws(LinkError) -> Binding {
        guard constants.indices.contains(constant) else { throw .malformed(.unknownConstant(constant)) }
        if sliceOfConstant[constant] < 0 { sliceOfConstant[constant] = slice(for: constants[constant]) }
        let slice = slices[sliceOfConstant[constant]]
        return Binding(space: .constants, address: slice.offset, bytes: slice.storage.count)
    }

    private mutating func slice(for constant: LinkConstant) -> Int {
        for known in slicesByFingerprint[constant.fingerprint] ?? [] {
            if hasEqualBytes(slices[known].storage, constant.storage) { return known }
        }
        let offset = ActivationPlan.aligned(byteCount)
        slices.append(ConstantSlice(offset: offset, storage: constant.storage))
        byteCount = offset + constant.storage.count
        slicesByFingerprint[constant.fingerprint, default: []].append(slices.count - 1)
        return slices.count - 1
    }

    private func hasEqualBytes(_ left: ByteStorage, _ right: ByteStorage) -> Bool {
        left === right || withExtendedLifetime((left, right)) { left.bytes.hasSameBytes(as: right.bytes) }
    }
}
