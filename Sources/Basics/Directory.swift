import Glibc

/// What a directory holds.
package enum Directory {
    package struct Entry: Sendable {
        package let name: String
        /// `DT_REG`, `DT_DIR`, …, as the directory says it; `DT_UNKNOWN` on file systems that do not.
        package let kind: UInt8
    }

    /// All entries, sorted by name, without `.` and `..`.
    package static func entries(of path: String) throws(FileError) -> [Entry] {
        guard let stream = opendir(path) else { throw FileError(path: path, operation: "read the directory", errorNumber: errno) }
        defer { closedir(stream) }
        var entries: [Entry] = []
        while true {
            // A stream that ends and one that cannot be read on look alike but for this.
            errno = 0
            guard let entry = readdir(stream) else { break }
            let name = withUnsafeBytes(of: &entry.pointee.d_name) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
            if name != "." && name != ".." { entries.append(Entry(name: name, kind: entry.pointee.d_type)) }
        }
        guard errno == 0 else { throw FileError(path: path, operation: "read the directory", errorNumber: errno) }
        return entries.sorted { $0.name < $1.name }
    }

    /// The names of all entries, sorted; none when the directory cannot be read.
    package static func names(in path: String) -> [String] { (try? entries(of: path))?.map(\.name) ?? [] }
}
