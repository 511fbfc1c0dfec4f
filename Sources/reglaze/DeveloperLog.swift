import Basics
import Glibc
import Pipeline
import QueryEngine

/// What the engine does, a line each on stderr: `REGLAZE_LOG=level[,area=level]`. An area is a kind of query.
struct DeveloperLog: Sendable {
    enum Level: String, CaseIterable, Comparable {
        case off, error, warning, info, debug, trace

        private var rank: Int { Self.allCases.firstIndex(of: self) ?? 0 }

        static func < (left: Level, right: Level) -> Bool { left.rank < right.rank }
    }

    private var level = Level.off
    private var areas: [String: Level] = [:]

    /// Nil where the environment does not ask for a log. Throws what is wrong with the words.
    static func fromEnvironment() throws(DiagnosticList) -> DeveloperLog? {
        guard let text = getenv("REGLAZE_LOG").map({ String(cString: $0) }), !text.isEmpty else { return nil }
        return try DeveloperLog(text)
    }

    init(_ text: String) throws(DiagnosticList) {
        for part in text.split(separator: ",") {
            let words = part.split(separator: "=", omittingEmptySubsequences: false).map(String.init)
            guard let level = words.last.flatMap(Level.init(rawValue:)), words.count <= 2 else { throw Self.mistake(String(part)) }
            if words.count == 1 { self.level = level } else { areas[words[0].lowercased()] = level }
        }
        let known = Set(Session.areas.map { $0.lowercased() })
        for area in areas.keys.sorted() where !known.contains(area) { throw Self.mistake(area) }
    }

    private static func mistake(_ text: String) -> DiagnosticList {
        DiagnosticList([
            Diagnostic(
                .usage, "REGLAZE_LOG: `\(text)` is neither a level nor area=level",
                help: "levels: \(Level.allCases.map(\.rawValue).joined(separator: ", ")); areas: \(Session.areas.joined(separator: ", "))")
        ])
    }

    func observe(_ event: EngineEvent, _ console: Console) {
        let (level, identity, what) = Self.line(event)
        guard level <= areas[identity.kind.lowercased()] ?? self.level else { return }
        console.chatter("\(level.rawValue) \(identity.kind) \(identity.label) \(identity.key.hex.prefix(8)): \(what)")
    }

    private static func line(_ event: EngineEvent) -> (Level, QueryIdentity, String) {
        switch event {
        case .executing(let query): (.debug, query, "executing")
        case .executed(let query, let unchanged):
            (.info, query.identity, "executed in \(query.durationMicroseconds) us\(unchanged ? ", unchanged" : "")")
        case .validated(let query): (.debug, query, "reused")
        case .shared(let query): (.trace, query, "waits for another task")
        case .discarded(let query, let reason): (.debug, query, "stored result not used: \(reason.rawValue)")
        case .disagreed(let query): (.error, query, "computed again, and came out different")
        case .rootUnchanged(let query): (.info, query, "unchanged by the signatures of its inputs")
        }
    }
}
