import Basics
import QueryEngine

/// How a record lies in the map: eight bytes of checksum over key and payload, then the payload. The key is in it so that a record that turns up under another
/// key is found out too.
enum RecordFrame {
    static let overhead = 8

    /// The key in the map: the table's number, then the key.
    static func key(_ table: StoreTable, _ key: [UInt8]) -> [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(key.count + 1)
        bytes.append(table.rawValue)
        bytes.append(contentsOf: key)
        return bytes
    }

    /// Puts a record. False where there is one already that is to stay.
    @discardableResult
    static func put(
        _ payload: [UInt8], key: [UInt8], keepingOld: Bool = false, _ writer: LMDBEnvironment.Writer
    ) throws(LMDBError) -> Bool {
        try writer.put(key, count: overhead + payload.count, keepingOld: keepingOld) { record in
            let sum = checksum(Fingerprint(hashing: payload), key)
            record.storeBytes(of: sum.littleEndian, as: UInt64.self)
            UnsafeMutableRawBufferPointer(rebasing: record[overhead...]).copyBytes(from: payload)
        }
    }

    /// The payload, as long as the record is there; nil when the checksum is wrong.
    static func payload(_ record: UnsafeRawBufferPointer, key: UnsafeRawBufferPointer) -> UnsafeRawBufferPointer? {
        guard record.count >= overhead else { return nil }
        let payload = UnsafeRawBufferPointer(rebasing: record[overhead...])
        let expected = UInt64(littleEndian: record.loadUnaligned(as: UInt64.self))
        guard checksum(Fingerprint(hashing: payload), key) == expected else { return nil }
        return payload
    }

    private static func checksum(_ content: Fingerprint, _ key: [UInt8]) -> UInt64 {
        key.withUnsafeBytes { checksum(content, $0) }
    }

    private static func checksum(_ content: Fingerprint, _ key: UnsafeRawBufferPointer) -> UInt64 {
        content.low ^ (Fingerprint(hashing: key).low &* 0x9E37_79B9_7F4A_7C15)
    }
}
