import Basics
import Synchronization

/// All nodes of an engine, in shards so that threads seldom meet.
final class Memo: Sendable {
    private let shards = InlineArray<64, Mutex<NodeTable>> { _ in Mutex(NodeTable()) }

    private static func shard(_ fingerprint: Fingerprint) -> Int { Int(truncatingIfNeeded: fingerprint.high & 63) }

    /// The node of a key, made if there is none. A key with the fingerprint of another one gets a node of its own that is not kept.
    func node(_ key: QueryKey) -> Node {
        let node = shards[Self.shard(key.fingerprint)].withLock { nodes in
            if let node = nodes[key.fingerprint] { return node }
            let node = Node(key: key)
            nodes.insert(node)
            return node
        }
        return node.key.hasBytes(of: key) ? node : Node(key: key)
    }

    func existing(_ fingerprint: Fingerprint) -> Node? { shards[Self.shard(fingerprint)].withLock { $0[fingerprint] } }

    /// How many nodes there are.
    var count: Int { shards.indices.reduce(0) { sum, shard in sum + shards[shard].withLock { $0.count } } }

    func removeAll() {
        for shard in shards.indices { shards[shard].withLock { $0 = NodeTable() } }
    }
}

/// Nodes by fingerprint: open addressing with linear probing. The fingerprint is the hash, so that a look-up is a load and a comparison, where a `Dictionary`
/// would hash again. It stands beside the node, so that only the node that is found is touched.
private struct NodeTable {
    private struct Slot {
        var fingerprint: Fingerprint
        var node: Node?
    }

    private static let empty = Slot(fingerprint: Fingerprint(high: 0, low: 0), node: nil)

    private var slots = Array(repeating: Self.empty, count: 16)
    private(set) var count = 0

    subscript(fingerprint: Fingerprint) -> Node? {
        let mask = slots.count - 1
        var index = Int(truncatingIfNeeded: fingerprint.low) & mask
        // An empty slot ends the run, also for the fingerprint that empty slots have.
        while slots[index].fingerprint != fingerprint {
            if slots[index].node == nil { return nil }
            index = (index + 1) & mask
        }
        return slots[index].node
    }

    /// Adds a node that is not there.
    mutating func insert(_ node: Node) {
        if count * 2 >= slots.count {
            var old = Array(repeating: Self.empty, count: slots.count * 2)
            swap(&old, &slots)
            for index in old.indices where old[index].node != nil { swap(&slots[free(old[index].fingerprint)], &old[index]) }
        }
        slots[free(node.key.fingerprint)] = Slot(fingerprint: node.key.fingerprint, node: node)
        count += 1
    }

    /// The slot for a fingerprint that is not there.
    private func free(_ fingerprint: Fingerprint) -> Int {
        let mask = slots.count - 1
        var index = Int(truncatingIfNeeded: fingerprint.low) & mask
        while slots[index].node != nil { index = (index + 1) & mask }
        return index
    }
}
