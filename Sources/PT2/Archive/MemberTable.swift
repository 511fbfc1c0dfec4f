import Basics

/// The members of a ZIP file over mapped bytes, by their names below the folder that holds them all. Slices of the map, never copies.
struct MemberTable: Sendable {
    private let storage: ByteStorage
    private let members: [String: Member]

    private struct Member: Sendable {
        var data: Range<Int>
        var checksum: UInt32
    }

    /// Reads and checks the directory. `isFlat` says of the names whether the members lie in no folder of their own.
    init(_ storage: ByteStorage, isFlat: ([String]) -> Bool = { _ in false }) throws(PT2Error) {
        let bytes = CheckedBytes(storage)
        let all = try ZipMember.all(in: try ZipDirectory(of: bytes), of: bytes)
        let names = all.map(\.name)
        let root = isFlat(names) ? "" : try Self.rootFolder(of: names)
        self.storage = storage
        var members: [String: Member] = [:]
        for member in all {
            let name = String(decoding: member.name.utf8.dropFirst(root.utf8.count), as: UTF8.self)
            members[name] = Member(data: member.data, checksum: member.checksum)
        }
        self.members = members
    }

    /// The names of all members, sorted.
    var names: [String] { members.keys.sorted() }

    func contains(_ name: String) -> Bool { members[name] != nil }

    /// The bytes of a member in place, or nil when there is none of this name. The checksum is not verified.
    func bytes(of name: String) -> ByteStorage? {
        members[name].map { ByteStorage(storage, range: $0.data) }
    }

    /// The bytes of a member in place, with its checksum verified.
    func verifiedBytes(of name: String) throws(PT2Error) -> ByteStorage {
        guard let member = members[name], let bytes = bytes(of: name) else { throw .missingMember(name) }
        let found = Checksum.crc32(bytes.bytes)
        guard found == member.checksum else {
            throw .checksumMismatch(member: name, stated: member.checksum, found: found)
        }
        return bytes
    }

    /// A short text member without white space at its ends; at most 64 bytes of it. Nil when there is none of this name.
    func text(of name: String) throws(PT2Error) -> String? {
        guard members[name] != nil else { return nil }
        let storage = try verifiedBytes(of: name)
        defer { withExtendedLifetime(storage) {} }
        let bytes = storage.bytes.prefix(64)
        let content = bytes.drop { $0 <= 0x20 }.reversed().drop { $0 <= 0x20 }.reversed()
        return String(decoding: Array(content), as: UTF8.self)
    }

    /// Refuses what was written on a big-endian machine. Releases before 2.1 did not state the order.
    func checkByteOrder(isStated: Bool) throws(PT2Error) {
        guard let order = try text(of: "byteorder") else {
            if isStated { throw .missingMember("byteorder") }
            return
        }
        guard order == "little" else { throw .unsupportedArchive(.byteOrder(order)) }
    }

    /// The folder in which all members lie, with its slash: the archive's name when it was saved, whatever it is called now.
    private static func rootFolder(of names: [String]) throws(PT2Error) -> String {
        guard let first = names.first else { throw .malformedArchive(.empty) }
        guard let slash = first.firstIndex(of: "/") else { throw .malformedArchive(.noRootFolder(first)) }
        let root = String(first[...slash])
        if let stray = names.first(where: { !$0.utf8.starts(with: root.utf8) }) { throw .malformedArchive(.noRootFolder(stray)) }
        return root
    }
}
