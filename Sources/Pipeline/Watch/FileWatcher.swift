import Basics
import ContentStore
import QueryEngine
import Synchronization

/// Says when watched files may have changed, once for each burst of changes.
///
/// What is watched are the directories of the files, by inotify: editors replace files rather than write them, and a watch on the file itself would follow the old
/// one. Where a path leads over symbolic links, the links and what they lead to are watched with it. A directory that cannot be watched (it is gone for a moment, the system has no watches left, the file system does not notify) is looked at a few
/// times a second instead, and watched as soon as it can be. Swap and backup files of editors have other names, and count for nothing.
package final class FileWatcher: Sendable {
    private struct State {
        /// Files that matter, as paths for the system.
        var files: [String: StatSignature?] = [:]
        /// Directories whose entries matter.
        var directories: [String: StatSignature?] = [:]
        /// The directories of each watch: one, or the same by several paths.
        var watches: [Int32: Set<String>] = [:]
        /// Directories without a watch.
        var polled: Set<String> = []
        var burst = QuietPeriod()
    }

    private let state = Mutex(State())
    private let notifications: DirectoryNotifications?
    private let thread = Mutex<PollThread?>(nil)
    private let changed: @Sendable () -> Void
    private static let pollMilliseconds = 200

    /// `changed` is called on a thread of the watcher's. `polls`: do without notifications.
    package init(polls: Bool = false, changed: @escaping @Sendable () -> Void) {
        notifications = polls ? nil : DirectoryNotifications()
        self.changed = changed
    }

    package func start() {
        let descriptors = notifications.map { [$0.descriptor] } ?? []
        let thread = PollThread(
            // Without the watcher there is nothing to wait for; with it, nil means as long as it takes.
            .init(
                descriptors: { descriptors }, timeout: { [weak self] in if let self { self.timeout() } else { 0 } },
                ready: { [weak self] _ in self?.look() }))
        self.thread.withLock { $0 = thread }
        thread.start()
    }

    package func stop() { thread.withLock { $0 }?.stop() }

    /// Replaces what is watched. Changes from now on are reported; what happened before is for the caller to find.
    package func watch(files: Set<String>, directories: Set<String>) {
        let files = files.union(files.union(directories).flatMap(SymbolicLinks.places))
        state.withLock { state in
            state.files = Dictionary(uniqueKeysWithValues: files.map { ($0, StatSignature(path: $0)) })
            state.directories = Dictionary(uniqueKeysWithValues: directories.map { ($0, StatSignature(path: $0)) })
            let needed = Set(files.map(FilePath.directory)).union(directories)
            for (watch, known) in state.watches {
                let kept = known.intersection(needed)
                if kept.isEmpty { notifications?.remove(watch) }
                state.watches[watch] = kept.isEmpty ? nil : kept
            }
            state.polled = needed.subtracting(state.watches.values.joined())
            add(&state)
        }
        thread.withLock { $0 }?.wake()
    }

    /// Directories that are looked at rather than notified about.
    package var polledDirectories: [String] { state.withLock { $0.polled.sorted() } }

    private func add(_ state: inout State) {
        guard let notifications else { return }
        for directory in state.polled.sorted() where NetworkFileSystem.name(at: directory) == nil {
            guard let watch = notifications.add(directory) else { continue }
            state.watches[watch, default: []].insert(directory)
            state.polled.remove(directory)
        }
    }

    private func timeout() -> Int? {
        state.withLock { state in
            let poll = state.polled.isEmpty ? nil : Self.pollMilliseconds
            guard let end = state.burst.end else { return poll }
            let rest = Int(((end - .now) / .milliseconds(1)).rounded(.up))
            return min(max(0, rest), poll ?? .max)
        }
    }

    private func look() {
        let isOver = state.withLock { state in
            let now = ContinuousClock.now
            if notices(&state) { state.burst.note(at: now) }
            return state.burst.isOver(at: now, isInFlux: Self.isInFlux(state))
        }
        if isOver { changed() }
    }

    /// Whether something happened to what matters.
    private func notices(_ state: inout State) -> Bool {
        var isRelevant = false
        for notification in notifications?.read() ?? [] {
            guard let directories = state.watches[notification.watch] else {
                // Notifications were lost: anything may have happened.
                if notification.watch == -1 { isRelevant = true }
                continue
            }
            if notification.isGone {
                state.watches[notification.watch] = nil
                state.polled.formUnion(directories)
            }
            let matters = directories.contains { state.directories[$0] != nil || state.files[FilePath.join($0, notification.name)] != nil }
            if notification.isGone || matters { isRelevant = true }
        }
        guard !state.polled.isEmpty else { return isRelevant }
        let polled = state.polled
        if Self.hasMoved(&state.files, where: { polled.contains(FilePath.directory($0)) }) { isRelevant = true }
        if Self.hasMoved(&state.directories, where: polled.contains) { isRelevant = true }
        add(&state)
        return isRelevant
    }

    /// Looks at the paths that are polled, and remembers what it saw.
    private static func hasMoved(_ paths: inout [String: StatSignature?], where isPolled: (String) -> Bool) -> Bool {
        var hasMoved = false
        for (path, signature) in paths where isPolled(path) {
            let now = StatSignature(path: path)
            guard now != signature else { continue }
            paths[path] = .some(now)
            hasMoved = true
        }
        return hasMoved
    }

    /// Whether an editor is in the middle of a save: a file is gone or empty that was neither when it was last read.
    private static func isInFlux(_ state: State) -> Bool {
        guard state.burst.end != nil else { return false }
        return state.files.contains { path, signature in
            guard let signature, signature.size > 0 else { return false }
            return (StatSignature(path: path)?.size ?? 0) == 0
        }
    }
}
