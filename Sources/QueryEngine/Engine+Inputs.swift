import Basics

/// A file or directory that a root was made from in the end.
public struct RootInput: Hashable, Sendable {
    public enum Kind: Sendable, Hashable {
        case file, existence, directory
    }

    public let kind: Kind
    /// As the query gave it: relative to the engine's directory, or absolute.
    public let path: String
    /// What was read: of the content, or of the names. Nil where there was nothing.
    public let fingerprint: Fingerprint?
}

extension Engine {
    /// Every file and directory that the root's last evaluation read, in whatever query beneath it; empty when it was never evaluated to an end.
    public func inputs<Q: Query>(of root: Q) -> [RootInput] {
        guard case .found(let bytes) = store.read(.closure, key: closureKey(QueryKey(root).fingerprint)),
            let leaves = try? ClosureRecord(bytes: bytes).leaves.elements()
        else { return [] }
        return leaves.compactMap { entry in
            switch entry.leaf.kind {
            case .file: RootInput(kind: .file, path: entry.leaf.name, fingerprint: entry.state.fingerprint)
            case .existence: RootInput(kind: .existence, path: entry.leaf.name, fingerprint: entry.state.fingerprint)
            case .directory: RootInput(kind: .directory, path: entry.leaf.name, fingerprint: entry.state.fingerprint)
            case .volatile: nil
            }
        }
    }
}
