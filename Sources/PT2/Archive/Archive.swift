import Basics

/// A `.pt2` archive over a mapped file: its members are slices of the map, found through the directory and never copied.
///
/// ```
/// let archive = try Archive(mapping: "captured/resnet18.pt2")
/// let program = try archive.program()
/// let weights = try archive.weights(of: program)
/// ```
/// Opening checks the directory, the layout, the format's version and the byte order: about 0.1 ms for a few hundred members.
/// Text members are checked against their checksums when they are read; tensors only by `verifyTensors`. Nothing is unpickled.
package struct Archive: Sendable {
    private let storage: ByteStorage
    /// Members by their name below the root folder.
    private let members: [String: Member]
    /// The names of the programs, sorted; never empty.
    package let programNames: [String]

    private struct Member: Sendable {
        var data: Range<Int>
        var checksum: UInt32
    }

    /// Maps the file at `path`, which must not be truncated while it is used.
    package init(mapping path: String) throws(PT2Error) {
        let storage: ByteStorage
        do { storage = try ByteStorage(mapping: path) } catch { throw .unreadable(error) }
        try self.init(storage)
    }

    package init(_ storage: ByteStorage) throws(PT2Error) {
        let bytes = CheckedBytes(storage)
        let all = try ZipMember.all(in: try ZipDirectory(of: bytes), of: bytes)
        let names = all.map(\.name)
        try Self.refuseFlatLayout(names)
        let root = try Self.rootFolder(of: names)
        self.storage = storage
        var members: [String: Member] = [:]
        for member in all {
            let name = String(decoding: member.name.utf8.dropFirst(root.utf8.count), as: UTF8.self)
            members[name] = Member(data: member.data, checksum: member.checksum)
        }
        self.members = members
        programNames = members.keys.compactMap(Self.programName).sorted()
        try checkLayout()
    }

    /// The names of all members below the root folder, sorted.
    package var memberNames: [String] { members.keys.sorted() }

    /// The bytes of a member in place, or nil when there is none of this name. The checksum is not verified.
    package func bytes(of name: String) -> ByteStorage? {
        members[name].map { ByteStorage(storage, range: $0.data) }
    }

    /// The bytes of a member in place, with its checksum verified.
    package func verifiedBytes(of name: String) throws(PT2Error) -> ByteStorage {
        guard let member = members[name], let bytes = bytes(of: name) else { throw .missingMember(name) }
        let found = Checksum.crc32(bytes.bytes)
        guard found == member.checksum else {
            throw .checksumMismatch(member: name, stated: member.checksum, found: found)
        }
        return bytes
    }

    /// Verifies the checksums of all tensors' bytes, in order of their names: about 1.5 GB/s.
    package func verifyTensors() throws(PT2Error) {
        for name in memberNames where name.hasPrefix("data/weights/") || name.hasPrefix("data/constants/") {
            _ = try verifiedBytes(of: name)
        }
    }

    /// The text that the exporter added under `extra/name`, or nil.
    package func extraText(_ name: String) throws(PT2Error) -> String? {
        guard members["extra/" + name] != nil else { return nil }
        let bytes = try verifiedBytes(of: "extra/" + name)
        return String(decoding: bytes.bytes, as: UTF8.self)
    }

    // MARK: Recognition, by members and never by version numbers

    private static func refuseFlatLayout(_ names: [String]) throws(PT2Error) {
        let mark = "serialized_exported_program.json"
        if names.contains(mark) || names.contains(where: { $0.hasSuffix("/" + mark) }) { throw .olderLayout(.flat) }
    }

    /// The folder in which all members lie, with its slash: the archive's name when it was saved, whatever it is called now.
    private static func rootFolder(of names: [String]) throws(PT2Error) -> String {
        guard let first = names.first else { throw .malformedArchive(.empty) }
        guard let slash = first.firstIndex(of: "/") else { throw .malformedArchive(.noRootFolder(first)) }
        let root = String(first[...slash])
        if let stray = names.first(where: { !$0.utf8.starts(with: root.utf8) }) { throw .malformedArchive(.noRootFolder(stray)) }
        return root
    }

    private static func programName(_ member: String) -> String? {
        guard member.hasPrefix("models/"), member.hasSuffix(".json") else { return nil }
        let name = member.dropFirst(7).dropLast(5)
        return name.isEmpty || name.contains("/") ? nil : String(name)
    }

    private func checkLayout() throws(PT2Error) {
        guard let format = try text(of: "archive_format") else {
            throw members["data.pkl"] != nil ? .unsupportedArchive(.savedByTorchSave) : .missingMember("archive_format")
        }
        guard format == "pt2" else { throw .unsupportedArchive(.format(format)) }
        guard !programNames.isEmpty else { throw .unsupportedArchive(.noProgram) }
        for name in programNames where members["data/weights/\(name)_weights_config.json"] == nil {
            if members["data/weights/\(name).pt"] != nil { throw .olderLayout(.pickledWeights) }
        }
        guard let version = try text(of: "archive_version") else { throw .missingMember("archive_version") }
        guard version == "0" else { throw .unsupportedArchive(.version(version)) }
        guard let order = try text(of: "byteorder") else { throw .missingMember("byteorder") }
        guard order == "little" else { throw .unsupportedArchive(.byteOrder(order)) }
    }

    /// A short text member without white space at its ends; at most 64 bytes of it.
    private func text(of name: String) throws(PT2Error) -> String? {
        guard members[name] != nil else { return nil }
        let bytes = try verifiedBytes(of: name).bytes.prefix(64)
        let content = bytes.drop { $0 <= 0x20 }.reversed().drop { $0 <= 0x20 }.reversed()
        return String(decoding: Array(content), as: UTF8.self)
    }
}
