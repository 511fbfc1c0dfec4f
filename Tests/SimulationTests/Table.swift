import Basics

/// Files beside a test.
enum Table {
    static func text(beside file: String, _ name: String) throws -> String {
        let folder = file.split(separator: "/").dropLast().joined(separator: "/")
        let storage = try ByteStorage(mapping: "/\(folder)/\(name)")
        // The bytes live as long as their storage, which nothing else holds.
        return withExtendedLifetime(storage) { String(decoding: storage.bytes, as: UTF8.self) }
    }
}

#if canImport(Glibc)
    import Glibc
#endif

/// Removes a file of a test; an absent one is no fault.
func removeFile(_ path: String) { _ = unlink(path) }
