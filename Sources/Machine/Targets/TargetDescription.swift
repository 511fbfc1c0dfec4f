import Basics

/// A target: every fact with its value and its source, and a name that never enters a key.
package struct TargetDescription: Hashable, Sendable {
    package var name: String
    package var summary: String
    private var values: [Int]
    private var sources: [String]

    /// A preset from its list of facts: each fact exactly once.
    init(name: String, summary: String, _ facts: [(fact: TargetFact, value: Int, source: String)]) {
        self.name = name
        self.summary = summary
        values = Array(repeating: 0, count: TargetFact.allCases.count)
        sources = Array(repeating: "", count: TargetFact.allCases.count)
        for entry in facts {
            values[Int(entry.fact.rawValue)] = entry.value
            sources[Int(entry.fact.rawValue)] = entry.source
        }
    }

    /// The fact's value, unrecorded: for printing and for the linker's capacity. Code generation and timing read through a `TargetView`.
    package subscript(fact: TargetFact) -> Int { values[Int(fact.rawValue)] }

    /// Where the value comes from: a published machine, a measurement, or a choice of ours.
    package func source(of fact: TargetFact) -> String { sources[Int(fact.rawValue)] }

    /// The description with one fact changed; not validated.
    package func setting(_ fact: TargetFact, to value: Int, source: String) -> TargetDescription {
        var copy = self
        copy.values[Int(fact.rawValue)] = value
        copy.sources[Int(fact.rawValue)] = source
        return copy
    }

    /// Rows of one core's accumulators.
    package var accumulatorRows: Int { self[.accumulatorBytes] / (4 * self[.arrayColumns]) }

    /// The built-in target of that name.
    package static func preset(named name: String) -> TargetDescription? { presets.first { $0.name == name } }

    /// `glasses`, `headset`, `edge`, `edge-mono`.
    package static let presets = [glasses, headset, edge, edgeMono]
}

/// What is wrong with a target description. The user's fault.
package enum TargetFault: Error, Hashable, Sendable {
    /// `suggestion` is the known key nearest to it.
    case unknownKey(String, suggestion: String?)
    case duplicateKey(String)
    case outOfRange(TargetFact, value: Int)
    case inconsistent(String)

    package var description: String {
        switch self {
        case .unknownKey(let key, _): "a target has no key \(key)"
        case .duplicateKey(let key): "the key \(key) is given twice"
        case .outOfRange(let fact, let value):
            "\(fact.key) = \(value) is outside \(fact.range.lowerBound)...\(fact.range.upperBound) (\(fact.unit))"
        case .inconsistent(let reason): reason
        }
    }
}

/// All faults of one target description, found in one pass; never empty.
package struct TargetFaults: Error, Hashable, Sendable {
    package var target: String
    package var faults: [TargetFault]

    package init(target: String, faults: [TargetFault]) {
        self.target = target
        self.faults = faults
    }

    package var diagnostics: [Diagnostic] {
        faults.map { fault in
            var help: String?
            if case .unknownKey(_, let suggestion?) = fault { help = "did you mean \(suggestion)?" }
            return Diagnostic(.invalidTarget, "target \(target): \(fault.description)", help: help)
        }
    }
}

extension TargetDescription {
    /// A user's target: `base` with the given facts changed, all checked.
    ///
    /// - Parameter facts: keys as in `TargetFact.key`, in any order.
    package init(
        name: String, summary: String, base: TargetDescription, facts: [(key: String, value: Int)], source: String
    ) throws(TargetFaults) {
        var description = base
        description.name = name
        description.summary = summary
        var faults: [TargetFault] = []
        var seen: Set<TargetFact> = []
        for entry in facts {
            guard let fact = TargetFact(key: entry.key) else {
                faults.append(.unknownKey(entry.key, suggestion: EditDistance.nearest(entry.key, TargetFact.allCases.map(\.key))))
                continue
            }
            if !seen.insert(fact).inserted { faults.append(.duplicateKey(entry.key)) }
            description = description.setting(fact, to: entry.value, source: source)
        }
        faults += description.faults
        guard faults.isEmpty else { throw TargetFaults(target: name, faults: faults) }
        self = description
    }

    /// Everything wrong with the facts: ranges first, then what cannot be together.
    package var faults: [TargetFault] {
        let outside = TargetFact.allCases.filter { !$0.range.contains(self[$0]) }
        guard outside.isEmpty else { return outside.map { .outOfRange($0, value: self[$0]) } }
        var faults: [TargetFault] = []
        if self[.weightStationary] == 0, self[.outputStationary] == 0 {
            faults.append(.inconsistent("neither weight_stationary nor output_stationary is 1: the array does nothing"))
        }
        if accumulatorRows < self[.arrayRows] {
            faults.append(.inconsistent("accumulator_bytes hold \(accumulatorRows) rows, fewer than array_rows"))
        }
        if accumulatorRows > 1 << AccumulatorRow.fieldBits {
            faults.append(.inconsistent("accumulator_bytes hold \(accumulatorRows) rows, more than 16384 can be addressed"))
        }
        if self[.vectorFloat] == 0, self[.macCyclesF16] + self[.macCyclesBF16] + self[.macCyclesF32] > 0 {
            faults.append(.inconsistent("a float array needs vector_float = 1"))
        }
        let rates: [TargetFact] = [.macCyclesI8, .macCyclesI16, .macCyclesF16, .macCyclesBF16, .macCyclesF32]
        if rates.allSatisfy({ self[$0] == 0 }) { faults.append(.inconsistent("no mac_cycles_… above 0: the array has no type")) }
        return faults
    }
}

extension TargetDescription {
    /// The description as a TOML document: what `target new --from` writes and a user edits.
    package var toml: String {
        var text = "summary = \"\(summary)\"\n"
        var purpose: TargetFact.Purpose?
        for fact in TargetFact.allCases {
            if fact.purpose != purpose { text += "\n# \(fact.purpose.rawValue)\n" }
            purpose = fact.purpose
            text += "\(fact.key) = \(self[fact])  # \(fact.unit): \(fact.meaning). \(source(of: fact))\n"
        }
        return text
    }
}

extension TargetDescription: CanonicalCodable {
    package func encode(into encoder: inout CanonicalEncoder) {
        encoder.append(name)
        encoder.append(summary)
        encoder.append(values)
        encoder.append(sources)
    }

    package init(from decoder: inout CanonicalDecoder) throws(CanonicalDecodingError) {
        name = try decoder.string()
        summary = try decoder.string()
        values = try decoder.array(of: Int.self)
        sources = try decoder.array(of: String.self)
        let count = TargetFact.allCases.count
        guard values.count == count, sources.count == count, faults.isEmpty else {
            throw .invalid("target facts", at: decoder.position)
        }
    }
}
