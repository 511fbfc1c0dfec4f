import Basics
import Synchronization

/// All nodes of an engine, in shards so that threads seldom meet.
final class Memo: Sendable {
    private final class Shard: Sendable {
        let nodes = Mutex(NodeTable())
    }

    private let shards = (0..<16).map { _ in Shard() }

    private func shard(_ fingerprint: Fingerprint) -> Shard { shards[Int(truncatingIfNeeded: fingerprint.high & 15)] }

    /// The node of a key, made if there is none. A key with the fingerprint of another one gets a node of its own that is not kept.
    func node(_ key: QueryKey) -> Node {
        let node = shard(key.fingerprint).nodes.withLock { nodes in
            if let node = nodes[key.fingerprint] { return node }
            let node = Node(key: key)
            nodes.insert(node)
            return node
        }
        return node.key.hasBytes(of: key) ? node : Node(key: key)
    }

    func existing(_ fingerprint: Fingerprint) -> Node? { shard(fingerprint).nodes.withLock { $0[fingerprint] } }

    /// How many nodes there are.
    var count: Int { shards.reduce(0) { $0 + $1.nodes.withLock { $0.count } } }

    func removeAll() {
        for shard in shards { shard.nodes.withLock { $0 = NodeTable() } }
    }
}

/// Nodes by fingerprint: open addressing with linear probing. The fingerprint is the hash, so that a look-up is a load and a comparison, where a `Dictionary`
/// would hash again.
private struct NodeTable {
    private var slots: [Node?] = Array(repeating: nil, count: 64)
    private(set) var count = 0

    subscript(fingerprint: Fingerprint) -> Node? {
        let mask = slots.count - 1
        var index = Int(truncatingIfNeeded: fingerprint.low) & mask
        while let node = slots[index] {
            if node.key.fingerprint == fingerprint { return node }
            index = (index + 1) & mask
        }
        return nil
    }

    /// Adds a node that is not there.
    mutating func insert(_ node: Node) {
        if count * 2 >= slots.count {
            let old = slots
            slots = Array(repeating: nil, count: old.count * 2)
            for case let node? in old { place(node) }
        }
        place(node)
        count += 1
    }

    private mutating func place(_ node: Node) {
        let mask = slots.count - 1
        var index = Int(truncatingIfNeeded: node.key.fingerprint.low) & mask
        while slots[index] != nil { index = (index + 1) & mask }
        slots[index] = node
    }
}
