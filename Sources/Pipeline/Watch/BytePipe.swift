import Glibc

/// A pipe within the process, to wake who waits for descriptors: neither end blocks, and no child inherits one.
package struct BytePipe: Sendable {
    package let reader: Int32
    package let writer: Int32

    /// Nil when the process has no descriptors left.
    package init?() {
        var ends: [Int32] = [-1, -1]
        guard pipe(&ends) == 0 else { return nil }
        for end in ends {
            _ = fcntl(end, F_SETFL, O_NONBLOCK)
            _ = fcntl(end, F_SETFD, FD_CLOEXEC)
        }
        (reader, writer) = (ends[0], ends[1])
    }

    /// The bytes that were written since the last time.
    package static func drain(_ reader: Int32) -> [UInt8] {
        var drained: [UInt8] = []
        var bytes = [UInt8](repeating: 0, count: 64)
        while true {
            let count = read(reader, &bytes, bytes.count)
            guard count > 0 else { return drained }
            drained += bytes.prefix(count)
        }
    }

    package func close() {
        _ = Glibc.close(reader)
        _ = Glibc.close(writer)
    }
}
