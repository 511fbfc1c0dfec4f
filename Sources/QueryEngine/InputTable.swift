import Basics
import Glibc
import Synchronization

/// What an input is in the present build.
struct LeafState: Sendable {
    /// Nil: there is nothing.
    var fingerprint: Fingerprint?
    var text = ""
    var signature: StatSignature?
    /// Whether the signature may stand for the content in the next build.
    var isSettled = true
}

/// The state of files and directories, looked at once per build and hashed only when their signatures moved.
final class InputTable: Sendable {
    private struct Entry {
        var state: LeafState
        /// The build that looked last.
        var revision: UInt64
    }

    private struct State {
        var entries: [Leaf: Entry] = [:]
        /// What closures said of their inputs, and the build that found it so (0: none yet): put among the entries when one is asked for.
        var closures: [(leaves: EncodedList<ClosureRecord.Entry>, revision: UInt64)] = []

        subscript(leaf: Leaf) -> Entry? {
            mutating get {
                for (leaves, revision) in closures {
                    for seen in (try? leaves.elements()) ?? []
                    where seen.leaf.kind != .volatile && revision >= entries[seen.leaf]?.revision ?? 0 {
                        entries[seen.leaf] = Entry(state: seen.state, revision: revision)
                    }
                }
                closures = []
                return entries[leaf]
            }
            set { entries[leaf] = newValue }
        }
    }

    private let directory: String
    private let state = Mutex(State())

    init(directory: String) { self.directory = directory }

    /// The path to use with the system.
    func resolve(_ path: String) -> String { path.hasPrefix("/") ? path : directory + "/" + path }

    /// The state of an input for a build: the same for all who ask in that build.
    func state(of leaf: Leaf, revision: UInt64, volatile: any IngredientSource) -> LeafState {
        let known = self.state.withLock { $0[leaf] }
        if let known, known.revision == revision { return known.state }
        let state = look(at: leaf, known: known?.state, volatile: volatile)
        return self.state.withLock { entries in
            // Another thread may have looked at the same moment: all use what the first one saw.
            if let other = entries[leaf], other.revision == revision { return other.state }
            entries[leaf] = Entry(state: state, revision: revision)
            return state
        }
    }

    /// The state for a computation that asks now: looked at again if the file has moved since this build looked first. A query that has written a file declares
    /// it so; whoever recorded the state before finds at its end that it moved.
    func presentState(of leaf: Leaf, revision: UInt64, volatile: any IngredientSource) -> LeafState {
        let state = state(of: leaf, revision: revision, volatile: volatile)
        guard !isUnmoved(leaf, state) else { return state }
        let present = look(at: leaf, known: nil, volatile: volatile)
        replace(leaf, present, revision: revision)
        return present
    }

    /// Notes what an input is now, whatever this build saw before.
    func replace(_ leaf: Leaf, _ state: LeafState, revision: UInt64) {
        self.state.withLock { $0[leaf] = Entry(state: state, revision: revision) }
    }

    /// What an earlier process saw, used to avoid hashing. `revision`: of the build that found all of it unmoved; 0 where none has looked.
    func seed(_ leaves: EncodedList<ClosureRecord.Entry>, revision: UInt64) {
        state.withLock { $0.closures.append((leaves, revision)) }
    }

    /// Whether a file is still what its state says; false when it was edited since.
    func isUnmoved(_ leaf: Leaf, _ state: LeafState) -> Bool {
        Self.isUnmoved(leaf, state, at: resolve(leaf.name))
    }

    /// Looks at many inputs: `look` gets a function that says of one whether it is unmoved, for use from any thread until `look` ends.
    func withLook(_ look: (@escaping @Sendable (Leaf, LeafState) -> Bool) async -> Bool) async -> Bool {
        // Opened anew each time: a directory may be replaced while an engine lives.
        let opened = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard opened >= 0 else { return false }
        defer { close(opened) }
        return await look { Self.isUnmoved($0, $1, at: $0.name, in: opened) }
    }

    private static func isUnmoved(_ leaf: Leaf, _ state: LeafState, at path: String, in directory: Int32 = AT_FDCWD) -> Bool {
        switch leaf.kind {
        case .file, .directory: StatSignature(path: path, in: directory) == state.signature
        case .existence: presence(path, in: directory) == state.fingerprint
        case .link: link(path, in: directory).fingerprint == state.fingerprint
        case .volatile: true
        }
    }

    private func look(at leaf: Leaf, known: LeafState?, volatile: any IngredientSource) -> LeafState {
        let path = resolve(leaf.name)
        switch leaf.kind {
        case .volatile:
            let value = volatile.ingredient(named: leaf.name)
            return LeafState(fingerprint: value?.fingerprint, text: value?.text ?? "")
        case .existence:
            return LeafState(fingerprint: Self.presence(path))
        case .link: return Self.link(path)
        case .file, .directory:
            let signature = StatSignature(path: path)
            if let signature, let known, known.isSettled, known.signature == signature { return known }
            if leaf.kind == .file { return Self.hash(path) }
            return signature.map { Self.list(path, $0).state } ?? LeafState()
        }
    }

    private static let present = Fingerprint(hashing: "present")
    private static let presentDirectory = Fingerprint(hashing: "present directory")
    private static let presentOther = Fingerprint(hashing: "present other")

    /// Whether there is something, and of which kind: who asks whether there is a file is answered otherwise by a directory.
    private static func presence(_ path: String, in directory: Int32 = AT_FDCWD) -> Fingerprint? {
        var status = stat()
        guard fstatat(directory, path, &status, 0) == 0 else { return nil }
        return switch status.st_mode & S_IFMT {
        case S_IFREG: present
        case S_IFDIR: presentDirectory
        default: presentOther
        }
    }

    private static func link(_ path: String, in directory: Int32 = AT_FDCWD) -> LeafState {
        let target = SymbolicLink.target(of: path, in: directory)
        return LeafState(
            fingerprint: target.map(Fingerprint.init(hashing:)), text: target.map { String(decoding: $0, as: UTF8.self) } ?? "")
    }

    /// Reads a file, again if it moves meanwhile; a file that does not keep still is given as unsettled.
    private static func hash(_ path: String) -> LeafState {
        var state = LeafState()
        for _ in 0..<3 {
            let before = StatSignature(path: path)
            state = LeafState(signature: before)
            do {
                state.fingerprint = try Fingerprint(ofFile: path)
                state.isSettled = before?.isSettled(at: StatSignature.now()) ?? true
            } catch {
                // Whether a file that is there can be read does not hang on its signature alone: it is tried again in the next build.
                state.fingerprint = UnreadableFile.fingerprint(error)
                state.isSettled = state.fingerprint == nil
            }
            if StatSignature(path: path) == before { return state }
        }
        state.isSettled = false
        return state
    }

    /// A directory as it is now, and the sorted names in it.
    func listed(_ path: String) -> (state: LeafState, names: [String]) {
        guard let signature = StatSignature(path: resolve(path)) else { return (LeafState(), []) }
        return Self.list(resolve(path), signature)
    }

    private static func list(_ path: String, _ signature: StatSignature) -> (state: LeafState, names: [String]) {
        guard let entries = try? Directory.entries(of: path) else { return (LeafState(), []) }
        let names = entries.map(\.name)
        var encoder = CanonicalEncoder()
        encoder.append(names)
        // Of which kind each is, as the directory itself says: who walks over a tree hears of that without asking.
        for entry in entries { encoder.append(entry.kind) }
        let isSettled = signature.isSettled(at: StatSignature.now()) && StatSignature(path: path) == signature
        return (LeafState(fingerprint: encoder.fingerprint, signature: signature, isSettled: isSettled), names)
    }
}
