import Basics
import EngineTestKit
import Foundation
import QueryEngine
import Synchronization
import Testing

/// What the rogues below read behind the engine's back.
private let secret = Mutex(0)
private let tickets = Mutex(0)

/// A closed query that reads something else than its arguments, in a way that the engine does not see.
private struct Sneak: Query {
    static let kind = "Sneak"
    let crime: String
    let number: Int
    let path: String
    let facts: IngredientTable
    func encode(into encoder: inout CanonicalEncoder) {
        encoder.append(crime)
        encoder.append(number)
    }
    var label: String { "\(crime) \(number)" }
    var ingredients: any IngredientSource { facts }

    func compute(_ context: QueryContext) async throws -> Int {
        switch crime {
        case "a global": secret.withLock { $0 }
        case "a file": Int(String(decoding: FileManager.default.contents(atPath: path) ?? Data(), as: UTF8.self)) ?? 0
        case "the environment": ProcessInfo.processInfo.environment["REGLAZE_KEY_LINT"].flatMap { Int($0) } ?? 0
        case "an ingredient that it does not note": facts.ingredient(named: "fact").flatMap { Int($0.text) } ?? 0
        case "an argument that is not in its key": path.utf8.count
        case "the clock": Int(DispatchTime.now().uptimeNanoseconds)
        case "the order of work":
            tickets.withLock { tickets in
                tickets += 1
                return tickets
            }
        default: number
        }
    }
}

/// Asks for several at once.
private struct Sneaks: Query {
    static let kind = "Sneaks"
    static let storage = QueryStorage.byTrace
    let crime: String
    let path: String
    let facts: IngredientTable
    func encode(into encoder: inout CanonicalEncoder) { encoder.append(crime) }
    func compute(_ context: QueryContext) async throws -> Int {
        try await context.getAll((0..<8).map { Sneak(crime: crime, number: $0, path: path, facts: facts) }).reduce(0, &+)
    }
}

/// The lint of keys: whatever a query reads besides its key shows when its results are computed again in another world.
@Suite(.serialized) struct KeyLintTests {
    private let directory = TemporaryDirectory()

    /// Builds in one world, then again in another one with an audit; the labels of what came out different.
    private func disagreements(_ crime: String) async throws -> [String] {
        let store = MemoryStore()
        func build(_ fact: String, _ file: String, _ options: EngineOptions) async throws -> Statistics {
            var options = options
            options.kinds = [Sneaks.self, Sneak.self]
            let query = Sneaks(crime: crime, path: directory.path + "/" + file, facts: ["fact": fact])
            return try await Engine(store: store, options: options).evaluate(query).1.statistics
        }
        directory.write("a", "1")
        directory.write("other", "2")
        secret.withLock { $0 = 1 }
        tickets.withLock { $0 = 0 }
        setenv("REGLAZE_KEY_LINT", "1", 1)
        #expect(try await build("1", "a", EngineOptions()).executed == ["Sneak": 8, "Sneaks": 1])
        secret.withLock { $0 = 2 }
        tickets.withLock { $0 = 0 }
        setenv("REGLAZE_KEY_LINT", "2", 1)
        var options = EngineOptions()
        options.audit = Audit(every: 1)
        options.shuffle = 7
        let statistics = try await build("2", "other", options)
        #expect(statistics.executed.isEmpty)
        return statistics.disagreements.filter { $0.kind == "Sneak" }.map(\.label)
    }

    @Test(arguments: [
        "a global", "a file", "the environment", "an ingredient that it does not note", "an argument that is not in its key", "the clock",
        "the order of work",
    ])
    func `A closed query that reads what is not in its key is found`(crime: String) async throws {
        let found = try await disagreements(crime)
        #expect(!found.isEmpty && found.allSatisfy { $0.hasPrefix(crime) }, "\(found)")
    }

    @Test func `A query that reads nothing but its key is not suspected`() async throws {
        #expect(try await disagreements("nothing") == [])
    }

    @Test func `Repeated audits of a share come by every result`() async throws {
        let store = MemoryStore()
        func audited(_ audit: Audit) async throws -> Int {
            var options = EngineOptions(kinds: [Sneaks.self, Sneak.self])
            options.audit = audit
            return try await Engine(store: store, options: options).evaluate(Sneaks(crime: "nothing", path: "", facts: [:])).1.statistics
                .audited
        }
        #expect(try await audited(.none) == 0)
        #expect(try await audited(Audit(every: 1)) == 9)
        var counts: Set<Int> = []
        for salt in 0..<12 as Range<UInt64> { counts.insert(try await audited(Audit(every: 4, salt: salt))) }
        #expect(counts.count > 1 && (counts.max() ?? 9) < 9)
    }
}
