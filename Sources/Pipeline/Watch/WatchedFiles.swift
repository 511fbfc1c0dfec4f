import Basics
import QueryEngine

/// What the watched files are at one moment.
package struct WatchedFiles: Sendable {
    package struct State: Sendable {
        /// Nil: there is no such file.
        package var signature: StatSignature?
        package var fingerprint: Fingerprint?
        /// Whether the content was read: what could not be is looked at again.
        var isRead = false
        /// What the path holds itself, where it is a symbolic link.
        var link: String?
        /// The content of a source file; nil for others, and for what is too big to be one.
        package var text: String?
    }

    /// Kept in memory line by line, so that an edit can be shown: no more of a file than this.
    private static let textLimit: Int64 = 1 << 20

    /// By path, relative to the workspace where it lies within.
    package private(set) var states: [String: State] = [:]

    /// Looks at files. One whose signature is that of `known` is not read again.
    package init(_ paths: some Sequence<String>, below root: String, known: WatchedFiles = WatchedFiles()) {
        for path in paths { states[path] = Self.look(path, FilePath.join(root, path), known.states[path]) }
    }

    /// No files.
    package init() {}

    private static func look(_ name: String, _ path: String, _ known: State?) -> State {
        // A file may be replaced between the look and the reading; what counts is that nothing moved meanwhile.
        for _ in 0..<3 {
            let signature = StatSignature(path: path)
            let link = SymbolicLinks.target(of: path)
            if let known, known.isRead, known.signature == signature, known.link == link { return known }
            var state = State(signature: signature, link: link)
            do {
                let storage = try ByteStorage(contentsOf: path)
                withExtendedLifetime(storage) {
                    state.fingerprint = storage.fingerprint
                    state.isRead = true
                    state.text = text(name, storage, signature)
                }
            } catch { state.fingerprint = UnreadableFile.fingerprint(error) }
            if StatSignature(path: path) == signature { return state }
        }
        return State()
    }

    private static func text(_ name: String, _ storage: ByteStorage, _ signature: StatSignature?) -> String? {
        guard let signature, signature.size <= textLimit, [".py", ".toml"].contains(where: name.hasSuffix) else { return nil }
        return String(validating: storage.bytes, as: UTF8.self)
    }

    /// What became of the files that both know, by path.
    package func changes(since before: WatchedFiles) -> [FileChange] {
        states.keys.sorted().compactMap { path in
            guard let now = states[path], let old = before.states[path], now.fingerprint != old.fingerprint || now.link != old.link else {
                return nil
            }
            return FileChange(path: path, old: old, new: now)
        }
    }

    /// Whether a file was written, replaced or removed since, whatever its content is.
    package func hasMoved(since before: WatchedFiles) -> Bool { !moved(since: before).isEmpty }

    /// The files that were written, replaced or removed since, sorted.
    func moved(since before: WatchedFiles) -> [String] {
        states.filter { path, now in before.states[path].map { $0.signature != now.signature || $0.link != now.link } ?? false }.keys
            .sorted()
    }
}

/// What happened to one file between two builds.
package struct FileChange: Sendable, Hashable {
    package enum Kind: Sendable, Hashable {
        case created, removed
        /// Line by line.
        case edited([LineChange])
        /// A symbolic link that leads elsewhere now: what it held and holds.
        case linked(old: String, new: String)
        /// A file that is no source: its size before and after.
        case replaced(oldBytes: Int, newBytes: Int)
    }

    package let path: String
    package let kind: Kind

    init(path: String, old: WatchedFiles.State, new: WatchedFiles.State) {
        self.path = path
        kind =
            switch (old.signature, new.signature) {
            case _ where old.fingerprint == new.fingerprint: .linked(old: old.link ?? path, new: new.link ?? path)
            case (nil, _): .created
            case (_, nil): .removed
            case (let before?, let after?):
                if let old = old.text, let new = new.text {
                    .edited(LineChange.all(from: old, to: new))
                } else {
                    .replaced(oldBytes: Int(before.size), newBytes: Int(after.size))
                }
            }
    }

    /// `models/gazenet.py:48  EXPAND = 96 -> 80`, a line for each change.
    package var lines: [String] {
        switch kind {
        case .created: ["\(path)  created"]
        case .removed: ["\(path)  removed"]
        case .linked(let old, let new): ["\(path)  \(old) -> \(new)"]
        case .replaced(let old, let new): ["\(path)  \(Format.bytes(old)) -> \(Format.bytes(new))"]
        case .edited(let changes):
            changes.prefix(Self.lineLimit).map { "\(path):\($0.line)  \($0.text)" }
                + (changes.count > Self.lineLimit ? ["\(path)  and \(changes.count - Self.lineLimit) more lines"] : [])
        }
    }

    private static let lineLimit = 6
}
