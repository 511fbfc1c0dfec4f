import Basics
import Glibc

/// Lines that arrive on a descriptor, read until the answer is there, time is up, or somebody cancels.
struct EventStream {
    let descriptor: Int32
    /// Asked about ten times a second.
    let isCancelled: @Sendable () -> Bool
    private let deadline: ContinuousClock.Instant
    private let timeoutSeconds: Int
    private var buffer: [UInt8] = []

    init(_ descriptor: Int32, timeoutSeconds: Int, isCancelled: @escaping @Sendable () -> Bool) {
        self.descriptor = descriptor
        self.isCancelled = isCancelled
        self.timeoutSeconds = timeoutSeconds
        deadline = .now + .seconds(timeoutSeconds)
    }

    /// The last event, nil when the stream ended without one. `observe` sees the phases before it.
    mutating func answer(_ observe: (CaptureEvent) -> Void) throws(CaptureError) -> CaptureEvent? {
        while let line = try nextLine() {
            // What the user's code prints must not end up here; a line that is no object is passed over.
            guard line.first == UInt8(ascii: "{") else { continue }
            let event = try CaptureEvent(line: line)
            guard case .phase = event else { return event }
            observe(event)
        }
        return nil
    }

    private mutating func nextLine() throws(CaptureError) -> [UInt8]? {
        while true {
            if let end = buffer.firstIndex(of: UInt8(ascii: "\n")) {
                let line = Array(buffer[..<end])
                buffer.removeSubrange(...end)
                return line
            }
            guard try fill() else { return nil }
        }
    }

    /// Reads what there is; false at the end.
    private mutating func fill() throws(CaptureError) -> Bool {
        while true {
            if isCancelled() { throw .cancelled }
            if ContinuousClock.now >= deadline { throw .timedOut(seconds: timeoutSeconds) }
            var entry = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
            guard poll(&entry, 1, 100) > 0 else { continue }
            var chunk = [UInt8](repeating: 0, count: 64 << 10)
            let count = read(descriptor, &chunk, chunk.count)
            if count < 0 && errno == EINTR { continue }
            guard count > 0 else { return false }
            buffer += chunk[..<count]
            return true
        }
    }
}
