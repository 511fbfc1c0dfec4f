import Basics
import Glibc
import Pipeline
import Synchronization
import Testing

/// However an editor saves, a save is noticed, as one change, and what does not matter is not.
@Suite(.serialized) struct FileWatcherTests {
    /// Ways to bring new content to a path, as editors and tools do it.
    enum Save: String, CaseIterable, Sendable {
        /// VS Code, nano: the file is emptied and written.
        case truncateAndWrite
        /// Vim, JetBrains, `git checkout`, a capture: a new file is renamed over the old one.
        case renameOver
        /// Vim with a backup: the old file is moved away, the new one created in its place.
        case moveAwayAndCreate
        case deleteAndCreate
        /// In pieces, slower than one event.
        case inPieces
        case append
        /// Through another name: `os.replace` of a link.
        case linkOver

        func write(_ text: String, to path: String) throws {
            let bytes = Array(text.utf8)
            switch self {
            case .truncateAndWrite:
                truncate(path, 0)
                usleep(10_000)
                try Self.put(bytes, path, O_WRONLY)
            case .renameOver: try FilePath.write(bytes, to: path)
            case .moveAwayAndCreate:
                rename(path, path + "~")
                usleep(10_000)
                try Self.put(bytes, path, O_WRONLY | O_CREAT)
            case .deleteAndCreate:
                unlink(path)
                usleep(10_000)
                try Self.put(bytes, path, O_WRONLY | O_CREAT)
            case .inPieces:
                try Self.put([], path, O_WRONLY | O_TRUNC)
                for start in stride(from: 0, to: bytes.count, by: 4) {
                    try Self.put(Array(bytes[start..<min(start + 4, bytes.count)]), path, O_WRONLY | O_APPEND)
                    usleep(5_000)
                }
            case .append: try Self.put(bytes, path, O_WRONLY | O_APPEND)
            case .linkOver:
                try Self.put(bytes, path + ".new", O_WRONLY | O_CREAT | O_TRUNC)
                unlink(path)
                link(path + ".new", path)
                unlink(path + ".new")
            }
        }

        private static func put(_ bytes: [UInt8], _ path: String, _ flags: Int32) throws {
            let descriptor = open(path, flags | O_CLOEXEC, 0o644)
            try #require(descriptor >= 0)
            defer { close(descriptor) }
            _ = bytes.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
        }
    }

    /// A watched file in a fresh directory, and how often the watcher spoke.
    private final class Bench: Sendable {
        let directory: String
        let watcher: FileWatcher
        private let box: Counter

        final class Counter: Sendable {
            let calls = Atomic(0)
        }

        init(polls: Bool) throws {
            var template = Array("/tmp/reglaze-watch-XXXXXX".utf8CString)
            directory = try #require(mkdtemp(&template).map { String(cString: $0) })
            let counter = Counter()
            box = counter
            watcher = FileWatcher(polls: polls) { counter.calls.wrappingAdd(1, ordering: .relaxed) }
            try FilePath.write(Array("before".utf8), to: "\(directory)/model.py")
            watcher.watch(files: ["\(directory)/model.py"], directories: [])
            watcher.start()
        }

        deinit {
            watcher.stop()
            for name in Directory.names(in: directory) { unlink("\(directory)/\(name)") }
            rmdir(directory)
        }

        /// Waits for so many calls, a few seconds at most, and a moment longer for more than that.
        func count(expecting count: Int) -> Int {
            for _ in 0..<400 where box.calls.load(ordering: .relaxed) < count { usleep(10_000) }
            usleep(150_000)
            return box.calls.load(ordering: .relaxed)
        }
    }

    @Test(arguments: Save.allCases) func `A save of any shape is one change`(save: Save) throws {
        let bench = try Bench(polls: false)
        try save.write("after, and a little longer", to: "\(bench.directory)/model.py")
        // Pieces may lie further apart than a quiet period on a busy machine.
        let seen = bench.count(expecting: 1)
        #expect(save == .inPieces ? seen >= 1 : seen == 1)
        let content = try #require(try FilePath.text("\(bench.directory)/model.py"))
        #expect(content.hasSuffix("after, and a little longer"))
        // The file that came is watched like the one that went.
        try Save.truncateAndWrite.write("again", to: "\(bench.directory)/model.py")
        #expect(bench.count(expecting: seen + 1) == seen + 1)
    }

    @Test(arguments: [Save.renameOver, .truncateAndWrite]) func `Without notifications a save is found by looking`(save: Save) throws {
        let bench = try Bench(polls: true)
        #expect(bench.watcher.polledDirectories == [bench.directory])
        try save.write("after, and a little longer", to: "\(bench.directory)/model.py")
        #expect(bench.count(expecting: 1) == 1)
    }

    @Test func `Swap files, backups and other files of the directory count for nothing`() throws {
        let bench = try Bench(polls: false)
        for name in [".model.py.swp", "model.py~", "4913", "#model.py#", ".model.py.tmp", "notes.txt"] {
            try Save.truncateAndWrite.write("x", to: Self.created("\(bench.directory)/\(name)"))
            unlink("\(bench.directory)/\(name)")
        }
        #expect(bench.count(expecting: 0) == 0)
    }

    @Test func `Behind links the file itself, each link and a linked directory are watched`() throws {
        let bench = try Bench(polls: false)
        let directory = bench.directory
        for version in ["v1", "v2"] {
            try FilePath.makeDirectory("\(directory)/\(version)")
            try FilePath.write(Array(version.utf8), to: "\(directory)/\(version)/part.py")
        }
        symlink("v1", "\(directory)/current")
        symlink("current/part.py", "\(directory)/link.py")
        // The same directory by two paths has one watch.
        bench.watcher.watch(files: ["\(directory)/link.py", "\(directory)/v2/../v1/part.py"], directories: [])
        try FilePath.write(Array("written".utf8), to: "\(directory)/v1/part.py")
        #expect(bench.count(expecting: 1) == 1)
        unlink("\(directory)/current")
        symlink("v2", "\(directory)/current")
        #expect(bench.count(expecting: 2) == 2)
        unlink("\(directory)/link.py")
        symlink("v2/part.py", "\(directory)/link.py")
        #expect(bench.count(expecting: 3) == 3)
        for name in ["current", "link.py", "v1/part.py", "v2/part.py"] { unlink("\(directory)/\(name)") }
        for version in ["v1", "v2"] { rmdir("\(directory)/\(version)") }
    }

    @Test func `A link that leads elsewhere is a change, to a directory and to a file with equal content`() throws {
        let bench = try Bench(polls: false)
        let directory = bench.directory
        for version in ["v1", "v2"] {
            try FilePath.makeDirectory("\(directory)/\(version)")
            try FilePath.write(Array("equal".utf8), to: "\(directory)/\(version)/part.txt")
        }
        let names = ["current", "link.txt"]
        func point(_ version: String) {
            for name in names { unlink("\(directory)/\(name)") }
            symlink(version, "\(directory)/current")
            symlink("\(version)/part.txt", "\(directory)/link.txt")
        }
        point("v1")
        let before = WatchedFiles(names, below: directory)
        point("v2")
        let now = WatchedFiles(names, below: directory, known: before)
        #expect(now.changes(since: before).flatMap(\.lines) == ["current  v1 -> v2", "link.txt  v1/part.txt -> v2/part.txt"])
        #expect(WatchedFiles(names, below: directory, known: now).changes(since: now).isEmpty)
        for name in names + ["v1/part.txt", "v2/part.txt"] { unlink("\(directory)/\(name)") }
        for version in ["v1", "v2"] { rmdir("\(directory)/\(version)") }
    }

    @Test func `A directory that is replaced as a whole is watched again`() throws {
        let bench = try Bench(polls: false)
        let inner = "\(bench.directory)/inner"
        try FilePath.makeDirectory(inner)
        try FilePath.write(Array("one".utf8), to: "\(inner)/part.py")
        bench.watcher.watch(files: ["\(inner)/part.py"], directories: [])
        unlink("\(inner)/part.py")
        rmdir(inner)
        try FilePath.makeDirectory(inner)
        try FilePath.write(Array("two".utf8), to: "\(inner)/part.py")
        let seen = bench.count(expecting: 1)
        #expect(seen >= 1)
        for _ in 0..<100 where !bench.watcher.polledDirectories.isEmpty { usleep(20_000) }
        #expect(bench.watcher.polledDirectories.isEmpty)
        let before = bench.count(expecting: seen)
        try Save.renameOver.write("three", to: "\(inner)/part.py")
        #expect(bench.count(expecting: before + 1) == before + 1)
        unlink("\(inner)/part.py")
        rmdir(inner)
    }

    private static func created(_ path: String) throws -> String {
        try FilePath.write([], to: path)
        return path
    }
}
