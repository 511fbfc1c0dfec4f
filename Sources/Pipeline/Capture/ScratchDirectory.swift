import Basics
import Glibc

/// A folder for files that somebody else writes and we read once. Removed with what is in it.
struct ScratchDirectory: ~Copyable {
    static let prefix = "scratch-"

    let path: String

    /// Below `directory`, or where temporary files go.
    init(below directory: String?) throws(FileError) {
        if let directory { try FilePath.makeDirectory(directory) }
        let parent = directory ?? "/tmp"
        var template = Array("\(parent)/\(Self.prefix)XXXXXX".utf8CString)
        guard let made = mkdtemp(&template) else { throw FileError(path: parent, operation: "create a directory in", errorNumber: errno) }
        path = String(cString: made)
    }

    deinit { Self.remove(path) }

    static func remove(_ path: String) {
        for name in Directory.names(in: path) { unlink("\(path)/\(name)") }
        rmdir(path)
    }
}
