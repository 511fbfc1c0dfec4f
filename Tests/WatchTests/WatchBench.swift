import Basics
import Glibc
import Machine
import Pipeline
import QueryEngine
import Synchronization
import Testing

/// A workspace of its own with one model, watched by a loop in this process; a test edits it and waits for what the loop says.
final class WatchBench: Sendable {
    let directory: String
    private let box = EventBox()
    private let loop: WatchLoop
    private let task: Task<Void, Never>

    /// The events of a loop, as they come.
    final class EventBox: Sendable {
        let events = Mutex<[WatchEvent]>([])
    }

    /// A workspace whose program is `program` of the fixtures.
    init(program: String = "tiny_cnn", jobs: Int = 2, polls: Bool = false, observer: EngineObserver? = nil) throws {
        var template = Array("/tmp/reglaze-watch-XXXXXX".utf8CString)
        let path = try #require(mkdtemp(&template).map { String(cString: $0) })
        directory = path
        try FilePath.write(Array(Self.manifest(targets: ["headset"]).utf8), to: "\(path)/reglaze.toml")
        try FilePath.write(Self.fixture(program), to: "\(path)/model.pt2")
        let session = try Session(
            Workspace.open(directory: path), Session.Options(cache: .directory("\(path)/cache"), jobs: jobs, observer: observer))
        let box = box
        let request = WatchRequest(models: [], targets: [], precision: nil, workspace: path, polls: polls)
        let loop = WatchLoop(session, request) { event in box.events.withLock { $0.append(event) } }
        self.loop = loop
        task = Task { await loop.run() }
    }

    deinit { Self.remove(directory) }

    /// Ends the loop; no test may leave one running.
    func stop() async {
        loop.stop()
        await task.value
    }

    static func remove(_ path: String) {
        guard unlink(path) != 0 else { return }
        for name in Directory.names(in: path) { remove("\(path)/\(name)") }
        rmdir(path)
    }

    static func manifest(targets: [String]) -> String {
        """
        [workspace]
        name = "bench"
        targets = [\(targets.map { "\"\($0)\"" }.joined(separator: ", "))]

        [models.model]
        program = "model.pt2"
        """
    }

    static let fixtures = "/" + #filePath.split(separator: "/").dropLast(2).joined(separator: "/") + "/Fixtures"

    static func fixture(_ name: String) throws -> [UInt8] { try ByteStorage(mapping: "\(fixtures)/\(name).pt2").array }

    /// Replaces the program, as a capture does.
    func edit(_ fixture: String) throws { try FilePath.write(Self.fixture(fixture), to: "\(directory)/model.pt2") }

    func write(_ text: String, to file: String) throws { try FilePath.write(Array(text.utf8), to: "\(directory)/\(file)") }

    var events: [WatchEvent] { box.events.withLock { $0 } }

    /// Forgets what the loop has said so far: counting begins anew.
    func forget() { box.events.withLock { $0.removeAll() } }

    /// How often the loop has come to an end of a build, good or not.
    var ends: Int { events.count { $0.end != nil } }

    /// How often the loop has begun to build.
    var starts: Int { events.count { if case .building = $0 { true } else { false } } }

    /// Waits until the loop has come to so many ends of builds, and gives the last.
    func end(_ count: Int) async throws -> WatchEvent {
        for _ in 0..<6000 {
            let ends = events.compactMap(\.end)
            if ends.count >= count { return ends[count - 1] }
            try await Task.sleep(for: .milliseconds(10))
        }
        Issue.record("the loop came to \(ends) ends instead of \(count): \(events)")
        throw CancellationError()
    }

    /// The build that the next end must be.
    func build(_ count: Int) async throws -> WatchBuild { try #require(try await end(count).build, "\(events)") }

    /// Waits for an event.
    func event(where matches: @Sendable (WatchEvent) -> Bool) async throws {
        for _ in 0..<6000 where !events.contains(where: matches) { try await Task.sleep(for: .milliseconds(10)) }
        let came = events.contains(where: matches)
        #expect(came, "\(events)")
    }

    /// The digest of the image that a build from nothing makes of each program.
    static func cleanImages(_ programs: [String]) async throws -> [Fingerprint: (program: String, image: Fingerprint)] {
        var images: [Fingerprint: (String, Fingerprint)] = [:]
        for program in Set(programs).sorted() {
            let bench = try WatchBench(program: program)
            let build = try await bench.build(1)
            await bench.stop()
            let label = try #require(build.label.first { $0.path == "model.pt2" })
            images[label.digest] = (program, try #require(build.programs.first).report.program.imageDigest)
        }
        return images
    }
}

extension WatchEvent {
    /// The event, if it is how a build ended.
    var end: WatchEvent? {
        switch self {
        case .baseline, .built, .failed: self
        default: nil
        }
    }

    var build: WatchBuild? {
        switch self {
        case .baseline(let build), .built(let build): build
        default: nil
        }
    }

    var failure: WatchFailure? {
        if case .failed(let failure) = self { failure } else { nil }
    }

    var isCancelled: Bool {
        if case .cancelled = self { true } else { false }
    }
}
