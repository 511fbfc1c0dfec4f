import Glibc

/// What the file system says of a file without reading it. Equal signatures mean equal content, except for a file that is written twice within one tick
/// of the file system's clock: hence `isSettled`.
package struct StatSignature: Hashable, Sendable {
    package var device: UInt64
    package var inode: UInt64
    package var size: Int64
    /// Nanoseconds since 1970.
    package var modified: Int64
    package var changed: Int64

    package init(device: UInt64, inode: UInt64, size: Int64, modified: Int64, changed: Int64) {
        self.device = device
        self.inode = inode
        self.size = size
        self.modified = modified
        self.changed = changed
    }

    private init(_ status: stat) {
        device = UInt64(status.st_dev)
        inode = UInt64(status.st_ino)
        size = Int64(status.st_size)
        modified = Int64(status.st_mtim.tv_sec) &* 1_000_000_000 &+ Int64(status.st_mtim.tv_nsec)
        changed = Int64(status.st_ctim.tv_sec) &* 1_000_000_000 &+ Int64(status.st_ctim.tv_nsec)
    }

    /// One `stat`; nil when there is nothing at the path.
    /// - Parameter directory: a descriptor of what a relative path starts from: the system then walks that part once, not for each file.
    package init?(path: String, in directory: Int32 = AT_FDCWD) {
        var status = stat()
        guard fstatat(directory, path, &status, 0) == 0 else { return nil }
        self.init(status)
    }

    package init?(descriptor: Int32) {
        var status = stat()
        guard fstat(descriptor, &status) == 0 else { return nil }
        self.init(status)
    }

    /// Whether a write after this look would show in the signature. It does where the kernel gives every change after a look a time of its own (`FineTimes`);
    /// elsewhere when the file was last changed longer ago than the clock of its file system ticks: two seconds where times come in whole hundredths (FAT, ext3,
    /// some network file systems), else 100 ms, ten ticks of the slowest kernel clock.
    package func isSettled(at now: Int64) -> Bool {
        let age = now &- max(modified, changed)
        if changed % 10_000_000 == 0 { return age >= 2_000_000_000 }
        return age >= 100_000_000 || FineTimes.hold(onDevice: device)
    }

    /// Whether both are of one file with one content: what a rename or a new mode leaves as it is.
    package func hasContent(of other: StatSignature) -> Bool {
        device == other.device && inode == other.inode && size == other.size && modified == other.modified
    }

    /// Nanoseconds since 1970.
    package static func now() -> Int64 {
        var time = timespec()
        clock_gettime(CLOCK_REALTIME, &time)
        return Int64(time.tv_sec) &* 1_000_000_000 &+ Int64(time.tv_nsec)
    }
}
