import Basics
import Linking

/// Programs for the memory plan.
enum PlanCases {
    /// A chain of kernels with skips: each step writes one value, which the next step reads and, one time in three, another up to `reach` steps later.
    static func network(
        steps: Int, reach: Int, sramBytes: Int, seed: UInt64, workspaces: ClosedRange<Int> = 0...65536
    ) -> ActivationPlanRequest {
        var random = SeededGenerator(seed: seed)
        var values: [PlannedValue] = [PlannedValue(sizeBytes: 10_000, isPinned: true)]
        var reads: [[Int]] = Array(repeating: [], count: steps)
        reads[0] = [0]
        for step in 0..<steps {
            values.append(
                PlannedValue(sizeBytes: Int.random(in: 1...100_000, using: &random), isPinned: step == steps - 1))
            if step + 1 < steps { reads[step + 1].append(step + 1) }
            if step + 2 < steps, Int.random(in: 0..<3, using: &random) == 0 {
                reads[Int.random(in: step + 2...min(step + reach + 1, steps - 1), using: &random)].append(step + 1)
            }
        }
        let planned = (0..<steps).map { step in
            PlannedStep(
                workspaceBytes: Int.random(in: workspaces, using: &random),
                reads: reads[step].map { .init($0, movedBytes: values[$0].sizeBytes) },
                writes: [.init(step + 1, movedBytes: values[step + 1].sizeBytes)])
        }
        return ActivationPlanRequest(values: values, steps: planned, sramBytes: sramBytes, dramBytes: 1 << 40)
    }

    /// A network in which some steps run on the host, some values are parts of others or of nothing's size, and some are never touched.
    static func tangled(steps: Int, sramBytes: Int, seed: UInt64) -> ActivationPlanRequest {
        var random = SeededGenerator(seed: seed &+ 1_000_003)
        var request = network(steps: steps, reach: 20, sramBytes: sramBytes, seed: seed)
        for step in request.steps.indices where Int.random(in: 0..<8, using: &random) == 0 {
            request.steps[step].runsOnHost = true
            request.steps[step].workspaceBytes = 0
        }
        for value in 1..<request.values.count - 1 {
            let size = request.values[value].sizeBytes
            switch Int.random(in: 0..<6, using: &random) {
            case 0:
                let offset = Int.random(in: 0...size, using: &random)
                let part = PlannedValue(
                    sizeBytes: Int.random(in: 0...size - offset, using: &random), part: .init(of: value, offsetBytes: offset))
                request.values.append(part)
                let reader = Int.random(in: value..<steps, using: &random)
                request.steps[reader].reads.append(.init(request.values.count - 1, movedBytes: part.sizeBytes))
                request.values.append(PlannedValue(sizeBytes: part.sizeBytes, part: .init(of: request.values.count - 1)))
                request.steps[min(reader + 2, steps - 1)].reads.append(
                    .init(request.values.count - 1, movedBytes: part.sizeBytes))
            case 1: request.values.append(PlannedValue(sizeBytes: 77))
            case 2: request.values[value].sizeBytes = size / 1000
            default: break
            }
        }
        return request
    }

    /// Three steps: in → a → b → out, with a reshape of `a` that step 2 reads again.
    static func small(sramBytes: Int = 1024, workspaceBytes: Int = 256) -> ActivationPlanRequest {
        ActivationPlanRequest(
            values: [
                PlannedValue(sizeBytes: 100, isPinned: true), PlannedValue(sizeBytes: 200), PlannedValue(sizeBytes: 300),
                PlannedValue(sizeBytes: 50, isPinned: true), PlannedValue(sizeBytes: 128, part: .init(of: 1, offsetBytes: 64)),
            ],
            steps: [
                PlannedStep(
                    workspaceBytes: workspaceBytes, reads: [.init(0, movedBytes: 100)], writes: [.init(1, movedBytes: 200)]),
                PlannedStep(
                    workspaceBytes: workspaceBytes, reads: [.init(1, movedBytes: 200)], writes: [.init(2, movedBytes: 300)]),
                PlannedStep(
                    workspaceBytes: 64, reads: [.init(2, movedBytes: 300), .init(4, movedBytes: 128)],
                    writes: [.init(3, movedBytes: 50)]),
            ],
            sramBytes: sramBytes, dramBytes: 4096)
    }

    /// The least traffic that any choice of spilled values leaves, found by trying all of them: a lower bound, because addresses are not looked at.
    /// For programs without parts.
    static func leastSpilledTraffic(_ request: ActivationPlanRequest) -> Int {
        let values = request.values.indices.filter { !request.values[$0].isPinned }
        func accesses(_ value: Int, _ step: PlannedStep) -> [PlannedStep.Access] {
            (step.reads + step.writes).filter { $0.value == value }
        }
        let traffic = values.map { value in
            request.steps.reduce(0) { $0 + accesses(value, $1).reduce(0) { $0 + $1.movedBytes } }
        }
        let alive = values.map { value in
            let steps = request.steps.indices.filter { !accesses(value, request.steps[$0]).isEmpty }
            return (steps.first ?? 0)...(steps.last ?? 0)
        }
        var least = Int.max
        for spilled in 0..<(1 << values.count) {
            let cost = values.indices.reduce(0) { $0 + (spilled >> $1 & 1 == 1 ? traffic[$1] : 0) }
            guard cost < least else { continue }
            let fits = request.steps.indices.allSatisfy { step in
                let kept = values.indices.filter { spilled >> $0 & 1 == 0 && alive[$0].contains(step) }
                let bytes = kept.reduce(0) { $0 + ActivationPlan.aligned(request.values[values[$1]].sizeBytes) }
                return bytes + ActivationPlan.aligned(request.steps[step].workspaceBytes) <= request.sramBytes
            }
            if fits { least = cost }
        }
        return least
    }
}
