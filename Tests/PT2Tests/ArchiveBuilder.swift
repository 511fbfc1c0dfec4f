import Basics
import PT2

/// Builds archives byte by byte, as PyTorch writes them and as nobody should.
struct ArchiveBuilder {
    struct Member {
        var name: String
        var bytes: [UInt8]
        var method: UInt16 = 0
        var flags: UInt16 = 0x0808
        /// Stated instead of the right one.
        var checksum: UInt32?
        /// Stated in the directory instead of the right one.
        var size: UInt64?
        /// Stated in the directory instead of the right one.
        var offset: UInt64?
        /// Written in the local header instead of the right one.
        var localName: String?
        /// Whether the directory holds size and offset in a ZIP64 field.
        var isWide = false

        fileprivate var statedChecksum: UInt32 { checksum ?? ArchiveBuilder.crc32(bytes) }
    }

    var members: [Member] = []
    var comment: [UInt8] = []
    var hasZip64 = true
    /// Stated in the end records instead of the right one.
    var entryCount: UInt64?
    var directorySize: UInt64?
    var directoryOffset: UInt64?
    /// Stated in the ZIP64 locator instead of the right one.
    var zip64Offset: UInt64?

    /// No members at all.
    static let empty = ArchiveBuilder(members: [])

    private init(members: [Member]) { self.members = members }

    /// A sound archive of one program: a parameter `w` f32[2, 3], an input `x`, and their sum.
    init(program: String = ProgramText.whole(), weights: String = ProgramText.table(), root: String = "net") {
        add("\(root)/data/weights/model_weights_config.json", weights)
        members.append(Member(name: "\(root)/data/weights/weight_0", bytes: ProgramText.floats([1, 2, 3, 4, 5, 6])))
        add("\(root)/data/constants/model_constants_config.json", #"{"config": {}}"#)
        add("\(root)/models/model.json", program)
        add("\(root)/archive_format", "pt2")
        add("\(root)/archive_version", "0")
        add("\(root)/byteorder", "little")
    }

    /// Takes a file apart; nil for one that is damaged.
    init?(takingApart file: [UInt8]) {
        func word(_ offset: Int, _ count: Int) -> Int {
            (0..<count).reduce(0) { file.indices.contains(offset + $1) ? $0 | Int(file[offset + $1]) << (8 * $1) : $0 }
        }
        var entry = word(file.count - 6, 4)
        for _ in 0..<word(file.count - 12, 2) {
            let (size, nameLength, local) = (word(entry + 24, 4), word(entry + 28, 2), word(entry + 42, 4))
            let data = local + 30 + word(local + 26, 2) + word(local + 28, 2)
            guard entry + 46 + nameLength <= file.count, data + size <= file.count else { return nil }
            let name = String(decoding: file[entry + 46..<entry + 46 + nameLength], as: UTF8.self)
            members.append(Member(name: name, bytes: Array(file[data..<data + size])))
            entry += 46 + nameLength + word(entry + 30, 2) + word(entry + 32, 2)
        }
    }

    mutating func add(_ name: String, _ text: String) { members.append(Member(name: name, bytes: Array(text.utf8))) }

    /// The member whose name ends in `suffix`, changed in place.
    mutating func change(_ suffix: String, _ body: (inout Member) -> Void) {
        for index in members.indices where members[index].name.hasSuffix(suffix) { body(&members[index]) }
    }

    func changing(_ suffix: String, _ body: (inout Member) -> Void) -> ArchiveBuilder {
        var copy = self
        copy.change(suffix, body)
        return copy
    }

    func replacing(_ suffix: String, _ text: String) -> ArchiveBuilder { changing(suffix) { $0.bytes = Array(text.utf8) } }

    func without(_ suffix: String) -> ArchiveBuilder {
        var copy = self
        copy.members.removeAll { $0.name.hasSuffix(suffix) }
        return copy
    }

    func with(_ body: (inout ArchiveBuilder) -> Void) -> ArchiveBuilder {
        var copy = self
        body(&copy)
        return copy
    }

    /// The archive's bytes: data at multiples of 64, descriptors behind it, directory, end records.
    func bytes() -> [UInt8] {
        var file: [UInt8] = []
        var directory: [UInt8] = []
        for member in members {
            let offset = UInt64(file.count)
            appendData(of: member, to: &file)
            directory += entry(of: member, offset: offset)
        }
        let directoryStart = UInt64(file.count)
        file += directory
        let entries = entryCount ?? UInt64(members.count)
        let size = directorySize ?? UInt64(directory.count)
        let start = directoryOffset ?? directoryStart
        if hasZip64 {
            let record = UInt64(file.count)
            file += word(0x0606_4B50 as UInt32) + word(44 as UInt64) + word(0x002D_001E as UInt32) + word(0 as UInt64)
            file += word(entries) + word(entries) + word(size) + word(start)
            file += word(0x0706_4B50 as UInt32) + word(0 as UInt32) + word(zip64Offset ?? record) + word(1 as UInt32)
        }
        file += word(0x0605_4B50 as UInt32) + word(0 as UInt32)
        file += word(UInt16(truncatingIfNeeded: min(entries, 0xFFFF))) + word(UInt16(truncatingIfNeeded: min(entries, 0xFFFF)))
        file += word(UInt32(min(size, 0xFFFF_FFFF))) + word(UInt32(min(start, 0xFFFF_FFFF)))
        return file + word(UInt16(comment.count)) + comment
    }

    func archive() throws(PT2Error) -> Archive { try Archive(ByteStorage(bytes())) }

    private func appendData(of member: Member, to file: inout [UInt8]) {
        let name = Array((member.localName ?? member.name).utf8)
        let unpadded = file.count + 30 + name.count + 4
        let padding = (64 - unpadded % 64) % 64
        file += word(0x0403_4B50 as UInt32) + word(0 as UInt16) + word(member.flags) + word(member.method)
        file += [UInt8](repeating: 0, count: 16) + word(UInt16(name.count)) + word(UInt16(4 + padding)) + name
        file += Array("FB".utf8) + word(UInt16(padding)) + [UInt8](repeating: UInt8(ascii: "Z"), count: padding)
        file += member.bytes
        file += word(0x0807_4B50 as UInt32) + word(member.statedChecksum) + word(UInt64(member.bytes.count))
        file += word(UInt64(member.bytes.count))
    }

    private func entry(of member: Member, offset: UInt64) -> [UInt8] {
        let name = Array(member.name.utf8)
        let size = member.size ?? UInt64(member.bytes.count)
        let start = member.offset ?? offset
        let wide = member.isWide ? word(1 as UInt16) + word(24 as UInt16) + word(size) + word(size) + word(start) : []
        let narrow = { (value: UInt64) in word(member.isWide ? UInt32.max : UInt32(truncatingIfNeeded: value)) }
        var entry = word(0x0201_4B50 as UInt32) + word(0 as UInt32) + word(member.flags) + word(member.method)
        entry += word(0 as UInt32) + word(member.statedChecksum) + narrow(size) + narrow(size)
        entry += word(UInt16(name.count)) + word(UInt16(wide.count)) + word(0 as UInt16) + word(0 as UInt16)
        return entry + word(0 as UInt16) + word(0 as UInt32) + narrow(start) + name + wide
    }

    /// CRC-32 by half bytes: another way than the reader's.
    static func crc32(_ bytes: [UInt8]) -> UInt32 {
        var state: UInt32 = ~0
        for byte in bytes {
            state ^= UInt32(byte)
            state = (state >> 4) ^ remainders[Int(state & 15)]
            state = (state >> 4) ^ remainders[Int(state & 15)]
        }
        return ~state
    }

    private static let remainders: [UInt32] = (0..<16).map { value in
        (0..<4).reduce(UInt32(value)) { state, _ in state & 1 == 1 ? (state >> 1) ^ 0xEDB8_8320 : state >> 1 }
    }

    private func word<Word: FixedWidthInteger>(_ value: Word) -> [UInt8] {
        withUnsafeBytes(of: value.littleEndian) { Array($0) }
    }
}
