import Basics
import Synchronization

extension Engine {
    /// Values of at most this many bytes stay in their trace.
    private static let inlineLimit = 512
    /// Values of at most this many bytes go to the value table, bigger ones into a blob.
    private static let tableLimit = 64 << 10

    /// As the node's owner: computes, records, stores.
    func execute<Q: Query>(
        _ query: Q, _ frame: Frame, _ scope: Scope, _ reason: ExecutionReason
    ) async throws -> Resolved {
        try Task.checkCancellation()
        let node = frame.node
        let identity = identity(query, node)
        if options.isFrozen, Q.storage == .byContent { throw EngineError.notStored(identity, reason) }
        emit(.executing(identity))
        let computed = try await compute(query, frame, scope)
        let isUnchanged = store(computed, node, scope)
        noteRole(query, node, computed.trace, scope)
        let executed = ExecutedQuery(
            identity: identity, role: query.role, reason: reason, cause: frame.parent?.label,
            durationMicroseconds: computed.trace.durationMicroseconds, succeeded: computed.trace.failure == nil)
        scope.note(Q.self, executed, computed.trace, unchanged: isUnchanged)
        emit(.executed(executed, unchanged: isUnchanged))
        return computed.resolved
    }

    /// As the node's owner: computes a stored result again, if it is one of those to be compared.
    func audited<Q: Query>(
        _ resolved: Resolved, _ query: Q, _ frame: Frame, _ scope: Scope
    ) async throws -> Resolved {
        // A named query ties others together: those are asked for again, and compared, only when it runs.
        let ties = Q.storage == .byTrace && !resolved.trace.codes.isEmpty && options.audit.every > 0
        guard ties || isAudited(frame.node) else { return resolved }
        let computed = try await compute(query, frame, scope)
        let isSame =
            computed.trace.outcome == resolved.trace.outcome && computed.trace.inputs == resolved.trace.inputs
            && computed.trace.reported == resolved.trace.reported
        guard !isSame, computed.standing == .lasting else {
            scope.noteAudit(nil)
            return resolved
        }
        let identity = identity(query, frame.node)
        scope.noteAudit(identity)
        emit(.disagreed(identity))
        _ = store(computed, frame.node, scope)
        return computed.resolved
    }

    /// Whether a hit on this key is to be compared.
    func isAudited(_ node: Node) -> Bool { options.audit.chooses(node) }

    private func compute<Q: Query>(_ query: Q, _ frame: Frame, _ scope: Scope) async throws -> Computed {
        if Q.storage == .byTrace { frame.node.state.withLock { $0.query = query } }
        let context = QueryContext(
            engine: self, scope: scope, frame: frame, isClosed: Q.storage == .byContent, source: query.ingredients)
        let start = monotonicMicroseconds()
        let lostPages = LostPages.count
        let outcome = try await QueryContext.$running.withValue(context) { try await Self.run(query, context) }
        try scope.mapped.check(inputs, lostPages: lostPages)
        let recording = context.recording.withLock { recording in
            recording.isFinished = true
            return recording
        }
        if let fault = recording.fault { throw fault }
        let elapsed = monotonicMicroseconds() - start
        let own = elapsed - min(elapsed, recording.waitedMicroseconds)
        let finished = FinishedRecording(recording, passesIngredients: !(query.ingredients is NoIngredients))
        let (trace, value, bytes) = makeTrace(query, outcome, finished, durationMicroseconds: own)
        // A file that was edited while it was used may have been used in either state: the result is good for this build at most. What is wrong with a file that is
        // half written, nobody wants to know.
        let moved = finished.leaves.first { !inputs.isUnmoved($0.0, $0.1) }
        if case .failure = outcome, let moved { throw InputMoved(path: moved.0.name) }
        let standing = moved != nil ? Standing.moved : recording.isPassing ? .passing : .lasting
        return Computed(trace: trace, value: value, bytes: bytes, closed: finished.closed, standing: standing)
    }

    /// Remembers and stores a result; true when it equals the one before.
    private func store(_ computed: Computed, _ node: Node, _ scope: Scope) -> Bool {
        let isUnchanged = remember(computed.trace, computed.value, computed.standing, node, scope)
        if computed.standing == .lasting { keep(computed.trace, computed.bytes, computed.closed, node) }
        return isUnchanged
    }

    private static func run<Q: Query>(_ query: Q, _ context: QueryContext) async throws -> Result<Q.Value, DiagnosticList> {
        do {
            return .success(try await query.compute(context))
        } catch let list as DiagnosticList {
            // What a cancelled helper process says about itself is no result.
            try Task.checkCancellation()
            return .failure(list)
        } catch let diagnostic as Diagnostic {
            try Task.checkCancellation()
            return .failure(DiagnosticList([diagnostic]))
        }
    }

    private func makeTrace<Q: Query>(
        _ query: Q, _ outcome: Result<Q.Value, DiagnosticList>, _ recording: FinishedRecording, durationMicroseconds: UInt64
    ) -> (trace: Trace, value: ValueBox<Q.Value>?, bytes: [UInt8]) {
        var bytes: [UInt8] = []
        var fingerprint: Fingerprint
        var placement = Trace.Placement.inline([])
        var value: ValueBox<Q.Value>?
        var failure: DiagnosticList?
        var blobs: [Blob] = []
        switch outcome {
        case .success(let result):
            bytes = result.canonicalBytes
            fingerprint = Fingerprint(hashing: bytes)
            value = ValueBox(result)
            blobs = Q.blobs(in: result).filter { $0.carried == nil }
            if bytes.count <= Self.inlineLimit {
                placement = .inline(bytes)
            } else if bytes.count <= Self.tableLimit {
                placement = .table(count: bytes.count)
            } else {
                placement = .blob(bytes.withUnsafeBytes { self.blobs.keep($0) })
            }
        case .failure(let list):
            fingerprint = Trace.outcome(of: list)
            failure = list
        }
        let trace = Trace(
            version: Q.version, codes: recording.codes, facts: recording.facts, dependencies: EncodedList(recording.dependencies),
            outcome: fingerprint, placement: placement, failure: failure,
            reported: recording.reported, blobs: blobs, durationMicroseconds: durationMicroseconds)
        return (trace, value, bytes)
    }

    /// Puts the result first among the node's alternatives; true when it equals the one that was there.
    private func remember(
        _ trace: Trace, _ value: (any AnyObject & Sendable)?, _ standing: Standing, _ node: Node, _ scope: Scope
    ) -> Bool {
        node.state.withLock { state in
            let before = state.alternatives.first?.trace.answer ?? state.stale.first?.answer
            let inputs = trace.inputs
            let others = state.alternatives.filter { $0.standing == .lasting && $0.trace.inputs != inputs }
            state.alternatives =
                [Alternative(trace: trace, value: value, verified: scope.revision, standing: standing)]
                + others.prefix(ResultRecord.traceLimit - 1)
            state.stale = []
            state.loadFailure = nil
            state.counted = scope.revision
            return before == trace.answer
        }
    }

    private func keep(_ trace: Trace, _ bytes: [UInt8], _ closed: [ResultReference], _ node: Node) {
        let key = node.key.fingerprint
        let record = StoreWrite.merge(.result, key: key.storeKey, value: ResultRecord(key: node.key.bytes, traces: [trace]).bytes)
        var writes = closed.isEmpty ? [] : [ReferenceRecord.write(closed, of: trace, key: key)]
        if case .table = trace.placement { writes.append(.put(.value, key: trace.outcome.storeKey, value: bytes)) }
        store.write(writes + [record])
    }
}

/// What a computation gave.
private struct Computed {
    let trace: Trace
    let value: (any AnyObject & Sendable)?
    /// The value's canonical bytes.
    let bytes: [UInt8]
    /// The closed queries that were asked for.
    let closed: [ResultReference]
    let standing: Standing

    var resolved: Resolved { Resolved(trace: trace, box: value, standing: standing) }
}
