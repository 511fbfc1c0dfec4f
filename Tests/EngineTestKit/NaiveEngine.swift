import Basics
import QueryEngine

/// The specification of the engine, to be compared with it: computes everything anew, and tells from what was computed before which of it had to be.
///
/// A query must run when it never ran on what it reads now: the same things, in the same order, with the same outcomes and reports. A named query that the root reaches is
/// always looked at; a closed one only when a query that runs asks for it.
package final class NaiveEngine {
    /// What a query read, and what came of it.
    struct Run {
        var reads: [String] = []
        var closed: [String] = []
        /// Closed queries beneath, whose versions count as read.
        var codes: Set<String> = []
        var facts: [String: Int] = [:]
        var outcome: Result<Int, DiagnosticList> = .success(0)
        /// By the query itself, then by those that it asked, in order; each once.
        var reported: [Diagnostic] = []
        var isNamed = true

        var signature: String {
            let noted = facts.keys.sorted().map { "\($0)=\(facts[$0] ?? 0)" }
            return (codes.sorted() + (isNamed ? [] : noted) + reads).joined(separator: ";")
        }
    }

    /// As many as the engine keeps.
    private static let limit = 16

    let world: World
    var runs: [String: Run] = [:]
    private var history: [String: [String]] = [:]

    package init(world: World) { self.world = world }

    /// What comes of a root, and the labels of the queries that have to run to find it.
    package func evaluate(_ root: Int) async -> (outcome: Result<Int, DiagnosticList>, reported: [Diagnostic], mustRun: Set<String>) {
        runs = [:]
        let run = await named(root)
        var mustRun = Set(runs.filter { $0.value.isNamed && !isKnown($0.key, $0.value) }.keys)
        var pending = Array(mustRun)
        while let label = pending.popLast() {
            for closed in runs[label]?.closed ?? [] {
                guard let run = runs[closed], !isKnown(closed, run), mustRun.insert(closed).inserted else { continue }
                pending.append(closed)
            }
        }
        return (run.outcome, run.reported, mustRun)
    }

    private func isKnown(_ label: String, _ run: Run) -> Bool { history[label]?.contains(run.signature) ?? false }

    /// Takes note of what the engine ran, in the world that was evaluated last.
    package func remember(_ labels: [String]) {
        for label in labels {
            guard let run = runs[label] else { continue }
            var signatures = history[label] ?? []
            signatures.removeAll { $0 == run.signature }
            signatures.insert(run.signature, at: 0)
            history[label] = Array(signatures.prefix(Self.limit))
        }
    }

    func named(_ number: Int) async -> Run {
        let label = "named \(number)"
        if let run = runs[label] { return run }
        let door = NaiveDoor(engine: self)
        let version = World.version(RandomNamed.kind)
        door.run.codes = ["named v\(version)"]
        door.run.outcome = await Self.outcome { try await world.program.named(number, version: version, door) }
        runs[label] = door.finished
        return door.finished
    }

    /// Closed queries are computed for each source of facts anew: two sources may give two results.
    func closed(_ number: Int, _ argument: Int, _ facts: IngredientTable) async -> (label: String, run: Run) {
        let label = "closed \(number) \(argument)"
        let door = NaiveDoor(engine: self)
        let version = World.version(RandomClosed.kind)
        door.facts = facts
        door.run.isNamed = false
        door.run.codes = ["closed v\(version)"]
        door.run.outcome = await Self.outcome {
            try await world.program.closed(number, argument: argument, version: version, facts: facts, door)
        }
        runs[label] = door.finished
        return (label, door.finished)
    }

    private static func outcome(_ body: () async throws -> Int) async -> Result<Int, DiagnosticList> {
        do { return .success(try await body()) } catch let list as DiagnosticList {
            return .failure(list)
        } catch {
            return .failure(DiagnosticList((error as? Diagnostic).map { [$0] } ?? []))
        }
    }
}

/// The world as it is, with a note of what was read.
final class NaiveDoor: Door {
    let engine: NaiveEngine
    var run = NaiveEngine.Run()
    var facts: IngredientTable = [:]
    private var inherited: [Diagnostic] = []

    init(engine: NaiveEngine) { self.engine = engine }

    var finished: NaiveEngine.Run {
        var run = run
        for diagnostic in inherited where !run.reported.contains(diagnostic) { run.reported.append(diagnostic) }
        return run
    }

    func leaf(_ number: Int) -> Int {
        let value = engine.world.state.withLock { $0.leaves[number] }
        run.reads.append("leaf\(number)=\(value)")
        return value
    }

    func file(_ number: Int) -> Int {
        let value = engine.world.state.withLock { $0.files[number] }
        run.reads.append("file\(number)=\(value.map { "\($0)" } ?? "-")")
        return value ?? -1
    }

    func exists(_ number: Int) -> Bool {
        let isThere = engine.world.state.withLock { $0.files[number] } != nil
        run.reads.append("exists\(number)=\(isThere)")
        return isThere
    }

    func named(_ numbers: [Int]) async throws -> [Int] {
        var values: [Int] = []
        var diagnostics: [Diagnostic] = []
        for number in numbers {
            let inner = await engine.named(number)
            run.reads.append("named\(number)=\(inner.outcome) \(inner.reported)")
            inherited += inner.reported
            switch inner.outcome {
            case .success(let value): values.append(value)
            case .failure(let list): diagnostics += list.diagnostics.filter { !diagnostics.contains($0) }
            }
        }
        guard diagnostics.isEmpty else { throw DiagnosticList(diagnostics) }
        return values
    }

    func closed(_ number: Int, argument: Int, facts: IngredientTable) async throws -> Int {
        let (label, inner) = await engine.closed(number, argument, facts)
        run.closed.append(label)
        inherited += inner.reported
        run.codes.formUnion(inner.codes)
        if !run.isNamed { run.facts.merge(inner.facts) { first, _ in first } }
        return try inner.outcome.get()
    }

    func fact(_ number: Int) -> Int {
        let value = facts.ingredient(named: "fact\(number)").flatMap { Int($0.text) } ?? 0
        run.facts["fact\(number)"] = value
        return value
    }

    func report(_ diagnostic: Diagnostic) {
        if !run.reported.contains(diagnostic) { run.reported.append(diagnostic) }
    }
}
