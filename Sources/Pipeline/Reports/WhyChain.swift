import Basics
import KernelCodegen
import QueryEngine

/// Follows what made a kernel another one: from an input whose shape or type changed to the step that writes it, and on to the first cause.
package struct WhyChain: Sendable {
    /// One step on the way.
    package struct Link: Sendable, Hashable {
        package let step: String
        /// What changed there, a line for each ingredient.
        package let reasons: [String]
        package let source: SourcePosition?
        /// Nothing that it reads changed: the wave began here.
        package let isFirst: Bool
    }

    private let before: BuiltProgram
    private let after: BuiltProgram
    private let history: EngineHistory
    private let causes: DeltaCauses
    private let partner: [Int: Int]
    private let places: [String: Int]

    /// `compiled`: why each kernel was generated, where that is recorded.
    package init(from before: BuiltProgram, to after: BuiltProgram, compiled: [Fingerprint: [String]], history: EngineHistory) {
        self.before = before
        self.after = after
        self.history = history
        causes = DeltaCauses(compiled: compiled, ingredients: history.ingredients)
        var partner: [Int: Int] = [:]
        for case (let old?, let new?) in DeltaMatching(before, after).pairs { partner[new] = old }
        self.partner = partner
        places = Dictionary(after.steps.enumerated().map { ($1.name, $0) }, uniquingKeysWith: { first, _ in first })
    }

    /// The steps above the named one, the nearest first and the first causes last; empty when nothing that it reads changed.
    package func links(above name: String) -> [Link] {
        guard let step = places[name] else { return [] }
        var links: [Link] = []
        var seen: Set<Int> = [step]
        follow(step, &seen, &links)
        return links.filter { !$0.isFirst } + links.filter(\.isFirst)
    }

    private func follow(_ step: Int, _ seen: inout Set<Int>, _ links: inout [Link]) {
        for writer in changedWriters(of: step) where seen.insert(writer).inserted {
            let reasons = causes.lines(from: partner[writer].flatMap(before.kernel), to: after.kernel(of: writer))
            links.append(
                Link(
                    step: after.steps[writer].name, reasons: reasons, source: after.steps[writer].source,
                    isFirst: changedWriters(of: writer).isEmpty))
            follow(writer, &seen, &links)
        }
    }

    /// Who writes the inputs of a step that are not what they were, as far as the writers are not what they were.
    private func changedWriters(of step: Int) -> [Int] {
        guard let old = partner[step].flatMap(before.kernel).flatMap(history.request),
            let new = after.kernel(of: step).flatMap(history.request)
        else {
            return []
        }
        let reads = new.operands.indices.filter { new.operands[$0].kind != .result }
        return reads.enumerated().flatMap { position, operand -> [Int] in
            if old.operands.indices.contains(operand), old.operands[operand] == new.operands[operand] { return [] }
            return after.steps[step].feeds.filter { $0.operand == position }.map(\.step)
        }.filter { writer in
            guard let before = partner[writer].flatMap(before.code) else { return true }
            return before != after.code(of: writer)
        }
    }
}
