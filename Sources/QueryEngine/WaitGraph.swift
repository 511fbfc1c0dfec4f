import Synchronization

/// Finds cycles at the one moment when they can close: when a computation is about to wait for another.
///
/// Who demands whom is in the frames (a frame's parent asked for it) and in the waiters of each node. All waiting begins under one lock, so
/// that of several computations that close a cycle together, the last one sees it.
final class WaitGraph: Sendable {
    private let lock = Mutex(())

    /// Suspends until `node` is released. Returns at once when it is free. Throws `EngineError.cycle` when it can never be.
    func wait(for node: Node, from frame: Frame?) async throws(EngineError) {
        let cycle: [String]? = await withUnsafeContinuation { continuation in
            var cycle: [String]?
            let isWaiting = lock.withLock { _ in
                cycle = frame.flatMap { Self.path(from: $0, to: node) }
                guard cycle == nil else { return false }
                return node.state.withLock { state in
                    guard state.owner != nil else { return false }
                    state.waiters.append(Node.Waiter(frame: frame) { continuation.resume(returning: nil) })
                    return true
                }
            }
            if !isWaiting { continuation.resume(returning: cycle) }
        }
        if let cycle { throw .cycle(cycle) }
    }

    /// Walks from `frame` to those who need it; the labels from `node` down to `frame` and back to `node`, if `node` is among them.
    ///
    /// Labels are gathered from below, where a long way costs no more than its length.
    private static func path(from frame: Frame, to node: Node) -> [String]? {
        var pending: [(frame: Frame, below: [String])] = [(frame, [])]
        var seen: Set<ObjectIdentifier> = []
        while let (start, labels) = pending.popLast() {
            var below = labels
            var current: Frame? = start
            while let frame = current {
                below.append(frame.label)
                if frame.node === node { return below.reversed() + [frame.label] }
                if seen.insert(ObjectIdentifier(frame.node)).inserted {
                    let waiting = frame.node.state.withLock { $0.waiters.compactMap(\.frame) }
                    pending += waiting.map { ($0, below) }
                }
                current = frame.parent
            }
        }
        return nil
    }
}
