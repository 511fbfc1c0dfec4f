import Basics
import Glibc

/// Paths as text, and the few file operations the pipeline needs. Relative paths are relative to a named directory, never to a hidden state,
/// except where a path comes from the command line.
package enum FilePath {
    /// `path` as it is when absolute, else below `directory`.
    package static func join(_ directory: String, _ path: String) -> String {
        if path.hasPrefix("/") || directory.isEmpty || directory == "." { return path }
        return directory.hasSuffix("/") ? directory + path : "\(directory)/\(path)"
    }

    /// The same path without its steps to where it already is (`./a//b` is `a/b`). `..` stays: what is left of it may be a link to somewhere else.
    package static func plain(_ path: String) -> String {
        let parts = path.split(separator: "/").filter { $0 != "." }.joined(separator: "/")
        if path.hasPrefix("/") { return "/" + parts }
        return parts.isEmpty ? "." : parts
    }

    /// Whether a text can name a file below a directory, in folders perhaps ("vision/gaze"): no part of it is empty or begins with a dot, so that it cannot
    /// lead out of the directory, and no character of it is a control character.
    package static func isName(_ text: String) -> Bool {
        text.split(separator: "/", omittingEmptySubsequences: false).allSatisfy { !$0.isEmpty && !$0.hasPrefix(".") } && !hasControls(text)
    }

    /// Whether a text has characters that no path has, or that a terminal would act upon.
    package static func hasControls(_ text: String) -> Bool { text.unicodeScalars.contains(where: \.actsOnTerminals) }

    /// Everything before the last slash; "." when there is none.
    package static func directory(_ path: String) -> String {
        guard let slash = path.lastIndex(of: "/") else { return "." }
        return slash == path.startIndex ? "/" : String(path[..<slash])
    }

    /// The last component without its last extension.
    package static func stem(_ path: String) -> String {
        let name = path.split(separator: "/").last ?? ""
        guard let dot = name.lastIndex(of: "."), dot != name.startIndex else { return String(name) }
        return String(name[..<dot])
    }

    /// Bytes of a file; 0 when there is none.
    package static func sizeBytes(_ path: String) -> Int {
        var status = stat()
        return stat(path, &status) == 0 ? Int(status.st_size) : 0
    }

    package static func exists(_ path: String) -> Bool { access(path, F_OK) == 0 }

    /// The working directory; "." where it has been removed.
    package static var workingDirectory: String {
        guard let pointer = getcwd(nil, 0) else { return "." }
        defer { free(pointer) }
        return String(cString: pointer)
    }

    /// Makes a directory and those above it; existing ones are fine.
    package static func makeDirectory(_ path: String) throws(FileError) {
        if path.isEmpty || exists(path) { return }
        let above = directory(path)
        // The working directory is above itself, and cannot be made where it is not seen.
        if above != path { try makeDirectory(above) }
        guard mkdir(path, 0o777) == 0 || errno == EEXIST else {
            throw FileError(path: path, operation: "create the directory", errorNumber: errno)
        }
    }

    /// Replaces a file as a whole: written beside it, then renamed over it.
    package static func write(_ bytes: [UInt8], to path: String) throws(FileError) {
        try write(to: path) { (put: ([UInt8]) throws(FileError) -> Void) throws(FileError) in try put(bytes) }
    }

    /// Replaces a file as a whole by what `body` hands over piece by piece.
    package static func write<Result>(
        to path: String, _ body: (_ put: ([UInt8]) throws(FileError) -> Void) throws(FileError) -> Result
    ) throws(FileError) -> Result {
        var file = try ReplacingFile(path: path)
        let result = try body { (bytes: [UInt8]) throws(FileError) in try file.append(bytes) }
        try file.commit()
        return result
    }

    /// The whole file as text; nil when it is not UTF-8.
    package static func text(_ path: String) throws(FileError) -> String? {
        let storage = try ByteStorage(copying: path)
        return withExtendedLifetime(storage) { String(validating: storage.bytes, as: UTF8.self) }
    }
}
