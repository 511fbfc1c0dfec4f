import Basics

/// A file, directory or symbolic link that a root was made from in the end.
public struct RootInput: Hashable, Sendable {
    public enum Kind: Sendable, Hashable {
        case file, existence, directory, link
    }

    public let kind: Kind
    /// As the query gave it: relative to the engine's directory, or absolute.
    public let path: String
    /// What was read: of the content, of the names, or of what a link holds. Nil where there was nothing.
    public let fingerprint: Fingerprint?
}

extension Engine {
    /// Every file, directory and link that the root's last evaluation read, in whatever query beneath it; empty when it came to no end.
    public func inputs<Q: Query>(of root: Q) -> [RootInput] {
        // What this engine has seen itself goes first: a store to which nothing can be written tells of the build before.
        let key = QueryKey(root).fingerprint
        guard let leaves = closures.withLock({ $0[key] }) ?? storedLeaves(key), let entries = try? leaves.elements() else { return [] }
        return entries.compactMap { entry in
            switch entry.leaf.kind {
            case .file: RootInput(kind: .file, path: entry.leaf.name, fingerprint: entry.state.fingerprint)
            case .existence: RootInput(kind: .existence, path: entry.leaf.name, fingerprint: entry.state.fingerprint)
            case .directory: RootInput(kind: .directory, path: entry.leaf.name, fingerprint: entry.state.fingerprint)
            case .link: RootInput(kind: .link, path: entry.leaf.name, fingerprint: entry.state.fingerprint)
            case .volatile: nil
            }
        }
    }

    private func storedLeaves(_ root: Fingerprint) -> EncodedList<ClosureRecord.Entry>? {
        guard case .found(let bytes) = store.read(.closure, key: closureKey(root)) else { return nil }
        return try? ClosureRecord(bytes: bytes).leaves
    }
}
