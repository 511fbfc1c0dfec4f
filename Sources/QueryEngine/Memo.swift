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

    /// Lets go of all nodes but those whose state `isKept`; what those take, as `Trace.bytesTaken` counts.
    func shed(_ isKept: (Node.State) -> Bool) -> Int {
        var bytes = 0
        for shard in shards.indices {
            shards[shard].withLock { nodes in
                nodes = nodes.filter { node in
                    node.state.withLock { state in
                        guard isKept(state) else { return false }
                        bytes += state.alternatives.reduce(0) { $0 + $1.trace.bytesTaken }
                        return true
                    }
                }
            }
        }
        return bytes
    }

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
    private var count = 0

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

    /// A table of those that are wanted.
    func filter(_ isWanted: (Node) -> Bool) -> NodeTable {
        var table = NodeTable()
        for case let node? in slots.lazy.map(\.node) where isWanted(node) { table.insert(node) }
        return table
    }

    /// The slot for a fingerprint that is not there.
    private func free(_ fingerprint: Fingerprint) -> Int {
        let mask = slots.count - 1
        var index = Int(truncatingIfNeeded: fingerprint.low) & mask
        while slots[index].node != nil { index = (index + 1) & mask }
        return index
    }
}
