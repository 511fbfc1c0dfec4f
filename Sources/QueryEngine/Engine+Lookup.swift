import Basics
import Synchronization

// Results that are known already: in memory, or in the store.

extension Engine {
    /// A result in memory that holds in this build for this query, by its ingredients too.
    func inMemory<Q: Query>(_ query: Q, _ node: Node, _ scope: Scope) -> Resolved? {
        let isClosed = Q.storage == .byContent
        var found: Resolved?
        let (isFirst, candidates): (Bool, [Alternative]) = node.state.withLock { state in
            guard let first = state.alternatives.first else { return (false, []) }
            // Nearly always there is one, without ingredients of its own to compare.
            guard state.alternatives.count == 1, first.trace.facts.isEmpty else { return (false, state.alternatives) }
            found = Self.current(first, isClosed, scope)
            return (found != nil && Self.count(&state, scope), [])
        }
        if found == nil {
            guard let match = candidates.first(where: { Self.current($0, isClosed, scope) != nil && holds($0.trace, query) })
            else { return nil }
            found = Self.current(match, isClosed, scope)
        }
        let isCounted = isFirst || (!candidates.isEmpty && node.state.withLock { Self.count(&$0, scope) })
        if isCounted, let found { scope.noteReuse(Q.self, node, found.trace, validated: false) }
        return found
    }

    private static func current(_ alternative: Alternative, _ isClosed: Bool, _ scope: Scope) -> Resolved? {
        guard alternative.verified == scope.revision || (isClosed && alternative.standing == .lasting) else { return nil }
        return alternative.resolved
    }

    /// True the first time in a build that the node's result is used.
    static func count(_ state: inout Node.State, _ scope: Scope) -> Bool {
        guard state.counted != scope.revision else { return false }
        state.counted = scope.revision
        return true
    }

    func isLoaded(_ node: Node) -> Bool { node.state.withLock { $0.isLoaded } }

    /// Whether the ingredients noted in a trace are what the query's source gives now.
    func holds<Q: Query>(_ trace: Trace, _ query: Q) -> Bool {
        guard !trace.facts.isEmpty else { return true }
        let source = query.ingredients
        return trace.facts.allSatisfy { Self.present($0.name, source) == $0.value.fingerprint }
    }

    static func present(_ name: String, _ source: any IngredientSource) -> Fingerprint {
        source.ingredient(named: name)?.fingerprint ?? QueryContext.absent
    }

    /// As the owner of a closed query's node: a stored result whose ingredients are those of today.
    func usable<Q: Query>(_ query: Q, _ node: Node, _ scope: Scope, _ reader: any RecordReader) -> Resolved? {
        guard Q.storage == .byContent else { return nil }
        for alternative in node.state.withLock({ $0.alternatives })
        where alternative.standing == .lasting && holds(alternative.trace, query) {
            if let resolved = adopt(alternative, query, node, scope, reader) { return resolved }
        }
        return nil
    }

    /// As the owner: marks a trace as valid in this build, and fetches its value. Nil when the value or one of its blobs is gone.
    func adopt<Q: Query>(
        _ alternative: Alternative, _ query: Q, _ node: Node, _ scope: Scope, _ reader: any RecordReader
    ) -> Resolved? {
        let trace = alternative.trace
        guard hasBlobs(trace, scope) else { return nil }
        var value = alternative.value
        if value == nil, trace.failure == nil {
            guard let bytes = valueBytes(trace, reader), !namesLostBlob(bytes, scope), let decoded = try? Q.Value(canonicalBytes: bytes)
            else { return nil }
            value = ValueBox(decoded)
        }
        if markValid(trace, value, node, scope) {
            scope.noteReuse(Q.self, node, trace, validated: true)
        } else {
            scope.noteValidated()
        }
        emit(.validated(identity(query, node)))
        return Resolved(trace: trace, box: value, standing: .lasting)
    }

    /// True the first time in a build that the node's result is used.
    @discardableResult
    func markValid(_ trace: Trace, _ value: (any AnyObject & Sendable)?, _ node: Node, _ scope: Scope) -> Bool {
        node.state.withLock { state in
            guard let index = state.alternatives.firstIndex(where: { $0.trace === trace }) else { return false }
            var alternative = state.alternatives[index]
            alternative.verified = scope.revision
            if let value { alternative.value = value }
            state.alternatives[index] = alternative
            return value != nil || trace.failure != nil ? Self.count(&state, scope) : false
        }
    }

    private func hasBlobs(_ trace: Trace, _ scope: Scope) -> Bool {
        guard !trace.blobs.isEmpty else { return true }
        let isDeep = scope.build.checksBlobs.load(ordering: .relaxed)
        return trace.blobs.allSatisfy { isDeep ? blobs.open($0) != nil : blobs.has($0) }
    }

    /// Whether a lost blob's fingerprint is among the bytes; looked for only after a loss.
    private func namesLostBlob(_ bytes: [UInt8], _ scope: Scope) -> Bool {
        guard scope.build.checksBlobs.load(ordering: .relaxed) else { return false }
        return scope.build.lostBlobs.withLock { lost in
            lost.contains { blob in
                let pattern = blob.fingerprint.storeKey
                return bytes.indices.dropLast(pattern.count - 1).contains { bytes[$0...].starts(with: pattern) }
            }
        }
    }

    /// The bytes of a stored value, compared with the outcome's fingerprint.
    func valueBytes(_ trace: Trace, _ reader: any RecordReader) -> [UInt8]? {
        switch trace.placement {
        case .inline(let bytes): return bytes
        case .table:
            guard case .found(let bytes) = reader.read(.value, key: trace.outcome.storeKey) else { return nil }
            return Fingerprint(hashing: bytes) == trace.outcome ? bytes : nil
        case .blob(let blob): return blobs.open(blob).map(\.array)
        }
    }

    /// As the owner: reads the node's record once. Traces of other versions are kept apart, for `why`.
    func load(_ node: Node, version: UInt32?, _ reader: any RecordReader) {
        guard !isLoaded(node) else { return }
        let result = reader.read(.result, key: node.key.fingerprint.storeKey)
        var traces: [Trace] = []
        var failure: MissReason?
        switch result {
        case .absent: break
        case .corrupt: failure = .corrupt
        case .found(let bytes):
            do {
                if let found = try ResultRecord.traces(in: bytes, of: node.key) { traces = found } else { failure = .collision }
            } catch {
                failure = .corrupt
            }
        }
        install(traces, failure, node, version: version)
    }

    func install(_ traces: [Trace], _ failure: MissReason?, _ node: Node, version: UInt32?) {
        var live: [Alternative] = []
        var stale: [Trace] = []
        let isForced = !traces.isEmpty && kinds.isForced(node.key)
        for trace in traces {
            let isLive = trace.version == version && !isForced && trace.codes.allSatisfy(kinds.isCurrent)
            if isLive { live.append(Alternative(trace: trace, value: nil, verified: 0)) } else { stale.append(trace) }
        }
        node.state.withLock { state in
            state.isLoaded = true
            state.loadFailure = failure
            state.stale = stale
            state.alternatives += live
        }
    }
}
