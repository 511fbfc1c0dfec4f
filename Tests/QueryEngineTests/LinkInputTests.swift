import Basics
import EngineTestKit
import Glibc
import QueryEngine
import Testing

/// Says what a symbolic link holds.
private struct Held: Query {
    static let kind = "Held"
    static let storage = QueryStorage.byTrace
    func encode(into encoder: inout CanonicalEncoder) {}
    func compute(_ context: QueryContext) async throws -> String { try context.link("input") ?? "none" }
}

/// What a symbolic link holds is an input, whatever it leads to.
@Suite struct LinkInputTests {
    private let directory = TemporaryDirectory()
    private let store = MemoryStore()
    private let log = EventLog()

    private func engine() -> Engine {
        Engine(store: store, options: EngineOptions(directory: directory.path, kinds: [Held.self], observer: log.observer))
    }

    /// Each answer is given by an engine that knew the answer before, and again by a fresh one that executes nothing.
    @Test func `What a link held before is not what it holds now`() async throws {
        let path = directory.path + "/input"
        directory.write("one", "equal")
        directory.write("two", "equal")
        let steps: [(make: () -> Void, answer: String)] = [
            ({}, "none"), ({ symlink("one", path) }, "one"), ({ symlink("two", path) }, "two"), ({ symlink("nothing", path) }, "nothing"),
            ({ directory.write("input", "no link") }, "none"),
        ]
        let watching = engine()
        for step in steps + steps.reversed() {
            unlink(path)
            step.make()
            #expect(try await watching.evaluate(Held()).0.value() == step.answer)
            _ = log.take()
            #expect(try await engine().evaluate(Held()).0.value() == step.answer)
            #expect(log.take().allSatisfy { !$0.hasPrefix("run") }, "\(step.answer)")
        }
    }
}
