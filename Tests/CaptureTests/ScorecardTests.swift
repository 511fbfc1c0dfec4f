import Basics
import Pipeline
import Testing

@Suite struct ScorecardTests {
    private func entry(_ name: String, _ outcome: Scorecard.Outcome, missing: [String: Int] = [:]) -> Scorecard.Entry {
        Scorecard.Entry(name: name, outcome: outcome, missingOperators: missing)
    }

    @Test func `What was captured before and is not now is a regression; the other way round it is news`() {
        let before = Scorecard(
            suite: "zoo.py", [entry("a", .captured), entry("b", .refused), entry("c", .partly), entry("d", .captured)], before: nil)
        let after = Scorecard(
            suite: "zoo.py",
            [entry("a", .partly), entry("b", .partly), entry("c", .captured), entry("d", .captured), entry("e", .captured)], before: before)
        #expect(after.regressions == ["a"] && after.newlyCaptured == ["b", "c"])
    }

    @Test func `Missing operators are ranked by the programs that want them`() {
        let card = Scorecard(
            suite: "zoo.py",
            [
                entry("a", .captured, missing: ["aten.x.default": 9, "aten.y.default": 1]),
                entry("b", .captured, missing: ["aten.y.default": 1]),
                entry("c", .captured, missing: ["aten.a.default": 1]),
            ], before: nil)
        #expect(card.missingOperators.map(\.name) == ["aten.y.default", "aten.a.default", "aten.x.default"])
    }

    @Test func `A scorecard read back is the one that was written`() throws {
        let card = Scorecard(suite: "zoo.py", [entry("a", .captured, missing: ["aten.x_y.default": 2])], before: nil)
        #expect(Scorecard(json: try card.json()) == card)
        #expect(Scorecard(json: "{}") == nil)
        #expect(card.markdown.contains("| `a` | captured |") && card.markdown.contains("| `aten.x_y.default` | 1 | 2 |"))
    }
}
