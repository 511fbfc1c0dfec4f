import Basics
import EngineTestKit
import Glibc
import QueryEngine
import Testing

/// Says why a file cannot be read: nothing but the reason tells one answer from the other.
private struct Reason: Query {
    static let kind = "Reason"
    static let storage = QueryStorage.byTrace
    func encode(into encoder: inout CanonicalEncoder) {}
    func compute(_ context: QueryContext) async throws -> String {
        do { return "read \(try context.read("input").count) bytes" } catch let error as FileError { return error.reason }
    }
}

/// Says what a symbolic link holds.
private struct Held: Query {
    static let kind = "Held"
    static let storage = QueryStorage.byTrace
    func encode(into encoder: inout CanonicalEncoder) {}
    func compute(_ context: QueryContext) async throws -> String { try context.link("input") ?? "none" }
}

/// What is there and cannot be read is an input like any other; so is what a symbolic link holds, whatever it leads to.
@Suite struct InputAnswerTests {
    private let directory = TemporaryDirectory()
    private let store = MemoryStore()
    private let log = EventLog()
    private var path: String { directory.path + "/input" }

    private func engine() -> Engine {
        Engine(store: store, options: EngineOptions(directory: directory.path, kinds: [Reason.self, Held.self], observer: log.observer))
    }

    /// Each answer is given by an engine that knew the answer before, and again by a fresh one that executes nothing.
    private func check<Q: Query>(_ query: Q, _ steps: [(make: () -> Void, answer: String)]) async throws where Q.Value == String {
        let watching = engine()
        for step in steps + steps.reversed() {
            directory.remove("input")
            unlink(path)
            step.make()
            #expect(try await watching.evaluate(query).0.value() == step.answer)
            _ = log.take()
            #expect(try await engine().evaluate(query).0.value() == step.answer)
            #expect(log.take().allSatisfy { !$0.hasPrefix("run") }, "\(step.answer)")
        }
    }

    @Test func `An answer from the store is that of what stands there now, not of what stood there`() async throws {
        try await check(
            Reason(),
            [
                ({}, "No such file or directory"), ({ mkdir(path, 0o755) }, "Is a directory"),
                ({ mkfifo(path, 0o644) }, "it is no regular file"),
                ({ symlink("input", path) }, "Too many levels of symbolic links"), ({ directory.write("input", "12345") }, "read 5 bytes"),
            ])
    }

    @Test func `What a link held before is not what it holds now`() async throws {
        directory.write("one", "equal")
        directory.write("two", "equal")
        try await check(
            Held(),
            [
                ({}, "none"), ({ symlink("one", path) }, "one"), ({ symlink("two", path) }, "two"),
                ({ symlink("nothing", path) }, "nothing"), ({ directory.write("input", "no link") }, "none"),
            ])
    }
}
