import Basics
import Synchronization

extension Engine {
    /// A root: by the signatures of its inputs if none moved, else like any query. Damaged blobs are made again.
    func evaluateRoot<Q: Query>(_ root: Q, _ scope: Scope) async throws -> Resolved {
        for _ in 0..<8 {
            do {
                return try await attempt(root, scope)
            } catch EngineError.blobLost(let blob) {
                scope.build.lostBlobs.withLock { $0.append(blob) }
                // Forget what is in memory, and look at every blob before using what names it: all that are lost are found in one go.
                scope.build.checksBlobs.store(true, ordering: .relaxed)
                memo.removeAll()
            }
        }
        return try await attempt(root, scope)
    }

    private func attempt<Q: Query>(_ root: Q, _ scope: Scope) async throws -> Resolved {
        try kinds.register(Q.self)
        let node = memo.node(QueryKey(root))
        var before: [UInt8]?
        if Q.storage == .byTrace {
            // Of an evaluation that comes to no result nothing is known, least of all what the one before has read.
            closures.withLock { $0[node.key.fingerprint] = EncodedList([]) }
            if case .found(let bytes) = store.read(.closure, key: closureKey(node.key.fingerprint)) { before = bytes }
            if let before, options.audit.every == 0, !isLoaded(node), let resolved = await unchanged(root, node, before, scope) {
                return resolved
            }
        }
        let resolved: Resolved
        if let hit = immediate(root, node, scope, store) {
            resolved = hit
        } else {
            resolved = try await demand(root, node, scope, parent: nil)
        }
        noteRole(root, node, resolved.trace, scope)
        if Q.storage == .byTrace { writeClosure(node, resolved, version: Q.version, before: before, scope) }
        return resolved
    }

    /// The root's result if every input is what it was: one `stat` for each, and nothing is written unless a file was touched (or the day is new).
    private func unchanged<Q: Query>(_ root: Q, _ node: Node, _ bytes: [UInt8], _ scope: Scope) async -> Resolved? {
        guard let closure = try? ClosureRecord(bytes: bytes), closure.key == node.key.bytes else { return nil }
        guard closure.codes.allSatisfy(kinds.isCurrent) else {
            inputs.seed(closure.leaves, revision: 0)
            return nil
        }
        let comparison = await closure.compare(inputs, scope, jobs: options.jobs)
        guard comparison != .different, node.claim(Frame(node: node, parent: nil, label: root.label)) else { return nil }
        defer { node.release() }
        load(node, version: Q.version, store)
        let alternatives = node.state.withLock { $0.alternatives }
        guard let found = alternatives.first(where: { $0.trace.inputs == closure.inputs && $0.trace.outcome == closure.outcome }),
            holds(found.trace, root), let resolved = adopt(found, root, node, scope, store)
        else { return nil }
        emit(.rootUnchanged(identity(root, node)))
        closures.withLock { $0[node.key.fingerprint] = closure.leaves }
        if comparison == .touched, let refreshed = try? closure.refreshed(inputs, scope) {
            store.write([.put(.closure, key: closureKey(node.key.fingerprint), value: refreshed.bytes)])
        }
        return resolved
    }

    /// Two checkouts that share a store see different files: each has closures of its own.
    func closureKey(_ key: Fingerprint) -> [UInt8] {
        var encoder = CanonicalEncoder()
        encoder.append(key)
        encoder.append(options.directory)
        return encoder.fingerprint.storeKey
    }

    private func writeClosure(_ node: Node, _ resolved: Resolved, version: UInt32, before: [UInt8]?, _ scope: Scope) {
        guard let kind = node.key.kind, resolved.standing != .moved else { return }
        var walk = ClosureWalk(engine: self, scope: scope, isLasting: resolved.standing == .lasting)
        walk.codes.insert(KindVersion(kind: kind, version: version))
        guard walk.visit(resolved.trace) else { return }
        let record = ClosureRecord(
            key: node.key.bytes, codes: walk.codes.sorted(), inputs: resolved.trace.inputs, outcome: resolved.trace.outcome,
            day: ClosureRecord.today, leaves: EncodedList(walk.leaves))
        closures.withLock { $0[node.key.fingerprint] = record.leaves }
        // What hangs on more than inputs is not valid because they are what they were.
        guard walk.isLasting else { return }
        let bytes = record.bytes
        if bytes != before { store.write([.put(.closure, key: closureKey(node.key.fingerprint), value: bytes)]) }
    }
}

/// Collects what a result was made from in the end.
private struct ClosureWalk {
    let engine: Engine
    let scope: Scope
    var codes: Set<KindVersion> = []
    var leaves: [ClosureRecord.Entry] = []
    /// Whether all of it is good for as long as the leaves are what they are.
    private(set) var isLasting: Bool
    private var seenLeaves: Set<Leaf> = []
    private var seenKeys: Set<Fingerprint> = []

    init(engine: Engine, scope: Scope, isLasting: Bool) {
        self.engine = engine
        self.scope = scope
        self.isLasting = isLasting
    }

    /// False when something beneath is not settled, so that there is no closure to rely on. Looks in the order in which a computation would, however deep.
    mutating func visit(_ root: Trace) -> Bool {
        // What is left to look at of each trace on the way down.
        guard var path = begin(root).map({ [$0] }) else { return false }
        while let level = path.indices.last {
            switch path[level].popFirst() {
            case nil: path.removeLast()
            case .leaf(let leaf, _, _):
                guard seenLeaves.insert(leaf).inserted else { continue }
                let state = engine.inputs.state(of: leaf, revision: scope.revision, volatile: scope.build.volatile)
                leaves.append(ClosureRecord.Entry(leaf: leaf, state: state))
            case .query(let key, let answer, _):
                guard seenKeys.insert(key).inserted else { continue }
                guard let trace = valid(key, answer), let dependencies = begin(trace) else { return false }
                path.append(dependencies)
            }
        }
        return true
    }

    private mutating func begin(_ trace: Trace) -> ArraySlice<Dependency>? {
        codes.formUnion(trace.codes)
        return (try? trace.dependencies.elements())?[...]
    }

    /// The trace by which a named query gave an answer in this build.
    private mutating func valid(_ key: Fingerprint, _ answer: Fingerprint) -> Trace? {
        guard let node = engine.memo.existing(key), let kind = node.key.kind, let version = engine.kinds.version(of: kind) else {
            return nil
        }
        let valid = node.state.withLock { $0.alternatives.first { $0.verified == scope.revision && $0.trace.answer == answer } }
        guard let valid, valid.standing != .moved else { return nil }
        isLasting = isLasting && valid.standing == .lasting
        codes.insert(KindVersion(kind: kind, version: version))
        return valid.trace
    }
}
