import Basics

/// The Python frames of a node, outermost first, as `traceback` prints them.
struct StackTrace {
    struct Frame: Hashable {
        var file: Substring
        var line: Int
    }

    var frames: [Frame] = []

    /// Takes the lines of the form `File "models/gaze.py", line 48, in forward` and passes over the others.
    init(_ text: String) {
        for line in text.split(separator: "\n") {
            let content = line.drop { $0 == " " }
            guard content.hasPrefix("File \"") else { continue }
            let rest = content.dropFirst(6)
            guard let quote = rest.lastIndex(of: "\""), case let tail = rest[rest.index(after: quote)...],
                tail.hasPrefix(", line "), let number = Int(tail.dropFirst(7).prefix { $0.isNumber })
            else { continue }
            frames.append(Frame(file: rest[..<quote], line: number))
        }
    }

    /// The innermost frame in the user's own files; else the innermost one outside PyTorch itself; else none.
    func position(root: String?) -> SourcePosition? {
        let frame =
            frames.last { Self.library($0.file) == nil && !$0.file.hasPrefix("<") }
            ?? frames.last { Self.library($0.file).map { !$0.hasPrefix("torch/") } ?? false }
        return frame.map { SourcePosition(file: Self.shortened($0.file, root: root), line: $0.line) }
    }

    /// What follows `site-packages/` in a path into an installed library; nil for the user's own files.
    private static func library(_ file: Substring) -> Substring? {
        for folder in ["/site-packages/", "/dist-packages/"] {
            if let range = file.ranges(of: folder).last { return file[range.upperBound...] }
        }
        return file.contains("/torch/nn/modules/") ? "torch/" : nil
    }

    /// A path without what depends on the machine: relative to `root` or to the libraries' folder, else the last two components.
    private static func shortened(_ file: Substring, root: String?) -> String {
        if let root, !root.isEmpty {
            let prefix = root.hasSuffix("/") ? root : root + "/"
            if file.hasPrefix(prefix) { return String(file.dropFirst(prefix.count)) }
        }
        if let library = library(file) { return String(library) }
        guard file.hasPrefix("/") else { return String(file) }
        return file.split(separator: "/").suffix(2).joined(separator: "/")
    }
}
