import Testing

/// A ZIP file of stored members taken apart, changed, and put together again with right sizes and checksums: damage that only the reader of
/// the content can find.
struct StoredArchive {
    struct Member {
        var name: String
        var bytes: [UInt8]
        var method: UInt16 = 0
    }

    var members: [Member] = []

    /// Reads the directory of a file below 4 GiB, whose local headers state no sizes.
    init(_ file: [UInt8]) throws {
        func word(_ offset: Int, _ count: Int) -> Int { (0..<count).reduce(0) { $0 | Int(file[offset + $1]) << (8 * $1) } }
        let end = try #require(stride(from: file.count - 22, through: 0, by: -1).first { word($0, 4) == 0x0605_4B50 })
        var entry = word(end + 16, 4)
        for _ in 0..<word(end + 10, 2) {
            let (size, nameLength, local) = (word(entry + 24, 4), word(entry + 28, 2), word(entry + 42, 4))
            let name = String(decoding: file[entry + 46..<entry + 46 + nameLength], as: UTF8.self)
            let data = local + 30 + word(local + 26, 2) + word(local + 28, 2)
            members.append(Member(name: name, bytes: Array(file[data..<data + size])))
            entry += 46 + nameLength + word(entry + 30, 2) + word(entry + 32, 2)
        }
    }

    /// Changes the members whose names end in `suffix`; there must be one.
    mutating func change(_ suffix: String, _ body: (inout Member) -> Void) throws {
        let places = members.indices.filter { members[$0].name.hasSuffix(suffix) }
        try #require(!places.isEmpty, "no member \(suffix)")
        for place in places { body(&members[place]) }
    }

    /// Replaces the first occurrence of a text in a member; it must be there.
    mutating func replace(_ suffix: String, _ old: String, _ new: String) throws {
        var isFound = false
        try change(suffix) { member in
            guard let range = member.bytes.firstRange(of: Array(old.utf8)) else { return }
            member.bytes.replaceSubrange(range, with: Array(new.utf8))
            isFound = true
        }
        try #require(isFound, "\(suffix) has no \(old)")
    }

    var bytes: [UInt8] {
        func word(_ value: Int, _ count: Int) -> [UInt8] { (0..<count).map { UInt8(truncatingIfNeeded: value >> (8 * $0)) } }
        var file: [UInt8] = []
        var directory: [UInt8] = []
        for member in members {
            let name = Array(member.name.utf8)
            let sizes = word(Self.crc32(member.bytes), 4) + word(member.bytes.count, 4) + word(member.bytes.count, 4)
            let common = word(0, 2) + word(Int(member.method), 2) + word(0, 4) + sizes + word(name.count, 2) + word(0, 2)
            directory += word(0x0201_4B50, 4) + word(0, 2) + word(0, 2) + common + word(0, 10) + word(file.count, 4) + name
            file += word(0x0403_4B50, 4) + word(0, 2) + common + name + member.bytes
        }
        let end = word(0x0605_4B50, 4) + word(0, 4) + word(members.count, 2) + word(members.count, 2) + word(directory.count, 4)
        return file + directory + end + word(file.count, 4) + word(0, 2)
    }

    private static func crc32(_ bytes: [UInt8]) -> Int {
        let state = bytes.reduce(0xFFFF_FFFF as UInt32) { state, byte in
            (0..<8).reduce(state ^ UInt32(byte)) { state, _ in state & 1 == 1 ? (state >> 1) ^ 0xEDB8_8320 : state >> 1 }
        }
        return Int(~state)
    }
}
