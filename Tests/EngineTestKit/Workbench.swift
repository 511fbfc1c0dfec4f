import Basics
import Foundation
import QueryEngine
import Synchronization

/// A directory of its own for one test, removed at the end.
package final class TemporaryDirectory: Sendable {
    package let path: String

    package init() {
        path = NSTemporaryDirectory() + "/reglaze-test-" + UUID().uuidString
        try? FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    }

    package func write(_ name: String, _ text: String) {
        _ = FileManager.default.createFile(atPath: path + "/" + name, contents: Data(text.utf8))
    }

    package func remove(_ name: String) { try? FileManager.default.removeItem(atPath: path + "/" + name) }

    deinit { try? FileManager.default.removeItem(atPath: path) }
}

/// Collects events as short lines: what tests compare.
package final class EventLog: Sendable {
    private let lines = Mutex<[String]>([])

    package init() {}

    /// Gives the lines since the last call.
    package func take() -> [String] {
        lines.withLock { lines in
            defer { lines = [] }
            return lines
        }
    }

    package var observer: EngineObserver {
        { event in
            let line: String? =
                switch event {
                case .executing: nil
                case .executed(let executed, let unchanged): "run \(executed.identity.label)" + (unchanged ? " (unchanged)" : "")
                case .validated(let identity): "valid \(identity.label)"
                case .shared(let identity): "shared \(identity.label)"
                case .discarded(let identity, let reason): "miss \(identity.label): \(reason)"
                case .disagreed(let identity): "disagreed \(identity.label)"
                case .rootUnchanged(let identity): "root \(identity.label)"
                }
            if let line { self.lines.withLock { $0.append(line) } }
        }
    }
}

/// Sums the numbers in a file: a named query over one file.
package struct FileSum: RecoverableQuery {
    package static let kind = "FileSum"
    package static let storage = QueryStorage.byTrace
    package let path: String

    package init(path: String) { self.path = path }
    package init(from decoder: inout CanonicalDecoder) throws(CanonicalDecodingError) { path = try decoder.string() }
    package func encode(into encoder: inout CanonicalEncoder) { encoder.append(path) }
    package var label: String { "sum \(path)" }

    package func compute(_ context: QueryContext) async throws -> Int {
        guard try context.exists(path) else {
            throw Diagnostic(DiagnosticCode("W001"), "no file \(path)")
        }
        let text = String(decoding: try context.read(path).array, as: UTF8.self)
        let words = text.split(whereSeparator: \.isWhitespace)
        if words.isEmpty { context.report(Diagnostic(DiagnosticCode("W002"), severity: .warning, "\(path) is empty")) }
        return words.compactMap { Int($0) }.reduce(0, +)
    }
}

/// Writes the sum of the file `a` into another file, and depends on what it wrote: by having it read again, or by saying what it is.
package struct WriteSum: Query {
    package static let kind = "WriteSum"
    package static let storage = QueryStorage.byTrace
    let path: String
    let tells: Bool

    package init(path: String, tells: Bool) {
        self.path = path
        self.tells = tells
    }

    package func encode(into encoder: inout CanonicalEncoder) {}

    package var label: String { "write" }

    package func compute(_ context: QueryContext) async throws -> Int {
        let sum = try await context.get(FileSum(path: "a"))
        var file = try ReplacingFile(path: path)
        try file.append(Array("\(sum)".utf8))
        let signature = try file.commit()
        if tells { try context.wrote("out", Fingerprint(hashing: "\(sum)"), signature) } else { _ = try context.file("out") }
        return sum
    }
}

/// Multiplies by a factor that it reads as an ingredient, if the number is even: a closed query.
package struct Scaled: Query {
    package static let kind = "Scaled"
    package let number: Int
    package let facts: IngredientTable
    package var role: String?

    package init(number: Int, facts: IngredientTable, role: String? = nil) {
        self.number = number
        self.facts = facts
        self.role = role
    }

    package func encode(into encoder: inout CanonicalEncoder) { encoder.append(number) }
    package var label: String { "scaled \(number)" }
    package var ingredients: any IngredientSource { facts }
    package var arguments: [Ingredient] { [Ingredient("number", "\(number)")] }

    package func compute(_ context: QueryContext) async throws -> Int {
        guard number % 2 == 0 else { return number }
        return number * (context.ingredient("factor").flatMap { Int($0.text) } ?? 1)
    }
}

/// Adds up the files named in a list, each scaled by the content of `factor` if there is one: a root.
package struct Total: Query {
    package static let kind = "Total"
    package static let storage = QueryStorage.byTrace
    package let list: [String]

    package init(list: [String]) { self.list = list }

    package func encode(into encoder: inout CanonicalEncoder) { encoder.append(list) }
    package var label: String { "total" }

    package func compute(_ context: QueryContext) async throws -> Int {
        let sums = try await context.getAll(list.map(FileSum.init))
        let factor = try context.exists("factor") ? try await context.get(FileSum(path: "factor")) : 1
        let facts: IngredientTable = ["factor": "\(factor)", "unread": "\(sums)"]
        let scaled = sums.enumerated().map { Scaled(number: $1, facts: facts, role: "place \($0)") }
        return try await context.getAll(scaled).reduce(0, +)
    }
}
