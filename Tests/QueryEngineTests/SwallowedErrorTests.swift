import Basics
import EngineTestKit
import QueryEngine
import Synchronization
import Testing

/// Reads a number from a file and lets the failure pass, which is no result.
private struct Number: Query {
    static let kind = "Number"
    static let storage = QueryStorage.byTrace
    let path: String
    func encode(into encoder: inout CanonicalEncoder) { encoder.append(path) }
    var label: String { "number \(path)" }
    func compute(_ context: QueryContext) async throws -> Int {
        guard let number = Int(String(decoding: try context.read(path).array, as: UTF8.self)) else { throw NoNumber() }
        return number
    }
}

private struct NoNumber: Error {}

/// Goes on with zeros in the places of what failed.
private struct Tolerant: Query {
    static let kind = "Tolerant"
    static let storage = QueryStorage.byTrace
    let way: String
    func encode(into encoder: inout CanonicalEncoder) { encoder.append(way) }
    var label: String { "tolerant \(way)" }
    func compute(_ context: QueryContext) async throws -> Int {
        switch way {
        case "get": return (try? await context.get(Number(path: "a"))) ?? 0
        case "list": return (try? await context.getAll([Number(path: "a")]))?[0] ?? 0
        case "outcomes": return (try? await context.outcomes([Number(path: "a")]))?[0].number ?? 0
        default: return (try? context.read("a")).flatMap { Int(String(decoding: $0.array, as: UTF8.self)) } ?? 0
        }
    }
}

extension Result<Int, DiagnosticList> {
    fileprivate var number: Int? { try? get() }
}

/// A query that swallows an error has seen something: its result may not outlive it.
@Suite struct SwallowedErrorTests {
    private let directory = TemporaryDirectory()

    @Test(arguments: ["get", "list", "outcomes", "read"], ["absent", "no number"])
    func `What a query made of a failure that is no result is not taken for what it makes of the value`(
        way: String, failure: String
    ) async throws {
        for reopens in [false, true] {
            let store = MemoryStore()
            func engine() -> Engine { Engine(store: store, options: EngineOptions(directory: directory.path)) }
            var current = engine()
            directory.remove("a")
            if failure != "absent" { directory.write("a", "none") }
            #expect(try await current.evaluate(Tolerant(way: way)).0.value() == 0)
            directory.write("a", "5")
            if reopens { current = engine() }
            #expect(try await current.evaluate(Tolerant(way: way)).0.value() == 5)
        }
    }

    @Test func `What the engine could not answer fails whoever goes on without it`() async throws {
        let engine = Engine(store: MemoryStore(), options: EngineOptions(directory: directory.path))
        let cycle = Doing("cycle") { context in (try? await context.get(Doing("cycle") { _ in 1 })) ?? 0 }
        await #expect(throws: EngineError.cycle(["cycle", "cycle"])) { try await engine.evaluate(cycle) }
        let blob = Blob(fingerprint: Fingerprint(hashing: "nowhere"), count: 100_000)
        let lost = Doing("lost") { context in (try? context.open(blob))?.count ?? 0 }
        await #expect(throws: EngineError.blobLost(blob)) { try await engine.evaluate(lost) }
        let cancelled = Doing("cancelled") { context in
            withUnsafeCurrentTask { $0?.cancel() }
            return (try? await context.get(Doing("other") { _ in 1 })) ?? 0
        }
        let task = Task { try await engine.evaluate(cancelled).0.value() }
        await #expect(throws: CancellationError.self) { try await task.value }
    }

    @Test(arguments: [false, true], [false, true])
    func `What is made of a closed result that does not last does not last`(isDeep: Bool, reopens: Bool) async throws {
        let store = MemoryStore()
        let counter = Counter()
        var engine = Engine(store: store)
        for build in 1...3 {
            if reopens { engine = Engine(store: store) }
            let root = Doing("root") { context in
                isDeep ? try await context.get(Over(counter: counter)) : try await context.get(Passing(counter: counter))
            }
            #expect(try await engine.evaluate(root).0.value() == build)
        }
    }
}

private final class Counter: Sendable {
    private let value = Mutex(0)
    func next() -> Int {
        value.withLock { value in
            value += 1
            return value
        }
    }
}

/// A closed query that says itself that its result is good for one build.
private struct Passing: Query {
    static let kind = "Passing"
    let counter: Counter
    func encode(into encoder: inout CanonicalEncoder) {}
    func compute(_ context: QueryContext) async throws -> Int {
        context.keepForThisBuildOnly()
        return counter.next()
    }
}

/// A closed query over it.
private struct Over: Query {
    static let kind = "Over"
    let counter: Counter
    func encode(into encoder: inout CanonicalEncoder) {}
    func compute(_ context: QueryContext) async throws -> Int { try await context.get(Passing(counter: counter)) }
}
