import Basics
import Synchronization

/// The one door of a computation: whatever it reads besides its arguments is asked for here, and thereby recorded.
public final class QueryContext: Sendable {
    let engine: Engine
    let scope: Scope
    let frame: Frame
    /// Why files and named queries are refused; nil for a named query.
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
        guard query.role == nil else { return nil }
        let revision = Q.storage == .byContent ? nil : scope.revision
        return node.state.withLock { $0.recordedBy == number ? $0.ready(in: revision) : nil }
    }

    /// A result that needs no suspension.
    @usableFromInline
    func known<Q: Query>(_ query: Q, _ node: Node) throws -> Resolved? {
        guard let resolved = engine.immediate(query, node, scope, parent: frame) else { return nil }
        try record(query, node, resolved)
        return resolved
    }

    /// A result that has to be computed, or waited for.
    @usableFromInline
    func missing<Q: Query>(_ query: Q, _ node: Node) async throws -> Resolved {
        try refuseIfClosed(Q.storage == .byTrace, "named query \(query.label)")
        let start = monotonicMicroseconds()
        defer { noteWaiting(since: start) }
        let resolved = try await engine.demand(query, node, scope, parent: frame)
        try record(query, node, resolved)
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
        try refuseIfClosed(Q.storage == .byTrace && !queries.isEmpty, "named queries of kind \(Q.kind)")
        var found = try await looked(queries)
        let missing = queries.indices.filter { found[$0].resolved == nil }.map { ($0, queries[$0], found[$0].node) }
        if !missing.isEmpty {
            let start = monotonicMicroseconds()
            defer { noteWaiting(since: start) }
            for (index, result) in try await engine.demandAll(missing, scope, parent: frame) { found[index].resolved = result }
        }
        var outcomes: [Result<Q.Value, DiagnosticList>] = []
        outcomes.reserveCapacity(queries.count)
        for (index, query) in queries.enumerated() {
            guard let resolved = found[index].resolved else { throw CancellationError() }
            try record(query, found[index].node, resolved)
            outcomes.append(try resolved.outcome(Q.self))
        }
        return outcomes
    }

    /// The node of each query, with its result where that is known. Many are looked for from as many sides as there are jobs.
    private func looked<Q: Query>(_ queries: [Q]) async throws -> [(node: Node, resolved: Resolved?)] {
        @Sendable func look(_ query: Q) -> (node: Node, resolved: Resolved?) {
            let node = node(query)
            return (node, engine.immediate(query, node, scope, parent: frame))
        }
        let pieces = min(engine.options.jobs, queries.count / Self.fewest)
        guard pieces > 1 else { return queries.map(look) }
        return await withTaskGroup(of: (Int, [(node: Node, resolved: Resolved?)]).self) { group in
            for piece in 0..<pieces {
                let part = queries[piece * queries.count / pieces..<(piece + 1) * queries.count / pieces]
                group.addTask { (piece, part.map(look)) }
            }
            var parts: [[(node: Node, resolved: Resolved?)]] = Array(repeating: [], count: pieces)
            for await (piece, part) in group { parts[piece] = part }
            return Array(parts.joined())
        }
    }

    /// Fewer are not worth a task.
    private static let fewest = 128

    private func record<Q: Query>(_ query: Q, _ node: Node, _ resolved: Resolved) throws {
        try refuseIfClosed(Q.storage == .byTrace, "named query \(query.label)")
        guard node.state.withLock({ $0.isNews(for: number) }) else { return }
        switch Q.storage {
        case .byContent:
            let code = KindVersion(kind: Q.kind, version: Q.version)
            recording.withLock { $0.entries.append(.closed(node, resolved.trace, code)) }
        case .byTrace:
            let label = query.label
            recording.withLock { $0.entries.append(.query(node, resolved.trace, label: label)) }
        }
    }

    func refuseIfClosed(_ isReading: Bool, _ what: @autoclosure () -> String) throws(EngineError) {
        guard isReading, isClosed else { return }
        let fault = EngineError.closedQueryRead(query: frame.label, what: what())
        recording.withLock { $0.fault = $0.fault ?? fault }
        throw fault
    }

    private func noteWaiting(since start: UInt64) {
        let waited = monotonicMicroseconds() - start
        recording.withLock { $0.waitedMicroseconds += waited }
    }
}
