import Basics

/// Files beside a test.
enum Table {
    static func text(beside file: String, _ name: String) throws -> String {
        let folder = file.split(separator: "/").dropLast().joined(separator: "/")
        let storage = try ByteStorage(mapping: "/\(folder)/\(name)")
        return String(decoding: storage.bytes, as: UTF8.self)
    }
}
