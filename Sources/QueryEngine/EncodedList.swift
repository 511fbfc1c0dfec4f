import Basics

/// What is written with short counts, among others in an `EncodedList`.
protocol ShortCodable: Sendable {
    func encode(short encoder: inout CanonicalEncoder)
    init(short decoder: inout CanonicalDecoder) throws(CanonicalDecodingError)
}

/// A long list as it lies in its record, in blocks: read when somebody asks, which a build of nothing new seldom does, and then from several threads.
struct EncodedList<Element: ShortCodable>: Sendable {
    /// Elements in a block: as many as are worth a task of their own.
    static var blockLength: Int { 256 }

    let blocks: [[UInt8]]

    init(_ elements: [Element]) {
        blocks = stride(from: 0, to: elements.count, by: Self.blockLength).map { first in
            var encoder = CanonicalEncoder(reservingCapacity: 64 * Self.blockLength)
            encoder.append(short: Array(elements[first..<min(first + Self.blockLength, elements.count)])) { $1.encode(short: &$0) }
            return encoder.bytes
        }
    }

    /// Throws what a block says that is not of this form; so do all that read elements.
    func elements() throws(CanonicalDecodingError) -> [Element] {
        guard blocks.count > 1 else { return try blocks.first.map(Self.elements) ?? [] }
        var all: [Element] = []
        all.reserveCapacity(blocks.count * Self.blockLength)
        for block in blocks { all += try Self.elements(of: block) }
        return all
    }

    /// The elements of one block.
    static func elements(of block: [UInt8]) throws(CanonicalDecodingError) -> [Element] {
        var decoder = CanonicalDecoder(block)
        let elements = try decoder.shortArray(Element.init(short:))
        try decoder.finish()
        return elements
    }
}

extension EncodedList: ShortCodable {
    func encode(short encoder: inout CanonicalEncoder) { encoder.append(short: blocks) { $0.append(short: $1) } }

    init(short decoder: inout CanonicalDecoder) throws(CanonicalDecodingError) {
        blocks = try decoder.shortArray { decoder throws(CanonicalDecodingError) in try decoder.shortBytes() }
    }
}
