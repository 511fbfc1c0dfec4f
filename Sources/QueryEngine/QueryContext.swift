import Basics
import Synchronization

/// The one door of a computation: whatever it reads besides its arguments is asked for here, and thereby recorded.
///
/// It records for this computation, in whatever tasks it waits for. Another computation that asks through it, and a task that goes on after the computation's end,
/// get `EngineError.strayContext`, and so does the build: what they would learn, no result would depend on.
public final class QueryContext: Sendable {
    let engine: Engine
    let scope: Scope
    let frame: Frame
    /// A closed query: files and named queries are refused.
    let isClosed: Bool
    let source: any IngredientSource
    /// Different for every context of the engine.
    let number: UInt64
    let recording = Mutex(Recording())

    init(engine: Engine, scope: Scope, frame: Frame, isClosed: Bool, source: any IngredientSource) {
        self.engine = engine
        self.scope = scope
        self.frame = frame
        self.isClosed = isClosed
        self.source = source
        number = engine.contexts.wrappingAdd(1, ordering: .relaxed).newValue
    }

    /// The value of another query, computed only if no valid result is known. Records the dependency.
    ///
    /// Throws the query's `DiagnosticList` if that is its result.
    // Inlined into its callers' modules up to the first call, so that there it is about one type; a hit neither suspends nor changes the executor.
    @inlinable
    nonisolated(nonsending) public func get<Q: Query>(_ query: Q) async throws -> Q.Value {
        let node = node(query)
        if let box = recorded(query, node) as? ValueBox<Q.Value> { return box.value }
        let resolved = if let known = try known(query, node) { known } else { try await missing(query, node) }
        return try resolved.value(Q.self)
    }

    @usableFromInline
    func node<Q: Query>(_ query: Q) -> Node { engine.memo.node(QueryKey(query)) }

    /// The hot path: the value, boxed, of a query that was asked for here before. It is counted and recorded already.
    @usableFromInline
    func recorded<Q: Query>(_ query: Q, _ node: Node) -> (any AnyObject & Sendable)? {
        guard query.role == nil, isAsking else { return nil }
        let revision = Q.storage == .byContent ? nil : scope.revision
        return node.state.withLock { $0.recordedBy == number ? $0.ready(in: revision) : nil }
    }

    /// A result that needs no suspension.
    @usableFromInline
    func known<Q: Query>(_ query: Q, _ node: Node) throws -> Resolved? {
        guard let resolved = engine.immediate(query, node, scope, engine.store) else { return nil }
        try record(query, node, resolved)
        engine.noteRole(query, node, resolved.trace, scope)
        return resolved
    }

    /// A result that has to be computed, or waited for.
    @usableFromInline
    func missing<Q: Query>(_ query: Q, _ node: Node) async throws -> Resolved {
        try refuseIfClosed(Q.storage == .byTrace, "named query \(query.label)")
        let start = monotonicMicroseconds()
        defer { noteWaiting(since: start) }
        let resolved = try await unanswered { try await engine.demand(query, node, scope, parent: frame) }
        try record(query, node, resolved)
        engine.noteRole(query, node, resolved.trace, scope)
        return resolved
    }

    /// The values of several queries, in their order; what is not known is computed in parallel.
    ///
    /// When some have diagnostics for a result, all are computed all the same, and the diagnostics of all are thrown as one list, in order.
    public func getAll<Q: Query>(_ queries: [Q]) async throws -> [Q.Value] {
        var values: [Q.Value] = []
        var diagnostics: [Diagnostic] = []
        values.reserveCapacity(queries.count)
        for outcome in try await outcomes(queries) {
            switch outcome {
            case .success(let value): values.append(value)
            case .failure(let list): diagnostics += list.diagnostics.filter { !diagnostics.contains($0) }
            }
        }
        guard diagnostics.isEmpty else { throw DiagnosticList(diagnostics) }
        return values
    }

    /// As `getAll`, but hands each query's diagnostics over in its place.
    public func outcomes<Q: Query>(_ queries: [Q]) async throws -> [Result<Q.Value, DiagnosticList>] {
        guard !queries.isEmpty else { return [] }
        try refuseIfClosed(Q.storage == .byTrace, "named queries of kind \(Q.kind)")
        var found = await looked(queries)
        let missing = queries.indices.filter { found[$0].resolved == nil }.map { ($0, queries[$0], found[$0].node) }
        if !missing.isEmpty {
            let start = monotonicMicroseconds()
            defer { noteWaiting(since: start) }
            let results = try await unanswered { try await engine.demandAll(missing, scope, parent: frame) }
            for (index, result) in results {
                found[index].resolved = result
                engine.noteRole(queries[index], found[index].node, result.trace, scope)
            }
        }
        let code = KindVersion(kind: Q.kind, version: Q.version)
        return try record("\(queries.count) queries of kind \(Q.kind)") { recording in
            var outcomes: [Result<Q.Value, DiagnosticList>] = []
            outcomes.reserveCapacity(queries.count)
            // Many little lists must not each make the array a little bigger.
            if queries.count > recording.entries.count { recording.entries.reserveCapacity(recording.entries.count + queries.count) }
            for index in queries.indices {
                guard let resolved = found[index].resolved else { throw CancellationError() }
                recording.add(entry(code, queries[index], found[index].node, resolved.trace), resolved.standing)
                outcomes.append(try resolved.outcome(Q.self))
            }
            return outcomes
        }
    }

    /// The node of each query, with its result where that is known. Many are looked for from as many sides as there are jobs.
    private func looked<Q: Query>(_ queries: [Q]) async -> [Looked] {
        let pieces = min(engine.options.jobs, queries.count / Self.fewest)
        guard pieces > 1 else { return look(queries[...]) }
        return await withTaskGroup(of: (Int, [Looked]).self) { group in
            for piece in 0..<pieces {
                let part = queries[piece * queries.count / pieces..<(piece + 1) * queries.count / pieces]
                group.addTask { (piece, self.look(part)) }
            }
            var parts: [[Looked]] = Array(repeating: [], count: pieces)
            for await (piece, part) in group { parts[piece] = part }
            return parts.dropFirst().reduce(into: parts[0]) { $0 += $1 }
        }
    }

    /// Looks for the results of some queries in a row.
    private func look<Q: Query>(_ queries: ArraySlice<Q>) -> [Looked] {
        var news: [(Int, String)] = []
        var encoder = CanonicalEncoder(reservingCapacity: 1024)
        let found = engine.store.reading { reader in
            queries.indices.map { index in
                let query = queries[index]
                let node = engine.memo.node(QueryKey(query, with: &encoder))
                let resolved = engine.immediate(query, node, scope, reader)
                if resolved != nil, let role = query.role, engine.isRoleNews(role, node, scope, reader) { news.append((index, role)) }
                return Looked(node: node, resolved: resolved)
            }
        }
        for (index, role) in news {
            let looked = found[index - queries.startIndex]
            if let trace = looked.resolved?.trace { engine.writeRole(role, queries[index], looked.node, trace) }
        }
        return found
    }

    /// Fewer are not worth a task.
    private static let fewest = 128

    private func record<Q: Query>(_ query: Q, _ node: Node, _ resolved: Resolved) throws {
        try refuseIfClosed(Q.storage == .byTrace, "named query \(query.label)")
        try record("query \(query.label)") { recording in
            let code = KindVersion(kind: Q.kind, version: Q.version)
            recording.add(entry(code, query, node, resolved.trace), resolved.standing)
        }
    }

    /// What is to be recorded of a query that was asked for; nil where it has been recorded.
    private func entry<Q: Query>(_ code: KindVersion, _ query: Q, _ node: Node, _ trace: Trace) -> Recording.Entry? {
        guard node.state.withLock({ $0.isNews(for: number) }) else { return nil }
        switch Q.storage {
        case .byContent: return .closed(node, trace, code)
        case .byTrace: return .query(node, trace, label: query.label)
        }
    }

    /// Adds to the recording, unless it is not the recording of who asks.
    func record<Result>(_ what: @autoclosure () -> String, _ add: (inout Recording) throws -> Result) throws -> Result {
        let isOwn = isAsking
        let result = try recording.withLock { recording in isOwn && !recording.isFinished ? try add(&recording) : nil }
        guard let result else { throw stray(what()) }
        return result
    }

    /// Whether it is not another computation that asks.
    // LIMIT: a detached task and a thread are not known to be part of a computation; what they ask for through another one's context is recorded there.
    private var isAsking: Bool { Self.running.map { $0 === self } ?? true }

    private func stray(_ what: String) -> EngineError {
        let fault = EngineError.strayContext(query: frame.label, what: what)
        // What gets nothing now may be content with that; it fails all the same, and where it is over the build does.
        (Self.running ?? self).note(fault)
        scope.build.fault.withLock { $0 = $0 ?? fault }
        return fault
    }

    /// The context of the computation that this task is part of.
    @TaskLocal static var running: QueryContext?

    /// Refuses what only the one who builds with an engine may do, not its computations.
    static func refuseInside(_ engine: Engine, _ what: @autoclosure () -> String) throws(EngineError) {
        guard let running, running.engine === engine else { return }
        let fault = EngineError.evaluationInside(query: running.frame.label, what: what())
        running.note(fault)
        throw fault
    }

    func refuseIfClosed(_ isReading: Bool, _ what: @autoclosure () -> String) throws(EngineError) {
        guard isReading, isClosed else { return }
        let fault = EngineError.closedQueryRead(query: frame.label, what: what())
        note(fault)
        throw fault
    }

    private func unanswered<Answer>(_ ask: () async throws -> Answer) async throws -> Answer {
        do { return try await ask() } catch {
            note(error)
            throw error
        }
    }

    /// Notes an error that is no result. A query that goes on without the answer has seen something that nothing records: what it makes of an error of another
    /// query holds for this build only, and where the engine had no answer to give it fails.
    func note(_ error: any Error) { recording.withLock { $0.add(error) } }

    private func noteWaiting(since start: UInt64) {
        let waited = monotonicMicroseconds() - start
        recording.withLock { $0.waitedMicroseconds += waited }
    }
}

/// A node, and its result where that was known.
private struct Looked: Sendable {
    let node: Node
    var resolved: Resolved?
}
