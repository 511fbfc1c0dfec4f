import Basics

/// An image in its file.
package struct WrittenImage: Sendable {
    /// The XXH3-128 of the file's bytes.
    package let digest: Fingerprint
    /// What the system says of the file; nil if somebody changed it as soon as it was there.
    package let signature: StatSignature?
}

extension ProgramImage {
    /// Writes the image to `path`: into a temporary file beside it, renamed when complete, so that no reader ever sees a part of it.
    ///
    /// Constants are streamed from their slices in one pass that also hashes them; nothing is copied.
    @discardableResult
    package func write(to path: String) throws(ProgramImageError) -> WrittenImage {
        try validate()
        do {
            var output = try ReplacingFile(path: path)
            let digest = try write(to: &output)
            return WrittenImage(digest: digest, signature: try output.commit())
        } catch { throw .file(error) }
    }

    private func write(to output: inout ReplacingFile) throws(FileError) -> Fingerprint {
        var writer = ProgramImageWriter(image: self)
        try writer.writeHeader(to: &output)
        for section in ProgramImageFormat.Section.allCases {
            try writer.write(section, to: &output)
        }
        return try writer.writeTable(to: &output)
    }
}

/// Writes sections one after another, hashing what it writes.
private struct ProgramImageWriter: ~Copyable {
    typealias Format = ProgramImageFormat
    private let image: ProgramImage
    private let encoded: [Format.Section: [UInt8]]
    private var fileHash = FingerprintStream()
    private var position = 0
    private var header: [UInt8] = []
    private var table = CanonicalEncoder()

    init(image: ProgramImage) {
        self.image = image
        var kernels = CanonicalEncoder()
        kernels.append(image.kernels)
        encoded = [
            .target: image.target.canonicalBytes, .kernels: kernels.bytes,
            .program: ProgramSection(image).canonicalBytes, .names: image.names.canonicalBytes, .notes: [],
        ]
    }

    private func size(of section: Format.Section) -> Int { encoded[section]?.count ?? image.constantBytes }

    mutating func writeHeader(to output: inout ReplacingFile) throws(FileError) {
        var end = Format.headerBytes
        for section in Format.Section.allCases { end = Format.aligned(end) + size(of: section) }
        let tableBytes = Format.Section.allCases.count * Format.tableEntryBytes
        try output.reserve(bytes: end + tableBytes + Format.tableDigestBytes)
        var fields = CanonicalEncoder()
        fields.append(Format.version)
        fields.append(UInt32(Format.Section.allCases.count))
        fields.append(UInt64(end + tableBytes + Format.tableDigestBytes))
        fields.append(UInt64(end))
        header = Format.magic + fields.bytes
        header += Array(repeating: 0, count: Format.headerBytes - header.count)
        try write(header, to: &output)
    }

    mutating func write(_ section: Format.Section, to output: inout ReplacingFile) throws(FileError) {
        try pad(to: Format.aligned(position), &output)
        let start = position
        var sectionHash = FingerprintStream()
        if let bytes = encoded[section] {
            sectionHash.update(bytes)
            try write(bytes, to: &output)
        } else {
            try writeConstants(start: start, hash: &sectionHash, to: &output)
        }
        table.append(section.rawValue)
        table.append(0 as UInt32)
        table.append(UInt64(start))
        table.append(UInt64(position - start))
        table.append(sectionHash.fingerprint)
    }

    private mutating func writeConstants(
        start: Int, hash: inout FingerprintStream, to output: inout ReplacingFile
    ) throws(FileError) {
        for slice in image.constants {
            hash.update(try pad(to: start + slice.offset, &output))
            defer { withExtendedLifetime(slice.storage) {} }
            try write(slice.storage.bytes, alsoInto: &hash, to: &output)
        }
        hash.update(try pad(to: start + image.constantBytes, &output))
    }

    mutating func writeTable(to output: inout ReplacingFile) throws(FileError) -> Fingerprint {
        var hash = FingerprintStream()
        hash.update(header)
        hash.update(table.bytes)
        table.append(hash.fingerprint)
        try write(table.bytes, to: &output)
        return fileHash.fingerprint
    }

    /// Writes zeros up to `offset` and gives them.
    @discardableResult
    private mutating func pad(to offset: Int, _ output: inout ReplacingFile) throws(FileError) -> [UInt8] {
        let zeros = [UInt8](repeating: 0, count: offset - position)
        try write(zeros, to: &output)
        return zeros
    }

    private mutating func write(_ bytes: [UInt8], to output: inout ReplacingFile) throws(FileError) {
        fileHash.update(bytes)
        try output.append(bytes)
        position += bytes.count
    }

    /// Hashes in pieces that stay in cache between the two hashes and the copy into the file.
    private mutating func write(
        _ bytes: UnsafeRawBufferPointer, alsoInto hash: inout FingerprintStream, to output: inout ReplacingFile
    ) throws(FileError) {
        let piece = 1 << 18
        var start = 0
        while start < bytes.count {
            let part = UnsafeRawBufferPointer(rebasing: bytes[start..<min(start + piece, bytes.count)])
            fileHash.update(part)
            hash.update(part)
            try output.append(part)
            start += part.count
        }
        position += bytes.count
    }
}
