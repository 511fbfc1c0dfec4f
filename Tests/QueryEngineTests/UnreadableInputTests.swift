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

/// What is there and cannot be read is an input like any other.
@Suite struct UnreadableInputTests {
    private let directory = TemporaryDirectory()
    private let store = MemoryStore()
    private let log = EventLog()

    private func engine() -> Engine {
        Engine(store: store, options: EngineOptions(directory: directory.path, kinds: [Reason.self], observer: log.observer))
    }

    /// Each answer is given by an engine that knew the answer before, and again by a fresh one that executes nothing.
    @Test func `An answer from the store is that of what stands there now, not of what stood there`() async throws {
        let path = directory.path + "/input"
        let steps: [(make: () -> Void, answer: String)] = [
            ({}, "No such file or directory"), ({ mkdir(path, 0o755) }, "Is a directory"),
            ({ mkfifo(path, 0o644) }, "it is no regular file"),
            ({ symlink("input", path) }, "Too many levels of symbolic links"), ({ directory.write("input", "12345") }, "read 5 bytes"),
        ]
        let watching = engine()
        for step in steps + steps.reversed() {
            directory.remove("input")
            unlink(path)
            step.make()
            #expect(try await watching.evaluate(Reason()).0.value() == step.answer)
            _ = log.take()
            #expect(try await engine().evaluate(Reason()).0.value() == step.answer)
            #expect(log.take().allSatisfy { !$0.hasPrefix("run") }, "\(step.answer)")
        }
    }
}
