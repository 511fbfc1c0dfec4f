import Basics
import Glibc
import Synchronization

/// A file did not keep still while something was made of it: what came out is neither of the one content nor of the other. A build that begins again sees it at rest.
public struct InputMoved: Error, Hashable {
    /// As the query gave it.
    public let path: String

    public init(path: String) { self.path = path }
}

/// The files that the computations beneath one root look into where they lie, without a copy. Somebody may write into them at any moment, so nothing counts that was
/// computed while they moved: not what asked for the file, nor a closed query whose key was taken from the content of before.
final class MappedInputs: Sendable {
    private let leaves = Mutex<[(Leaf, LeafState)]>([])

    func add(_ leaf: Leaf, _ state: LeafState) {
        leaves.withLock { leaves in
            if !leaves.contains(where: { $0.0 == leaf && $0.1.signature == state.signature }) { leaves.append((leaf, state)) }
        }
    }

    /// Throws when one of them is no longer what it was, or when a mapped page was lost since there were `lostPages` of them.
    func check(_ inputs: InputTable, lostPages: UInt) throws {
        let leaves = leaves.withLock { $0 }
        if let moved = leaves.first(where: { !inputs.isUnmoved($0.0, $0.1) }) { throw InputMoved(path: moved.0.name) }
        guard LostPages.count == lostPages else {
            let names = leaves.map(\.0.name).joined(separator: ", ")
            throw FileError(path: names.isEmpty ? "a mapped file" : names, operation: "read", errorNumber: EIO)
        }
    }
}
