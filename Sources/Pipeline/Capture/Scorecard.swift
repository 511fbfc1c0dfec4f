import Basics
import Capture
import FoundationEssentials

/// What a suite of models came to: the JSON document `reglaze.scorecard/1`. Nothing in it depends on the machine or on the day.
package struct Scorecard: Codable, Sendable, Equatable {
    package enum Outcome: String, Codable, Sendable {
        case captured, partly, refused
        /// The capture process died or hung: nothing is known of the model.
        case failed

        /// Whether `self` is worse than what was there before.
        func isRegression(from before: Outcome) -> Bool { rank < before.rank }

        private var rank: Int {
            switch self {
            case .captured: 3
            case .partly: 2
            case .refused: 1
            case .failed: 0
            }
        }
    }

    /// Why a model was not taken, or not wholly.
    package struct Reason: Codable, Sendable, Equatable {
        package let code: String
        package let message: String
        package let file: String?
        package let line: Int?

        init(_ diagnostic: Diagnostic) {
            code = diagnostic.code.text
            message = diagnostic.message
            file = diagnostic.position?.file
            line = diagnostic.position?.line
        }

        var text: String { "\(code) \(message)" + (file.map { " at \($0)" + (line.map { ":\($0)" } ?? "") } ?? "") }
    }

    package struct Entry: Codable, Sendable, Equatable {
        package var name: String
        package var outcome: Outcome
        /// The rung that took it.
        package var rung: String?
        package var nodes: Int?
        package var parameters: Int?
        package var capturedParameters: Int?
        package var reasons: [Reason] = []
        /// Overloads of the captured program that the compiler does not know, with the number of their uses.
        package var missingOperators: [String: Int] = [:]

        package init(
            name: String, outcome: Outcome, files: CapturedFiles? = nil, reasons: [Reason] = [], missingOperators: [String: Int] = [:]
        ) {
            self.name = name
            self.outcome = outcome
            rung = files?.rung
            nodes = files?.nodes
            parameters = files?.parameters?.total
            capturedParameters = files?.parameters?.captured
            self.reasons = reasons
            self.missingOperators = missingOperators
        }
    }

    /// An operator that keeps programs from being compiled.
    package struct Missing: Codable, Sendable, Equatable {
        package let name: String
        package let programs: Int
        package let uses: Int
    }

    package var schema = "reglaze.scorecard/1"
    package var suite: String
    package var entries: [Entry]
    /// Against the scorecard before this one.
    package var newlyCaptured: [String] = []
    package var regressions: [String] = []
    /// By the number of programs that want them, then by name.
    package var missingOperators: [Missing] = []

    package init(suite: String, _ entries: [Entry], before: Scorecard?) {
        self.suite = suite
        self.entries = entries
        let known = Dictionary((before?.entries ?? []).map { ($0.name, $0.outcome) }, uniquingKeysWith: { first, _ in first })
        for entry in entries {
            guard let old = known[entry.name] else { continue }
            if entry.outcome.isRegression(from: old) { regressions.append(entry.name) }
            if old.isRegression(from: entry.outcome) { newlyCaptured.append(entry.name) }
        }
        var programs: [String: Int] = [:]
        var uses: [String: Int] = [:]
        for entry in entries {
            for (name, count) in entry.missingOperators {
                programs[name, default: 0] += 1
                uses[name, default: 0] += count
            }
        }
        missingOperators = programs.keys.map { Missing(name: $0, programs: programs[$0] ?? 0, uses: uses[$0] ?? 0) }.sorted {
            ($1.programs, $0.name) < ($0.programs, $1.name)
        }
    }

    /// How many entries came to this.
    package func count(_ outcome: Outcome) -> Int { entries.count { $0.outcome == outcome } }
}

extension Scorecard {
    /// Reads a scorecard; nil when the text is none.
    package init?(json text: String) {
        let decoder = JSONDecoder()
        decoder.keyDecodingStrategy = .convertFromSnakeCase
        guard let card = try? decoder.decode(Scorecard.self, from: Data(text.utf8)) else { return nil }
        self = card
    }

    /// As it is kept in a file: a line for each value, so that a difference is read line by line.
    package func json() throws -> String {
        let encoder = JSONEncoder()
        encoder.keyEncodingStrategy = .convertToSnakeCase
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes, .prettyPrinted]
        return String(decoding: try encoder.encode(self), as: UTF8.self) + "\n"
    }

    /// One line that says it all.
    package var summary: String {
        "\(count(.captured)) captured, \(count(.partly)) partly, \(count(.refused)) refused, \(count(.failed)) failed, of \(entries.count)"
    }

    /// As a page: the summary, what changed, a row for each model, and the operators to write next.
    package var markdown: String {
        var lines = ["# Capture of \(suite)", "", summary + ".", ""]
        if !newlyCaptured.isEmpty { lines += ["Newly captured: " + newlyCaptured.map { "`\($0)`" }.joined(separator: ", "), ""] }
        if !regressions.isEmpty { lines += ["**Captured before, not now:** " + regressions.map { "`\($0)`" }.joined(separator: ", "), ""] }
        lines += ["| model | | nodes | rung | parameters | operators missing | why |", "|---|---|--:|---|--:|--:|---|"]
        lines += entries.map(Self.row)
        if !missingOperators.isEmpty {
            lines += ["", "| operator | programs | uses |", "|---|--:|--:|"]
            lines += missingOperators.map { "| `\($0.name)` | \($0.programs) | \($0.uses) |" }
        }
        return lines.joined(separator: "\n") + "\n"
    }

    private static func row(_ entry: Entry) -> String {
        let share = entry.parameters.map { total in
            total == 0 ? "" : Format.decimal(100 * Double(entry.capturedParameters ?? 0) / Double(total), places: 0) + " %"
        }
        let why = entry.reasons.map(\.text).joined(separator: "<br>").replacing("|", with: "\\|").replacing("\n", with: " ")
        let missing = entry.missingOperators.isEmpty ? "" : String(entry.missingOperators.count)
        return
            "| `\(entry.name)` | \(entry.outcome.rawValue) | \(entry.nodes.map(String.init) ?? "") | \(entry.rung ?? "") | \(share ?? "")"
            + " | \(missing) | \(why) |"
    }
}
