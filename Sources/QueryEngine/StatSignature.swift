import Basics
import Glibc

/// What the file system says of a file without reading it. Equal signatures mean equal content, except for a file that is written twice within one tick
/// of the file system's clock: hence `isSettled`.
package struct StatSignature: Hashable, Sendable {
    var device: UInt64
    var inode: UInt64
    package var size: Int64
    /// Nanoseconds since 1970.
    package var modified: Int64
    package var changed: Int64

    private init(_ status: stat) {
        device = UInt64(status.st_dev)
        inode = UInt64(status.st_ino)
        size = Int64(status.st_size)
        modified = Int64(status.st_mtim.tv_sec) &* 1_000_000_000 &+ Int64(status.st_mtim.tv_nsec)
        changed = Int64(status.st_ctim.tv_sec) &* 1_000_000_000 &+ Int64(status.st_ctim.tv_nsec)
    }

    /// One `stat`; nil when there is nothing at the path.
    package init?(path: String) {
        var status = stat()
        guard stat(path, &status) == 0 else { return nil }
        self.init(status)
    }

    init?(descriptor: Int32) {
        var status = stat()
        guard fstat(descriptor, &status) == 0 else { return nil }
        self.init(status)
    }

    /// Whether a later write would have shown in the signature: the file was last changed longer ago than the clock of its file system ticks. That is two
    /// seconds where times come in whole hundredths (FAT, ext3, some network file systems), else 100 ms, ten ticks of the slowest kernel clock.
    func isSettled(at now: Int64) -> Bool {
        let last = max(modified, changed)
        let isCoarse = changed % 10_000_000 == 0
        return now &- last >= (isCoarse ? 2_000_000_000 : 100_000_000)
    }

    /// Nanoseconds since 1970.
    package static func now() -> Int64 {
        var time = timespec()
        clock_gettime(CLOCK_REALTIME, &time)
        return Int64(time.tv_sec) &* 1_000_000_000 &+ Int64(time.tv_nsec)
    }
}

extension StatSignature {
    func encode(short encoder: inout CanonicalEncoder) {
        for word in [device, inode, UInt64(bitPattern: size)] { encoder.append(variable: word) }
        encoder.append(UInt64(bitPattern: modified))
        encoder.append(UInt64(bitPattern: changed))
    }

    init(short decoder: inout CanonicalDecoder) throws(CanonicalDecodingError) {
        device = try decoder.variable()
        inode = try decoder.variable()
        size = Int64(bitPattern: try decoder.variable())
        modified = Int64(bitPattern: try decoder.uint64())
        changed = Int64(bitPattern: try decoder.uint64())
    }
}

/// Microseconds of a clock that never goes back, for durations.
func monotonicMicroseconds() -> UInt64 {
    var time = timespec()
    clock_gettime(CLOCK_MONOTONIC, &time)
    return UInt64(time.tv_sec) * 1_000_000 + UInt64(time.tv_nsec) / 1_000
}
