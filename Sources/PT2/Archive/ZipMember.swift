import Basics

/// A member of a ZIP file: a name, and where its bytes lie.
struct ZipMember {
    var name: String
    /// The member's bytes in the file, as they are: members are stored, never compressed.
    var data: Range<Int>
    /// From the local header to the end of the data; two members may not share a byte.
    var extent: Range<Int>
    var checksum: UInt32

    static let headerSize = 46
    private static let localHeaderSize = 30
    private static let signature: UInt32 = 0x0201_4B50
    private static let localSignature: UInt32 = 0x0403_4B50

    /// Reads all members, in the directory's order, and checks that they lie in the file one beside the other.
    static func all(in directory: ZipDirectory, of bytes: CheckedBytes) throws(PT2Error) -> [ZipMember] {
        var members: [ZipMember] = []
        members.reserveCapacity(directory.entryCount)
        var offset = directory.range.lowerBound
        for _ in 0..<directory.entryCount {
            members.append(try ZipMember(at: &offset, directory: directory, bytes: bytes))
        }
        guard offset == directory.range.upperBound else {
            throw .malformedArchive(.contradictoryDirectory("it has more bytes than entries"))
        }
        try checkDistinct(members)
        return members
    }

    /// Reads the directory entry at `offset` and advances over it.
    private init(at offset: inout Int, directory: ZipDirectory, bytes: CheckedBytes) throws(PT2Error) {
        let entry = offset
        func fail(_ reason: String) -> PT2Error { .malformedArchive(.entry(at: entry, reason)) }
        func word<Word: FixedWidthInteger & BitwiseCopyable>(_ field: Int, _: Word.Type) -> Word {
            bytes.word(at: entry + field, as: Word.self) ?? 0
        }
        guard entry + Self.headerSize <= directory.range.upperBound, word(0, UInt32.self) == Self.signature else {
            throw fail("it has no entry where one should be")
        }
        let nameEnd = entry + Self.headerSize + Int(word(28, UInt16.self))
        let extraEnd = nameEnd + Int(word(30, UInt16.self))
        offset = extraEnd + Int(word(32, UInt16.self))
        guard offset <= directory.range.upperBound else { throw fail("an entry reaches beyond it") }
        name = try MemberName.checked(bytes, entry + Self.headerSize..<nameEnd)
        guard word(34, UInt16.self) == 0 else { throw .malformedArchive(.severalDisks) }
        guard word(8, UInt16.self) & 1 == 0 else { throw .encryptedMember(name) }
        let method = word(10, UInt16.self)
        guard method == 0 else { throw .compressedMember(name, method: Int(method)) }
        checksum = word(16, UInt32.self)

        var wide = WideFields(bytes: bytes, extra: nameEnd..<extraEnd)
        guard let size = wide.next(insteadOf: word(24, UInt32.self)), let stored = wide.next(insteadOf: word(20, UInt32.self)),
            let start = wide.next(insteadOf: word(42, UInt32.self))
        else { throw .malformedArchive(.member(name, "its ZIP64 sizes are missing or absurd")) }
        guard size == stored else { throw .malformedArchive(.member(name, "it is stored, but its two sizes differ")) }
        extent = start..<start
        data = start..<start
        try locate(start: start, size: size, limit: directory.range.lowerBound, bytes: bytes)
    }

    /// Finds the data behind the local header, whose extra field is another one than the directory's.
    private mutating func locate(start: Int, size: Int, limit: Int, bytes: CheckedBytes) throws(PT2Error) {
        func fail(_ reason: String) -> PT2Error { .malformedArchive(.member(name, reason)) }
        guard start <= limit - Self.localHeaderSize, bytes.word(at: start, as: UInt32.self) == Self.localSignature else {
            throw fail("its header is not where the directory says")
        }
        let nameLength = Int(bytes.word(at: start + 26, as: UInt16.self) ?? 0)
        let extraLength = Int(bytes.word(at: start + 28, as: UInt16.self) ?? 0)
        let nameStart = start + Self.localHeaderSize
        let dataStart = nameStart + nameLength + extraLength
        guard dataStart <= limit, size <= limit - dataStart else { throw fail("it reaches beyond the end of the data") }
        guard bytes.equal(nameStart..<nameStart + nameLength, Array(name.utf8)) else {
            throw fail("its header has another name")
        }
        guard bytes.word(at: start + 8, as: UInt16.self) == 0 else { throw fail("its header says that it is compressed") }
        data = dataStart..<dataStart + size
        extent = start..<dataStart + size
    }

    /// The 64-bit fields of the directory's ZIP64 extra field, of which only those are there whose 32-bit field is all ones.
    private struct WideFields {
        let bytes: CheckedBytes
        var position: Int
        var end: Int

        init(bytes: CheckedBytes, extra: Range<Int>) {
            self.bytes = bytes
            position = 0
            end = 0
            var offset = extra.lowerBound
            while offset + 4 <= extra.upperBound {
                let length = Int(bytes.word(at: offset + 2, as: UInt16.self) ?? 0)
                guard offset + 4 + length <= extra.upperBound else { return }
                if bytes.word(at: offset, as: UInt16.self) == 1 {
                    position = offset + 4
                    end = position + length
                    return
                }
                offset += 4 + length
            }
        }

        /// `narrow`, or the next wide field when it is all ones; nil when that is missing or beyond any file.
        mutating func next(insteadOf narrow: UInt32) -> Int? {
            guard narrow == .max else { return Int(narrow) }
            guard position + 8 <= end, let wide = bytes.word(at: position, as: UInt64.self) else { return nil }
            position += 8
            return Int(exactly: wide).flatMap { $0 <= bytes.count ? $0 : nil }
        }
    }

    private static func checkDistinct(_ members: [ZipMember]) throws(PT2Error) {
        var names: Set<String> = []
        for member in members where !names.insert(member.name).inserted {
            throw .malformedArchive(.duplicate(member.name))
        }
        let sorted = members.sorted { $0.extent.lowerBound < $1.extent.lowerBound }
        for (member, next) in zip(sorted, sorted.dropFirst()) where member.extent.upperBound > next.extent.lowerBound {
            throw .malformedArchive(.overlap(member.name, next.name))
        }
    }
}
