import Basics
import Glibc

/// What the kernel says about one entry of a directory, or about the directory itself.
struct DirectoryNotification: Hashable {
    /// The number that `add` gave; -1 when notifications were lost.
    let watch: Int32
    /// Empty when the directory itself is meant.
    let name: String
    /// The directory is watched no longer: it was removed, moved or unmounted.
    let isGone: Bool
}

/// The door to inotify: a descriptor that becomes readable when something happened in one of the directories. The only unsafe code of watching is here.
final class DirectoryNotifications: Sendable {
    let descriptor: Int32

    /// Nil where the system has no inotify, or no more instances of it for this user.
    init?() {
        descriptor = inotify_init1(Int32(IN_NONBLOCK) | Int32(IN_CLOEXEC))
        if descriptor < 0 { return nil }
    }

    deinit { close(descriptor) }

    /// Starts to watch a directory; nil when it cannot be watched.
    func add(_ directory: String) -> Int32? {
        let interest =
            IN_CLOSE_WRITE | IN_MODIFY | IN_CREATE | IN_DELETE | IN_MOVED_FROM | IN_MOVED_TO | IN_ATTRIB | IN_DELETE_SELF | IN_MOVE_SELF
        let watch = inotify_add_watch(descriptor, directory, UInt32(interest) | UInt32(IN_ONLYDIR))
        return watch < 0 ? nil : watch
    }

    func remove(_ watch: Int32) { _ = inotify_rm_watch(descriptor, watch) }

    /// Everything that has happened since the last call; does not wait.
    func read() -> [DirectoryNotification] {
        var notifications: [DirectoryNotification] = []
        var buffer = [UInt8](repeating: 0, count: 16 << 10)
        while true {
            let count = buffer.withUnsafeMutableBytes { Glibc.read(descriptor, $0.baseAddress, $0.count) }
            guard count > 0 else { return notifications }
            buffer.withUnsafeBytes { Self.parse(UnsafeRawBufferPointer(rebasing: $0[..<count]), into: &notifications) }
        }
    }

    /// The kernel writes whole records: a head, then a name padded with zeros. Lengths are checked all the same.
    private static func parse(_ bytes: UnsafeRawBufferPointer, into notifications: inout [DirectoryNotification]) {
        let head = MemoryLayout<inotify_event>.size
        var offset = 0
        while offset + head <= bytes.count {
            let event = bytes.loadUnaligned(fromByteOffset: offset, as: inotify_event.self)
            let end = offset + head + Int(event.len)
            guard end <= bytes.count else { return }
            let name = String(decoding: bytes[(offset + head)..<end].prefix { $0 != 0 }, as: UTF8.self)
            let isGone = event.mask & UInt32(IN_IGNORED | IN_DELETE_SELF | IN_MOVE_SELF | IN_UNMOUNT) != 0
            let isLost = event.mask & UInt32(IN_Q_OVERFLOW) != 0
            notifications.append(DirectoryNotification(watch: isLost ? -1 : event.wd, name: name, isGone: isGone))
            offset = end
        }
    }
}
