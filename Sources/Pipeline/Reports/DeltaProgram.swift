import Basics
import QueryEngine

/// What became of a program between two builds of it, step by step and in total.
///
/// A row is a use of a kernel, or a step on the host: a kernel used in four places has four rows, so that an edit of one of them shows as that. What the total has
/// beyond its steps (nothing today: steps follow each other) is a row of its own. So the rows add up to the totals exactly, whatever the totals are made of.
package struct DeltaProgram: Sendable {
    package enum Change: String, Sendable, Hashable {
        /// Code generation ran for it, in the later build or one between the two.
        case compiled
        /// Another kernel than before, which the store had, or another use had.
        case stored = "from store"
        /// The same kernel, bound to other addresses.
        case relinked = "re-linked"
        case unchanged
        /// Nothing in the later program.
        case removed
        /// Runs on the host.
        case host
        /// Cycles and traffic that no step has.
        case schedule
    }

    package struct Row: Sendable {
        package var name: String
        /// Where the same kernel was before, when its place has another name now.
        package var previousName: String?
        package var change: Change
        /// Nil: the step is new.
        package var before: DeltaCost?
        /// Nil: the step is gone.
        package var after: DeltaCost?
        /// Which ingredients changed, a line for each; empty where none did.
        package var why: [String]
        package var source: SourcePosition?

        /// After minus before.
        package var delta: DeltaCost { (after ?? DeltaCost()) - (before ?? DeltaCost()) }
    }

    package let before: BuiltProgram
    package let after: BuiltProgram
    package let rows: [Row]
    /// Distinct kernels of the later program that were generated for it, and the others.
    package let compiledKernels: Int

    package var reusedKernels: Int { after.kernels.count - compiledKernels }
    package var relinkedSteps: Int { rows.count { $0.change == .relinked } }
    /// Later minus earlier.
    package var total: DeltaCost { after.totalCost - before.totalCost }

    /// `compiled`: why each kernel was generated that the later build, or one between the two, had to generate.
    /// `ingredients`: those of a kernel's request, as far as they are known.
    package init(
        from before: BuiltProgram, to after: BuiltProgram, compiled: [Fingerprint: [String]],
        ingredients: @escaping @Sendable (BuiltProgram.Kernel) -> [Ingredient]
    ) {
        self.before = before
        self.after = after
        let causes = DeltaCauses(compiled: compiled, ingredients: ingredients)
        let costs = (before: before.stepCosts, after: after.stepCosts)
        var rows = DeltaMatching(before, after).pairs.map { old, new in
            let place = new.map { after.steps[$0] } ?? old.map { before.steps[$0] }
            let oldName = old.map { before.steps[$0].name }
            let change = Self.change(old, before, new, after, compiled)
            return Row(
                name: place?.name ?? "", previousName: oldName == place?.name ? nil : oldName, change: change,
                before: old.map { costs.before[$0] }, after: new.map { costs.after[$0] },
                why: causes.lines(from: old.flatMap(before.kernel), to: new.flatMap(after.kernel)), source: place?.source)
        }
        let rest = (
            before: before.totalCost - costs.before.reduce(DeltaCost(), +), after: after.totalCost - costs.after.reduce(DeltaCost(), +)
        )
        if rest.before != DeltaCost() || rest.after != DeltaCost() {
            rows.append(Row(name: "schedule", change: .schedule, before: rest.before, after: rest.after, why: []))
        }
        self.rows = rows
        compiledKernels = after.kernels.count { compiled[$0.key] != nil }
    }

    private static func change(
        _ old: Int?, _ before: BuiltProgram, _ new: Int?, _ after: BuiltProgram, _ compiled: [Fingerprint: [String]]
    ) -> Change {
        guard let new else { return .removed }
        guard let kernel = after.kernel(of: new) else { return .host }
        guard let old, before.code(of: old) == kernel.code else { return compiled[kernel.key] == nil ? .stored : .compiled }
        return before.steps[old].binding == after.steps[new].binding ? .unchanged : .relinked
    }
}

/// Names what makes a kernel another one.
struct DeltaCauses: Sendable {
    let compiled: [Fingerprint: [String]]
    let ingredients: @Sendable (BuiltProgram.Kernel) -> [Ingredient]

    /// Differences between the two requests by name; where they ask the same, what code generation itself recorded (a fact of the target).
    func lines(from before: BuiltProgram.Kernel?, to after: BuiltProgram.Kernel?) -> [String] {
        guard let after, before?.code != after.code else { return [] }
        guard let before else { return ["new"] }
        let (old, new) = (ingredients(before), ingredients(after))
        var lines: [String] = []
        for ingredient in old {
            let now = new.first { $0.name == ingredient.name }
            guard now?.value.fingerprint != ingredient.value.fingerprint else { continue }
            lines.append(IngredientChange(name: ingredient.name, old: ingredient.value.text, new: now?.value.text).line)
        }
        for ingredient in new where !old.contains(where: { $0.name == ingredient.name }) {
            lines.append(IngredientChange(name: ingredient.name, old: nil, new: ingredient.value.text).line)
        }
        return lines.isEmpty ? compiled[after.key] ?? [] : lines
    }
}
