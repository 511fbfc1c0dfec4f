import Pipeline
import Testing

/// An edit is shown as a person would describe it.
@Suite struct LineChangeTests {
    struct Edit: Sendable, CustomTestStringConvertible {
        let testDescription: String
        let old: String
        let new: String
        let shown: [String]
    }

    static let edits = [
        Edit(
            testDescription: "a number", old: "A = 1\nEXPAND = 96\nB = 2", new: "A = 1\nEXPAND = 80\nB = 2", shown: ["2  EXPAND = 96 -> 80"]
        ),
        Edit(
            testDescription: "an argument in the middle", old: "x = f(width, 96, middle)", new: "x = f(width, 80, middle)",
            shown: ["1  x = f(width, 96 -> 80, middle)"]),
        Edit(testDescription: "an added line", old: "a\nb\n", new: "a\n    c\nb\n", shown: ["2  + c"]),
        Edit(testDescription: "a removed line", old: "a\nb\nc", new: "a\nc", shown: ["2  - b"]),
        Edit(testDescription: "two places", old: "a\nb\nc\nd\ne", new: "A\nb\nc\nd\nE", shown: ["1  a -> A", "5  e -> E"]),
        Edit(testDescription: "an argument added", old: "f(x)", new: "f(x, k=5)", shown: ["1  f(x) -> f(x, k=5)"]),
        Edit(testDescription: "a line moved", old: "a\nb\nc", new: "b\nc\na", shown: ["1  - a", "3  + a"]),
        Edit(testDescription: "only the indentation", old: "  return x", new: "    return x", shown: ["1  return x  (indentation)"]),
        Edit(testDescription: "everything gone", old: "a\nb", new: "", shown: ["1  a -> (nothing)", "2  - b"]),
        Edit(testDescription: "nothing", old: "a\nb", new: "a\nb", shown: []),
    ]

    @Test(arguments: edits) func `The changed lines are named, each with what changed in it`(edit: Edit) {
        #expect(LineChange.all(from: edit.old, to: edit.new).map { "\($0.line)  \($0.text)" } == edit.shown)
    }

    @Test func `A long file with a few edits is compared in no time`() {
        let old = (0..<20_000).map { "line \($0)" }
        var new = old
        new[10] = "edited"
        new.remove(at: 19_000)
        let changes = LineChange.all(from: old.joined(separator: "\n"), to: new.joined(separator: "\n"))
        #expect(changes.count < 20_000)
        #expect(changes.first?.line == 11)
    }
}
