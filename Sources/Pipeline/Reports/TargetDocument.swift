import Machine

/// The JSON document `reglaze.target/1`: a target's facts with units, meanings and sources.
package struct TargetDocument: Encodable {
    struct Fact: Encodable {
        let key: String, value: Int, unit: String, meaning: String, source: String, purpose: String
    }

    let schema = "reglaze.target/1"
    let name: String
    let summary: String
    let facts: [Fact]

    package init(_ target: TargetDescription) {
        name = target.name
        summary = target.summary
        facts = TargetFact.allCases.map {
            Fact(
                key: $0.key, value: target[$0], unit: $0.unit, meaning: $0.meaning, source: target.source(of: $0),
                purpose: $0.purpose.rawValue)
        }
    }
}

/// The JSON document `reglaze.target-list/1`.
package struct TargetListDocument: Encodable {
    struct Target: Encodable {
        let name: String, summary: String
    }

    let schema = "reglaze.target-list/1"
    let targets: [Target]

    package init(_ targets: [TargetDescription]) {
        self.targets = targets.map { Target(name: $0.name, summary: $0.summary) }
    }
}

/// The JSON document `reglaze.isa/1`: the instruction set's reference page.
package struct InstructionSetDocument: Encodable {
    let schema = "reglaze.isa/1"
    let markdown = InstructionManual.markdown

    package init() {}

    package var lines: [String] { [markdown] }
}

/// The JSON document `reglaze.target-new/1`, and its text.
package struct NewTargetDocument: Encodable {
    let schema = "reglaze.target-new/1"
    let file: String

    package init(file: String) { self.file = file }

    package var lines: [String] { ["created \(file)"] }
}
