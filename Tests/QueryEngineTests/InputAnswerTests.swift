import Basics
import EngineTestKit
import Glibc
import QueryEngine
import Synchronization
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

/// Says what a walk over a directory tells of one name in it.
private struct Walked: Query {
    static let kind = "Walked"
    static let storage = QueryStorage.byTrace
    let path: String
    func encode(into encoder: inout CanonicalEncoder) {}
    func compute(_ context: QueryContext) async throws -> String {
        guard try context.directory(".").contains("input") else { return "none" }
        var status = stat()
        return lstat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFDIR ? "directory" : "file"
    }
}

/// Says what nobody can name: it is asked for in each build.
private struct Passing: Query {
    static let kind = "Passing"
    static let storage = QueryStorage.byTrace
    let outside: Outside
    func encode(into encoder: inout CanonicalEncoder) {}
    func compute(_ context: QueryContext) async throws -> Int {
        context.keepForThisBuildOnly()
        return outside.value.load(ordering: .relaxed)
    }

    final class Outside: Sendable { let value = Atomic(0) }
}

/// Twice that.
private struct Twice: Query {
    static let kind = "Twice"
    static let storage = QueryStorage.byTrace
    let outside: Passing.Outside
    func encode(into encoder: inout CanonicalEncoder) {}
    func compute(_ context: QueryContext) async throws -> Int {
        _ = try context.exists("input")
        return try await context.get(Passing(outside: outside)) * 2
    }
}

/// What is there and cannot be read is an input like any other; so is what a symbolic link holds, whatever it leads to.
@Suite struct InputAnswerTests {
    private let directory = TemporaryDirectory()
    private let store = MemoryStore()
    private let log = EventLog()
    private var path: String { directory.path + "/input" }

    private func engine() -> Engine {
        let kinds: [any Query.Type] = [Reason.self, Held.self, Walked.self, Twice.self, Passing.self]
        return Engine(store: store, options: EngineOptions(directory: directory.path, kinds: kinds, observer: log.observer))
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

    @Test func `A file that becomes a directory of the same name is another entry`() async throws {
        try await check(
            Walked(path: path),
            [({}, "none"), ({ mkdir(path, 0o755) }, "directory"), ({ directory.write("input", "") }, "file")])
    }

    @Test func `What holds in one build only is computed in each, and stops the wave where it is equal`() async throws {
        let outside = Passing.Outside()
        let watching = engine()
        for (value, runs) in [(1, 2), (1, 1), (2, 2), (2, 1)] {
            outside.value.store(value, ordering: .relaxed)
            for engine in [watching, engine()] {
                let evaluation = try await engine.evaluate(Twice(outside: outside)).0
                #expect(try evaluation.value() == 2 * value && evaluation.isSettled)
            }
            // The first engine remembers who asked; the second finds nothing to check what it has stored of the asker against.
            let ran = log.take().filter { $0.hasPrefix("run") }
            #expect(ran.filter { $0.hasPrefix("run Passing") }.count == 2, "\(ran)")
            #expect(ran.filter { $0.hasPrefix("run Twice") }.count == runs, "\(ran)")
        }
    }
}
