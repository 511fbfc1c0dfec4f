import Glibc

extension UnsafeRawBufferPointer {
    /// Whether the bytes are the same. Not `elementsEqual`, which looks at one after the other.
    package func hasSameBytes(as other: UnsafeRawBufferPointer) -> Bool {
        guard count == other.count else { return false }
        guard let address = baseAddress, let otherAddress = other.baseAddress else { return true }
        return memcmp(address, otherAddress, count) == 0
    }
}
