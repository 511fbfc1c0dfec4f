import Basics

/// What a computation has read so far.
struct Recording: Sendable {
    enum Entry: Sendable {
        case leaf(Leaf, LeafState)
        case query(Node, Trace, label: String)
        case closed(Node, Trace, KindVersion)
    }

    var entries: [Entry] = []
    var facts: [Ingredient] = []
    var reported: [Diagnostic] = []
    /// The first thing that the query did wrong, or that kept the engine from an answer; it fails even if the query swallowed the error.
    var fault: (any Error)?
    /// The computation is over: what would be added now has no effect any more.
    var isFinished = false
    /// The result hangs on something that has no name.
    var isPassing = false
    /// Time spent waiting for other queries.
    var waitedMicroseconds: UInt64 = 0

    /// Adds what a query gave, where that is new. What is made of a closed result that does not last cannot last either: no later build looks at it again.
    mutating func add(_ entry: Entry?, _ standing: Standing) {
        guard let entry else { return }
        entries.append(entry)
        if case .closed = entry, standing != .lasting { isPassing = true }
    }

    /// Adds an error that is no result, and that the query may swallow.
    mutating func add(_ error: any Error) {
        switch error {
        case is CancellationError, is EngineError, is InputMoved: fault = fault ?? error
        default: isPassing = true
        }
    }

    /// Adds an ingredient once; false when it is there with another value.
    mutating func add(_ ingredient: Ingredient) -> Bool {
        guard let known = facts.first(where: { $0.name == ingredient.name }) else {
            facts.append(ingredient)
            return true
        }
        return known.value.fingerprint == ingredient.value.fingerprint
    }
}

/// A recording in the form in which traces keep it.
struct FinishedRecording {
    var codes: [KindVersion] = []
    var facts: [Ingredient]
    var dependencies: [Dependency] = []
    var closed: [ResultReference] = []
    var reported: [Diagnostic]
    var leaves: [(Leaf, LeafState)] = []

    /// `passesIngredients`: the query has a source of ingredients, and may have handed it to the queries that it asked, so that what they
    /// noted is its own ingredient too.
    init(_ recording: Recording, passesIngredients: Bool) {
        facts = recording.facts
        reported = recording.reported
        guard !recording.entries.isEmpty else { return }
        var codes: Set<KindVersion> = []
        var seen = Set<Fingerprint>(minimumCapacity: recording.entries.count)
        var names = Set(facts.map(\.name))
        var told = Set(reported)
        // Most that is asked for in a row is of one kind, made from the same kinds.
        var last: (code: KindVersion, codes: [KindVersion])?
        func inherit(_ trace: Trace) {
            if passesIngredients { facts += trace.facts.filter { names.insert($0.name).inserted } }
            if !trace.reported.isEmpty { reported += trace.reported.filter { told.insert($0).inserted } }
        }
        for entry in recording.entries {
            switch entry {
            case .leaf(let leaf, let state):
                leaves.append((leaf, state))
                dependencies.append(.leaf(leaf, state.fingerprint, text: state.text))
            case .query(let node, let trace, let label):
                guard seen.insert(node.key.fingerprint).inserted else { continue }
                dependencies.append(.query(key: node.key.fingerprint, answer: trace.answer, label: label))
                inherit(trace)
            case .closed(let node, let trace, let code):
                guard seen.insert(node.key.fingerprint).inserted else { continue }
                closed.append(ResultReference(key: node.key.fingerprint, outcome: trace.outcome))
                if last?.code != code || last?.codes != trace.codes {
                    codes.insert(code)
                    codes.formUnion(trace.codes)
                    last = (code, trace.codes)
                }
                inherit(trace)
            }
        }
        self.codes = codes.sorted()
        dependencies = Self.withoutRepeatedLeaves(dependencies)
    }

    private static func withoutRepeatedLeaves(_ dependencies: [Dependency]) -> [Dependency] {
        var seen: Set<Leaf> = []
        return dependencies.filter { dependency in
            guard case .leaf(let leaf, _, _) = dependency else { return true }
            return seen.insert(leaf).inserted
        }
    }
}
