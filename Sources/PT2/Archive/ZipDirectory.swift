import Basics

/// Where a ZIP file's central directory lies, from its end record and, for large or streamed archives, the ZIP64 end record.
///
/// PyTorch always writes both, so that the ZIP64 path is the usual one. The directory must end where the end records begin:
/// nothing may stand between them or in front of the archive.
struct ZipDirectory {
    /// Bytes of the central directory.
    var range: Range<Int>
    var entryCount: Int

    private static let endSignature: UInt32 = 0x0605_4B50
    private static let end64Signature: UInt32 = 0x0606_4B50
    private static let locatorSignature: UInt32 = 0x0706_4B50
    private static let localSignature: UInt32 = 0x0403_4B50
    private static let endSize = 22
    private static let locatorSize = 20
    private static let end64Size = 56

    init(of bytes: CheckedBytes) throws(PT2Error) {
        try Self.checkMagic(bytes)
        let end = try Self.endRecord(bytes)
        let stated = Fields(
            disk: Int(end.word(at: 4, as: UInt16.self)), startDisk: Int(end.word(at: 6, as: UInt16.self)),
            entriesHere: UInt64(end.word(at: 8, as: UInt16.self)), entries: UInt64(end.word(at: 10, as: UInt16.self)),
            size: UInt64(end.word(at: 12, as: UInt32.self)), offset: UInt64(end.word(at: 16, as: UInt32.self)))
        let wide = try Self.end64Record(bytes, before: end.start)
        if wide == nil, stated.isSaturated { throw .malformedArchive(.contradictoryDirectory("the ZIP64 record is missing")) }
        if let wide, !stated.agrees(with: wide.fields) {
            throw .malformedArchive(.contradictoryDirectory("the two end records differ"))
        }
        let fields = wide?.fields ?? stated
        guard fields.disk == 0, fields.startDisk == 0, fields.entriesHere == fields.entries else {
            throw .malformedArchive(.severalDisks)
        }
        let limit = wide?.start ?? end.start
        guard let offset = Int(exactly: fields.offset), let size = Int(exactly: fields.size), offset <= limit,
            size == limit - offset
        else { throw .malformedArchive(.contradictoryDirectory("it does not lie where it should")) }
        guard let entries = Int(exactly: fields.entries), entries <= size / ZipMember.headerSize else {
            throw .malformedArchive(.contradictoryDirectory("it is too small for its entries"))
        }
        range = offset..<offset + size
        entryCount = entries
    }

    private static func checkMagic(_ bytes: CheckedBytes) throws(PT2Error) {
        guard bytes.count > 0 else { throw .notAnArchive(.empty) }
        switch bytes.word(at: 0, as: UInt32.self) {
        case localSignature: return
        case endSignature: throw .malformedArchive(.empty)
        default:
            let isPointer = bytes.equal(0..<min(15, bytes.count), Array("version https:/".utf8))
            throw .notAnArchive(isPointer ? .gitLFSPointer : .unknown)
        }
    }

    /// The fields of either end record. Those of the narrow one are all ones where only the wide one can hold the number.
    private struct Fields {
        var disk: Int
        var startDisk: Int
        var entriesHere: UInt64
        var entries: UInt64
        var size: UInt64
        var offset: UInt64

        var isSaturated: Bool { entries == 0xFFFF || size == 0xFFFF_FFFF || offset == 0xFFFF_FFFF }

        func agrees(with wide: Fields) -> Bool {
            (entries == 0xFFFF || entries == wide.entries) && (size == 0xFFFF_FFFF || size == wide.size)
                && (offset == 0xFFFF_FFFF || offset == wide.offset)
        }
    }

    /// A record at a known place whose size has been checked.
    private struct Record {
        var bytes: CheckedBytes
        var start: Int

        func word<Word: FixedWidthInteger & BitwiseCopyable>(at offset: Int, as type: Word.Type) -> Word {
            bytes.word(at: start + offset, as: type) ?? 0
        }
    }

    /// The end record: the last one whose comment reaches exactly to the end of the file.
    private static func endRecord(_ bytes: CheckedBytes) throws(PT2Error) -> Record {
        var start = bytes.count - endSize
        let lowest = max(0, start - 0xFFFF)
        while start >= lowest {
            if bytes.word(at: start, as: UInt32.self) == endSignature,
                let comment = bytes.word(at: start + 20, as: UInt16.self), start + endSize + Int(comment) == bytes.count
            {
                return Record(bytes: bytes, start: start)
            }
            start -= 1
        }
        throw .truncated
    }

    private static func end64Record(
        _ bytes: CheckedBytes, before end: Int
    ) throws(PT2Error) -> (fields: Fields, start: Int)? {
        let locator = end - locatorSize
        guard locator >= 0, bytes.word(at: locator, as: UInt32.self) == locatorSignature else { return nil }
        guard let stated = bytes.word(at: locator + 8, as: UInt64.self), let start = Int(exactly: stated),
            start <= locator - end64Size, bytes.word(at: start, as: UInt32.self) == end64Signature,
            let size = bytes.word(at: start + 4, as: UInt64.self), size == UInt64(locator - start - 12)
        else { throw .malformedArchive(.contradictoryDirectory("the ZIP64 record is not where its locator says")) }
        let record = Record(bytes: bytes, start: start)
        let fields = Fields(
            disk: Int(record.word(at: 16, as: UInt32.self)), startDisk: Int(record.word(at: 20, as: UInt32.self)),
            entriesHere: record.word(at: 24, as: UInt64.self), entries: record.word(at: 32, as: UInt64.self),
            size: record.word(at: 40, as: UInt64.self), offset: record.word(at: 48, as: UInt64.self))
        return (fields, start)
    }
}
