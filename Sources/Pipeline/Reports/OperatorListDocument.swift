import Operators

/// The JSON document `reglaze.op-list/1`, its text and its markdown: which operators there are, how they are captured, and where they run.
package struct OperatorListDocument: Encodable {
    struct Entry: Encodable {
        let name: String
        let capturedAs: [String]
        let runsOn: String
    }

    let schema = "reglaze.op-list/1"
    let operators: [Entry]

    package init() {
        operators = OperatorSet.all.map { type in
            Entry(name: type.name, capturedAs: type.imports.flatMap(\.allTargets).sorted(), runsOn: Self.place(type))
        }.sorted { $0.name < $1.name }
    }

    /// Where an operator runs, as its conformances say.
    private static func place(_ type: any CapturedOperator.Type) -> String {
        if type is any DecomposedOperator.Type { return "as other operators, from import on" }
        if type is any RootOperator.Type || type is any RowOperator.Type || type is any WholeOperator.Type {
            return "device, a kernel of its own"
        }
        if type is any CompositeOperator.Type { return "device, as simpler operators" }
        if type is any PointwiseOperator.Type { return "device, joins its producer's kernel" }
        if type is any ViewOperator.Type { return "nothing to run where layouts allow, else a copy on the device" }
        if type is any CopyOperator.Type { return "device, a copy" }
        if type is any LookupOperator.Type { return "device, a copy at places that are looked up" }
        return "host"
    }

    package var lines: [String] {
        let width = operators.map(\.name.count).max() ?? 0
        return operators.map { entry in
            entry.name + String(repeating: " ", count: width - entry.name.count + 2) + entry.runsOn + "  ("
                + entry.capturedAs.joined(separator: " ") + ")"
        }
    }

    package var markdown: String {
        let rows = operators.map { entry in
            "| `\(entry.name)` | \(entry.capturedAs.map { "`\($0)`" }.joined(separator: " ")) | \(entry.runsOn) |"
        }
        return (["| operator | captured as | runs on |", "| --- | --- | --- |"] + rows).joined(separator: "\n")
    }

    /// The operator reference, as it is checked in beside the operators.
    package static let reference = """
        # Operators

        Made by `reglaze op list --markdown`; a test fails when it is out of date. Other overloads are refused with a diagnostic that names the line.

        \(OperatorListDocument().markdown)

        """
}
