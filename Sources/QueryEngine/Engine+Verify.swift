import Basics
import Synchronization

/// Why one trace does not hold.
struct Miss: Sendable {
    let reason: MissReason
    let execution: ExecutionReason
}

// Red and green: a trace holds when everything that was read, looked at in the same order, is what it was. The order matters: that the beginning of a
// trace still holds is what makes it certain that the computation would ask for the next thing, so that nothing is computed in vain.

extension Engine {
    /// As the node's owner: nil when the trace holds, or the first thing that differs.
    func verify(
        _ trace: Trace, _ source: any IngredientSource, _ frame: Frame, _ scope: Scope
    ) async throws -> Miss? {
        let changes = trace.facts.filter { Self.present($0.name, source) != $0.value.fingerprint }.map {
            IngredientChange(name: $0.name, old: $0.value.text, new: source.ingredient(named: $0.name)?.text)
        }
        guard changes.isEmpty else { return Miss(reason: .ingredient, execution: .ingredientsChanged(changes)) }
        guard let dependencies = try? trace.dependencies.elements() else { return Miss(reason: .corrupt, execution: .corrupt) }
        for dependency in dependencies {
            guard let change = try await difference(dependency, frame, scope) else { continue }
            return Miss(reason: .dependency, execution: .ingredientsChanged([change]))
        }
        return nil
    }

    private func difference(_ dependency: Dependency, _ frame: Frame, _ scope: Scope) async throws -> IngredientChange? {
        switch dependency {
        case .leaf(let leaf, let fingerprint, let text):
            let state = inputs.state(of: leaf, revision: scope.revision, volatile: scope.build.volatile)
            guard state.fingerprint != fingerprint else { return nil }
            return IngredientChange(
                name: leaf.name, old: fingerprint.map { text.isEmpty ? $0.short : text },
                new: state.fingerprint.map { state.text.isEmpty ? $0.short : state.text })
        case .query(let key, let answer, let label):
            let present = try await bringUpToDate(key, frame, scope)
            guard present?.trace.answer != answer else { return nil }
            return IngredientChange(name: label, old: answer.short, new: present?.trace.answer.short)
        }
    }

    /// The present result of a dependency, executed if need be; nil when that cannot be told without the query that asks for it.
    private func bringUpToDate(_ fingerprint: Fingerprint, _ frame: Frame, _ scope: Scope) async throws -> Resolved? {
        guard let node = knownNode(fingerprint) else { return nil }
        do {
            if let query = node.state.withLock({ $0.query }) ?? recovered(node) {
                return try await demandAny(query, node, scope, parent: frame)
            }
            return try await verifyOnly(node, frame, scope)
        } catch EngineError.cycle {
            // What was recorded need not be what would be asked for today: only a computation can tell whether the cycle is real.
            return nil
        }
    }

    /// The query made again from its key, if that is all of it: what a computation noted beyond its key, only who asks for it can supply.
    private func recovered(_ node: Node) -> (any Query)? {
        guard let query = kinds.recover(node.key) else { return nil }
        let needsIngredients = node.state.withLock { $0.alternatives.contains { !$0.trace.facts.isEmpty } }
        return needsIngredients && query.ingredients is NoIngredients ? nil : query
    }

    private func demandAny<Q: Query>(_ query: Q, _ node: Node, _ scope: Scope, parent: Frame) async throws -> Resolved {
        try await demand(query, node, scope, parent: parent)
    }

    /// The node in memory, or made from the stored record.
    private func knownNode(_ fingerprint: Fingerprint) -> Node? {
        if let node = memo.existing(fingerprint) { return node }
        guard case .found(let bytes) = store.read(.result, key: fingerprint.storeKey), let record = try? ResultRecord(bytes: bytes)
        else { return nil }
        let key = QueryKey(bytes: record.key)
        guard key.fingerprint == fingerprint, let kind = key.kind else { return nil }
        let node = memo.node(key)
        if node.claim(Frame(node: node, parent: nil, label: kind)) {
            if !isLoaded(node) { install(record.traces, nil, node, version: kinds.version(of: kind)) }
            node.release()
        }
        return node
    }

    /// Checks a query that cannot be made again: valid as recorded, or unknown.
    private func verifyOnly(_ node: Node, _ parent: Frame, _ scope: Scope) async throws -> Resolved? {
        guard let kind = node.key.kind else { return nil }
        let frame = Frame(node: node, parent: parent, label: kind)
        while !node.claim(frame) { try await wait(for: node, from: parent) }
        defer { node.release() }
        load(node, version: kinds.version(of: kind), store)
        for alternative in node.state.withLock({ $0.alternatives }) where alternative.standing == .lasting {
            if alternative.verified != scope.revision {
                guard try await verify(alternative.trace, NoIngredients(), frame, scope) == nil else { continue }
                markValid(alternative.trace, nil, node, scope)
                scope.noteValidated()
                emit(.validated(QueryIdentity(kind: kind, label: kind, key: node.key.fingerprint)))
            }
            return Resolved(trace: alternative.trace, box: alternative.value, standing: .lasting)
        }
        return nil
    }
}
