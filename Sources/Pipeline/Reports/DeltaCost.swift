/// What a part of a program costs, in units that add up: the parts' sums are the program's.
package struct DeltaCost: Sendable, Hashable {
    package var cycles = 0
    package var dramReadBytes = 0
    package var dramWriteBytes = 0
    /// Machine code in the image. Code that several steps share counts where it is used first.
    package var codeBytes = 0

    package init() {}

    package static func + (left: DeltaCost, right: DeltaCost) -> DeltaCost { combine(left, right, +) }

    package static func - (left: DeltaCost, right: DeltaCost) -> DeltaCost { combine(left, right, -) }

    private static func combine(_ left: DeltaCost, _ right: DeltaCost, _ operation: (Int, Int) -> Int) -> DeltaCost {
        var cost = DeltaCost()
        for part in [\DeltaCost.cycles, \.dramReadBytes, \.dramWriteBytes, \.codeBytes] {
            cost[keyPath: part] = operation(left[keyPath: part], right[keyPath: part])
        }
        return cost
    }
}

extension BuiltProgram {
    /// The cost of each step.
    var stepCosts: [DeltaCost] {
        var seen: Set<Int> = []
        return steps.map { step in
            var cost = DeltaCost()
            cost.cycles = step.cycles
            cost.dramReadBytes = step.dramReadBytes
            cost.dramWriteBytes = step.dramWriteBytes
            if let kernel = step.kernel, seen.insert(kernel).inserted { cost.codeBytes = kernels[kernel].codeBytes }
            return cost
        }
    }

    /// The cost of the whole program, as a build reports it.
    package var totalCost: DeltaCost {
        var cost = DeltaCost()
        cost.cycles = timing.cycles
        cost.dramReadBytes = timing.dramReadBytes
        cost.dramWriteBytes = timing.dramWriteBytes
        cost.codeBytes = codeBytes
        return cost
    }
}
