import Basics

/// The Python frames of a node, as `traceback` prints them: `File "models/gaze.py", line 48, in forward`, outermost first.
enum StackTrace {
    private static let mark = Array("File \"".utf8)
    private static let lineMark = Array("\", line ".utf8)
    private static let libraryMarks = ["/site-packages/", "/dist-packages/"].map { Array($0.utf8) }
    private static let torchMark = Array("torch/".utf8)
    private static let torchSourceMark = Array("/torch/nn/modules/".utf8)

    /// Whether a text is a trace and not a module stack.
    static func isTrace(_ text: [UInt8]) -> Bool {
        text.drop { $0 <= 0x20 }.starts(with: mark)
    }

    /// The innermost frame in the user's own files; else the innermost one in a library other than PyTorch; else none.
    static func position(in text: [UInt8], root: String?) -> SourcePosition? {
        var fallback: SourcePosition?
        var lineEnd = text.count
        while lineEnd > 0 {
            let lineStart = (text[..<lineEnd].lastIndex(of: UInt8(ascii: "\n")) ?? -1) + 1
            defer { lineEnd = lineStart - 1 }
            guard let (file, line) = frame(text[lineStart..<lineEnd]) else { continue }
            guard let library = library(file) else {
                return SourcePosition(file: shortened(file, root: root), line: line)
            }
            if fallback == nil, !library.starts(with: torchMark) {
                fallback = SourcePosition(file: String(decoding: library, as: UTF8.self), line: line)
            }
        }
        return fallback
    }

    /// The file and line of a line of the trace, unless it is a line of source or a frame of generated code (`<string>`).
    private static func frame(_ text: ArraySlice<UInt8>) -> (file: ArraySlice<UInt8>, line: Int)? {
        let content = text.drop { $0 == UInt8(ascii: " ") }
        guard content.starts(with: mark) else { return nil }
        let rest = content.dropFirst(mark.count)
        guard rest.first != UInt8(ascii: "<"), let end = firstIndex(of: lineMark, in: rest) else { return nil }
        let digits = rest[(end + lineMark.count)...].prefix { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
        guard let line = Int(String(decoding: digits, as: UTF8.self)) else { return nil }
        return (rest[..<end], line)
    }

    /// What follows the libraries' folder in a path into an installed library; nil for the user's own files.
    private static func library(_ file: ArraySlice<UInt8>) -> ArraySlice<UInt8>? {
        for mark in libraryMarks {
            if let index = firstIndex(of: mark, in: file) { return file[(index + mark.count)...] }
        }
        return firstIndex(of: torchSourceMark, in: file).map { file[($0 + 1)...] }
    }

    /// A path without what depends on the machine: relative to `root`, else as it is when relative, else the last two components.
    private static func shortened(_ file: ArraySlice<UInt8>, root: String?) -> String {
        if let root, !root.isEmpty {
            let prefix = Array((root.hasSuffix("/") ? root : root + "/").utf8)
            if file.starts(with: prefix) { return String(decoding: file.dropFirst(prefix.count), as: UTF8.self) }
        }
        let path = String(decoding: file, as: UTF8.self)
        return path.hasPrefix("/") ? path.split(separator: "/").suffix(2).joined(separator: "/") : path
    }

    private static func firstIndex(of pattern: [UInt8], in text: ArraySlice<UInt8>) -> Int? {
        guard text.count >= pattern.count else { return nil }
        return (text.startIndex...text.endIndex - pattern.count).first { index in
            text[index] == pattern[0] && text[index..<index + pattern.count].elementsEqual(pattern)
        }
    }
}
