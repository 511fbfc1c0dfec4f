import Basics
import Synchronization

/// The query types of a process by their kinds: those listed in the options, and those that were asked for.
final class KindTable: Sendable {
    private let types: Mutex<[String: any Query.Type]>
    /// Those that were compared already.
    private let registered = Mutex<Set<ObjectIdentifier>>([])
    private let force: Force

    init(_ types: [any Query.Type], force: Force = .nothing) {
        self.force = force
        self.types = Mutex(Dictionary(types.map { ($0.kind, $0) }) { first, _ in first })
    }

    /// Makes a type known; fails when another type has its kind.
    func register<Q: Query>(_ type: Q.Type) throws(EngineError) {
        if registered.withLock({ $0.contains(ObjectIdentifier(type)) }) { return }
        let isSame = types.withLock { types in
            guard let known = types[Q.kind] else {
                types[Q.kind] = type
                return true
            }
            return ObjectIdentifier(known) == ObjectIdentifier(type)
        }
        guard isSame else { throw .kindClash(Q.kind) }
        registered.withLock { _ = $0.insert(ObjectIdentifier(type)) }
    }

    /// The version that this process computes; nil for a kind that it does not know.
    func version(of kind: String) -> UInt32? { types.withLock { $0[kind]?.version } }

    /// Whether stored results of this kind and version count.
    func isCurrent(_ code: KindVersion) -> Bool { version(of: code.kind) == code.version && !force.includes(code.kind) }

    /// Whether stored results of the kind do not count because they are to be computed again.
    func isForced(_ kind: String) -> Bool { force.includes(kind) }

    /// The same for the kind of a key, which is read only where anything is forced.
    func isForced(_ key: QueryKey) -> Bool {
        if case .nothing = force { return false }
        return key.kind.map(isForced) ?? false
    }

    /// Makes the query of a stored key again, where its type allows.
    func recover(_ key: QueryKey) -> (any Query)? {
        guard let kind = key.kind, let type = types.withLock({ $0[kind] }) as? any RecoverableQuery.Type else { return nil }
        return Self.decode(type, key.bytes)
    }

    private static func decode<Q: RecoverableQuery>(_ type: Q.Type, _ bytes: [UInt8]) -> (any Query)? {
        var decoder = CanonicalDecoder(bytes)
        do {
            _ = try decoder.string()
            let query = try Q(from: &decoder)
            try decoder.finish()
            return query
        } catch {
            return nil
        }
    }
}
