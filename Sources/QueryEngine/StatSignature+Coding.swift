import Basics

extension StatSignature {
    func encode(short encoder: inout CanonicalEncoder) {
        for word in [device, inode, UInt64(bitPattern: size)] { encoder.append(variable: word) }
        encoder.append(UInt64(bitPattern: modified))
        encoder.append(UInt64(bitPattern: changed))
    }

    init(short decoder: inout CanonicalDecoder) throws(CanonicalDecodingError) {
        self.init(
            device: try decoder.variable(), inode: try decoder.variable(), size: Int64(bitPattern: try decoder.variable()),
            modified: Int64(bitPattern: try decoder.uint64()), changed: Int64(bitPattern: try decoder.uint64()))
    }
}
