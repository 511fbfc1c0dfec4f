import Basics
import Foundation
import QueryEngine
import Synchronization

/// A directory of its own for one test, removed at the end.
final class TemporaryDirectory: Sendable {
    let path: String

    init() {
        path = NSTemporaryDirectory() + "/reglaze-test-" + UUID().uuidString
        try? FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    }

    func write(_ name: String, _ text: String) {
        _ = FileManager.default.createFile(atPath: path + "/" + name, contents: Data(text.utf8))
    }

    func remove(_ name: String) { try? FileManager.default.removeItem(atPath: path + "/" + name) }

    deinit { try? FileManager.default.removeItem(atPath: path) }
}

/// Collects events as short lines: what tests compare.
final class EventLog: Sendable {
    private let lines = Mutex<[String]>([])

    /// Gives the lines since the last call.
    func take() -> [String] {
        lines.withLock { lines in
            defer { lines = [] }
            return lines
        }
    }

    var observer: EngineObserver {
        { event in
            let line: String? =
                switch event {
                case .executing: nil
                case .executed(let executed, let unchanged): "run \(executed.identity.label)" + (unchanged ? " (unchanged)" : "")
                case .validated(let identity): "valid \(identity.label)"
                case .shared(let identity): "shared \(identity.label)"
                case .discarded(let identity, let reason): "miss \(identity.label): \(reason)"
                case .rootUnchanged(let identity): "root \(identity.label)"
                }
            if let line { self.lines.withLock { $0.append(line) } }
        }
    }
}

/// Sums the numbers in a file: a named query over one file.
struct FileSum: RecoverableQuery {
    static let kind = "FileSum"
    static let storage = QueryStorage.byTrace
    let path: String

    init(path: String) { self.path = path }
    init(from decoder: inout CanonicalDecoder) throws(CanonicalDecodingError) { path = try decoder.string() }
    func encode(into encoder: inout CanonicalEncoder) { encoder.append(path) }
    var label: String { "sum \(path)" }

    func compute(_ context: QueryContext) async throws -> Int {
        guard try context.exists(path) else {
            throw Diagnostic(DiagnosticCode("W001"), "no file \(path)")
        }
        let text = String(decoding: try context.read(path).array, as: UTF8.self)
        let words = text.split(whereSeparator: \.isWhitespace)
        if words.isEmpty { context.report(Diagnostic(DiagnosticCode("W002"), severity: .warning, "\(path) is empty")) }
        return words.compactMap { Int($0) }.reduce(0, +)
    }
}

/// Multiplies by a factor that it reads as an ingredient, if the number is even: a closed query.
struct Scaled: Query {
    static let kind = "Scaled"
    let number: Int
    let facts: IngredientTable
    var role: String?

    func encode(into encoder: inout CanonicalEncoder) { encoder.append(number) }
    var label: String { "scaled \(number)" }
    var ingredients: any IngredientSource { facts }
    var arguments: [Ingredient] { [Ingredient("number", "\(number)")] }

    func compute(_ context: QueryContext) async throws -> Int {
        guard number % 2 == 0 else { return number }
        return number * (context.ingredient("factor").flatMap { Int($0.text) } ?? 1)
    }
}

/// Adds up the files named in a list, each scaled by the content of `factor` if there is one: a root.
struct Total: Query {
    static let kind = "Total"
    static let storage = QueryStorage.byTrace
    let list: [String]

    func encode(into encoder: inout CanonicalEncoder) { encoder.append(list) }
    var label: String { "total" }

    func compute(_ context: QueryContext) async throws -> Int {
        let sums = try await context.getAll(list.map(FileSum.init))
        let factor = try context.exists("factor") ? try await context.get(FileSum(path: "factor")) : 1
        let facts: IngredientTable = ["factor": "\(factor)", "unread": "\(sums)"]
        let scaled = sums.enumerated().map { Scaled(number: $1, facts: facts, role: "place \($0)") }
        return try await context.getAll(scaled).reduce(0, +)
    }
}
