import Basics
import Synchronization

// How a query comes to its result: from memory, from the store, or by computing; and how those who ask at the same time share it.

extension Engine {
    /// The result if it can be had without suspending: it is in memory and valid, or the query is closed and in the store.
    func immediate<Q: Query>(_ query: Q, _ node: Node, _ scope: Scope, _ reader: any RecordReader) -> Resolved? {
        if let resolved = inMemory(query, node, scope) { return resolved }
        guard Q.storage == .byContent, !isAudited(node), !isLoaded(node), (try? kinds.register(Q.self)) != nil else { return nil }
        guard node.claim(loading) else { return nil }
        defer { node.release() }
        load(node, version: Q.version, reader)
        return usable(query, node, scope, reader)
    }

    /// The result, computed if need be. The caller holds a permit of the limiter, here and afterwards.
    func demand<Q: Query>(_ query: Q, _ node: Node, _ scope: Scope, parent: Frame?) async throws -> Resolved {
        try kinds.register(Q.self)
        let frame = Frame(node: node, parent: parent, label: query.label)
        while true {
            try Task.checkCancellation()
            if let resolved = inMemory(query, node, scope) { return resolved }
            if node.claim(frame) {
                defer { node.release() }
                return try await produce(query, frame, scope)
            }
            emit(.shared(identity(query, node)))
            try await wait(for: node, from: parent)
        }
    }

    /// Several results, in no order, with at most as many tasks as there are jobs. An error that is not a result ends them all.
    func demandAll<Q: Query>(
        _ queries: [(Int, Q, Node)], _ scope: Scope, parent: Frame
    ) async throws -> [(Int, Resolved)] {
        let queries = inOrderOfWork(queries)
        if queries.count == 1 || options.jobs <= 1 {
            var results: [(Int, Resolved)] = []
            for (index, query, node) in queries { results.append((index, try await demand(query, node, scope, parent: parent))) }
            return results
        }
        limiter.release()
        let work = WorkList()
        do {
            try await withThrowingTaskGroup(of: Void.self) { group in
                for _ in 0..<min(options.jobs, queries.count) {
                    group.addTask { try await self.work(through: queries, work, scope, parent: parent) }
                }
                try await group.waitForAll()
            }
        } catch {
            await limiter.acquire()
            throw error
        }
        await limiter.acquire()
        return work.results.withLock { $0 }
    }

    private func inOrderOfWork<Query>(_ queries: [Query]) -> [Query] {
        guard let shuffle = options.shuffle else { return queries }
        var generator = SeededGenerator(seed: shuffle)
        return queries.shuffled(using: &generator)
    }

    /// One of the tasks of `demandAll`: takes the next query until there is none.
    private func work<Q: Query>(
        through queries: [(Int, Q, Node)], _ list: WorkList, _ scope: Scope, parent: Frame
    ) async throws {
        await limiter.acquire()
        defer { limiter.release() }
        var results: [(Int, Resolved)] = []
        while true {
            let position = list.next.wrappingAdd(1, ordering: .relaxed).oldValue
            guard position < queries.count else { break }
            let (index, query, node) = queries[position]
            results.append((index, try await demand(query, node, scope, parent: parent)))
        }
        list.results.withLock { $0 += results }
    }

    /// Suspends until the node is free, lending the permit to others meanwhile.
    func wait(for node: Node, from frame: Frame?) async throws {
        limiter.release()
        do { try await waits.wait(for: node, from: frame) } catch {
            await limiter.acquire()
            throw error
        }
        await limiter.acquire()
    }

    /// As the node's owner: uses what is stored, or computes.
    private func produce<Q: Query>(_ query: Q, _ frame: Frame, _ scope: Scope) async throws -> Resolved {
        let node = frame.node
        load(node, version: Q.version, store)
        if let resolved = inMemory(query, node, scope) { return resolved }
        if let resolved = usable(query, node, scope, store) { return try await audited(resolved, query, frame, scope) }
        var misses: [Miss] = []
        for alternative in node.state.withLock({ $0.alternatives }) {
            if alternative.standing != .lasting { continue }
            let verdict = try await verify(alternative.trace, query.ingredients, frame, scope)
            guard verdict == nil else {
                misses += verdict.map { [$0] } ?? []
                continue
            }
            if let resolved = adopt(alternative, query, node, scope, store) {
                return try await audited(resolved, query, frame, scope)
            }
            misses.append(Miss(reason: .evicted, execution: .evicted))
        }
        misses += staleMisses(node)
        let reason = executionReason(query, node, misses, scope)
        scope.noteMisses(misses.isEmpty ? [Miss(reason: .absent, execution: .neverComputed)] : misses, node)
        for miss in misses { emit(.discarded(identity(query, node), miss.reason)) }
        return try await execute(query, frame, scope, reason)
    }

    func identity<Q: Query>(_ query: Q, _ node: Node) -> QueryIdentity {
        QueryIdentity(kind: Q.kind, label: query.label, key: node.key.fingerprint)
    }
}

/// What the tasks of one `getAll` share.
private final class WorkList: Sendable {
    let next = Atomic(0)
    let results = Mutex<[(Int, Resolved)]>([])
}
