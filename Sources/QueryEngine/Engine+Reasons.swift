import Basics
import Synchronization

// Why a query has to be executed, and what fills the roles.

extension Engine {
    /// What is known of the traces that were not even looked at.
    func staleMisses(_ node: Node) -> [Miss] {
        let (stale, failure) = node.state.withLock { ($0.stale, $0.loadFailure) }
        var misses = failure.map { [Miss(reason: $0, execution: $0 == .corrupt ? .corrupt : .neverComputed)] } ?? []
        for trace in stale {
            guard let kind = node.key.kind else { continue }
            if kinds.isForced(kind) || trace.codes.contains(where: { kinds.isForced($0.kind) }) {
                misses.append(Miss(reason: .forced, execution: .forced))
            } else if let version = kinds.version(of: kind), version != trace.version {
                misses.append(Miss(reason: .version, execution: .versionChanged(kind: kind, old: trace.version, new: version)))
            } else if let code = trace.codes.first(where: { kinds.version(of: $0.kind) != $0.version }) {
                let now = kinds.version(of: code.kind) ?? 0
                misses.append(Miss(reason: .version, execution: .versionChanged(kind: code.kind, old: code.version, new: now)))
            }
        }
        return misses
    }

    /// The nearest explanation: the trace with the fewest differences, else what filled the same role before.
    func executionReason<Q: Query>(_ query: Q, _ node: Node, _ misses: [Miss], _ scope: Scope) -> ExecutionReason {
        let nearest = misses.min { Self.distance($0.execution) < Self.distance($1.execution) }
        if let nearest, nearest.execution != .neverComputed { return nearest.execution }
        guard let role = query.role, let before = EngineHistory(store: store).role(role), before.identity.key != node.key.fingerprint
        else { return .neverComputed }
        let changes = Self.changes(from: before.ingredients, to: query.arguments, query.ingredients)
        return changes.isEmpty ? .neverComputed : .ingredientsChanged(changes)
    }

    private static func distance(_ reason: ExecutionReason) -> Int {
        switch reason {
        case .forced, .corrupt, .evicted: 0
        case .versionChanged: 1
        case .ingredientsChanged(let changes): 1 + changes.count
        case .neverComputed: .max
        }
    }

    /// Differences by name. What was noted before, and is no argument, is looked up in the source.
    private static func changes(
        from old: [Ingredient], to arguments: [Ingredient], _ source: any IngredientSource
    ) -> [IngredientChange] {
        var changes: [IngredientChange] = []
        for ingredient in old {
            let now = arguments.first { $0.name == ingredient.name }?.value ?? source.ingredient(named: ingredient.name)
            if now?.fingerprint != ingredient.value.fingerprint {
                changes.append(IngredientChange(name: ingredient.name, old: ingredient.value.text, new: now?.text))
            }
        }
        for argument in arguments where !old.contains(where: { $0.name == argument.name }) {
            changes.append(IngredientChange(name: argument.name, old: nil, new: argument.value.text))
        }
        return changes
    }

    /// Writes down that the key fills the query's role, if that is news.
    func noteRole<Q: Query>(_ query: Q, _ node: Node, _ trace: Trace, _ scope: Scope) {
        guard let role = query.role, isRoleNews(role, node, scope, store) else { return }
        writeRole(role, query, node, trace)
    }

    /// Whether something else fills the role, as far as the store knows. Asked once for each node and role in a build.
    func isRoleNews(_ role: String, _ node: Node, _ scope: Scope, _ reader: any RecordReader) -> Bool {
        let name = Fingerprint(hashing: role)
        guard node.state.withLock({ $0.fills(role: name.low, in: scope.revision) }) else { return false }
        guard case .found(let bytes) = reader.read(.role, key: name.storeKey) else { return true }
        return !RoleRecord.isOf(node.key.fingerprint, bytes)
    }

    func writeRole<Q: Query>(_ role: String, _ query: Q, _ node: Node, _ trace: Trace) {
        let record = RoleRecord(identity: identity(query, node), ingredients: query.arguments + trace.facts)
        store.write([.put(.role, key: EngineHistory.roleKey(role), value: record.bytes)])
    }
}
