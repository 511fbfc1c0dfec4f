import Basics
import EngineTestKit
import QueryEngine
import Synchronization
import Testing

/// Where a context goes that should not.
private final class Escape: Sendable {
    private let state = Mutex<QueryContext?>(nil)
    var context: QueryContext? {
        get { state.withLock { $0 } }
        set { state.withLock { $0 = newValue } }
    }
}

/// A context records for one computation, while it goes on. Whoever asks through it otherwise gets nothing, because nobody would know.
@Suite struct StrayContextTests {
    private let directory = TemporaryDirectory()
    private let store = MemoryStore()

    init() { directory.write("a", "5") }

    private func engine() -> Engine { Engine(store: store, options: EngineOptions(directory: directory.path)) }

    private static func read(_ context: QueryContext) throws -> Int {
        Int(String(decoding: try context.read("a").array, as: UTF8.self)) ?? 0
    }

    @Test(arguments: ["read", "again", "swallow", "ingredient", "get", "report"])
    func `Another computation cannot ask through a context`(way: String) async throws {
        let outer = Doing("outer") { outer in
            if way == "again" { _ = try await outer.get(FileSum(path: "a")) }
            return try await outer.get(
                Doing("inner") { _ in
                    switch way {
                    case "read": return try Self.read(outer)
                    case "swallow": return (try? Self.read(outer)) ?? 0
                    case "ingredient": return outer.ingredient("fact") == nil ? 0 : 1
                    case "report":
                        outer.report(Diagnostic(DiagnosticCode("W100"), severity: .note, "told for somebody else"))
                        return 0
                    default: return try await outer.get(FileSum(path: "a"))
                    }
                })
        }
        for _ in 0..<2 {
            do {
                _ = try await engine().evaluate(outer)
                Issue.record("\(way): nothing was said")
            } catch EngineError.strayContext(let query, _) {
                #expect(query == "outer")
            }
        }
    }

    @Test func `A context is of no use after its computation`() async throws {
        let kept = Escape()
        let first = Doing("first") { context in
            kept.context = context
            return 1
        }
        let second = Doing("second") { context in
            _ = try await context.get(first)
            return (try? kept.context.map(Self.read)) ?? 0
        }
        await #expect(throws: EngineError.strayContext(query: "first", what: "a")) { try await engine().evaluate(second) }
        // What it began and did not wait for comes too late as well.
        let late = Doing("late") { context in
            Task {
                while kept.context != nil { await Task.yield() }
                _ = try? Self.read(context)
                kept.context = context
            }
            return 1
        }
        await #expect(throws: EngineError.strayContext(query: "late", what: "a")) {
            try await engine().withBuild { build in
                _ = try await build.evaluate(late)
                kept.context = nil
                while kept.context == nil { await Task.yield() }
            }
        }
    }

    @Test func `A computation evaluates no roots`() async throws {
        let engine = engine()
        let again = Doing("again") { _ in try await engine.evaluate(FileSum(path: "a")).0.value() }
        await #expect(throws: EngineError.evaluationInside(query: "again", what: "a build")) { try await engine.evaluate(again) }
        await #expect(throws: EngineError.evaluationInside(query: "root", what: "sum a")) {
            try await engine.withBuild { build in
                _ = try await build.evaluate(Doing("root") { _ in (try? await build.evaluate(FileSum(path: "a")).value()) ?? 0 })
            }
        }
    }

    @Test func `A computation may use an engine of its own`() async throws {
        let outer = Doing("outer") { _ in
            try await Engine(store: MemoryStore()).evaluate(Doing("inner") { context in try await context.get(Doing("leaf") { _ in 3 }) }).0
                .value()
        }
        #expect(try await engine().evaluate(outer).0.value() == 3)
    }

    @Test func `What a computation does with tasks of its own is its own`() async throws {
        let tasks = Doing("tasks") { context in
            async let first = context.get(FileSum(path: "a"))
            let second = try await Task { try Self.read(context) }.value
            let third = try await Task.detached { try Self.read(context) }.value
            let fourth = try await withThrowingTaskGroup(of: Int.self) { group in
                group.addTask { try await context.getAll([FileSum(path: "a")])[0] }
                return try await group.next() ?? 0
            }
            return try await first + second + third + fourth
        }
        #expect(try await engine().evaluate(tasks).0.value() == 20)
        directory.write("a", "7")
        #expect(try await engine().evaluate(tasks).0.value() == 28)
    }
}
