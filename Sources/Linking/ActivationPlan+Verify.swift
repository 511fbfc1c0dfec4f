/// A fault of a plan, as the verifier reports it.
package enum ActivationPlanFault: Hashable, Sendable, CustomStringConvertible {
    case overlap(space: Placement.Space, value: Int, other: Int)
    case workspaceOverlap(step: Int, value: Int)
    case outside(space: Placement.Space, value: Int)
    case workspaceOutside(step: Int)
    case misaligned(value: Int)
    case workspaceMisaligned(step: Int)
    case notInsideWhole(value: Int)
    case notInDRAM(value: Int)
    case wrongPeak(reported: Int, actual: Int)
    case dramOverflow
    case wrongShape

    package var description: String {
        switch self {
        case .overlap(let space, let value, let other): "values \(value) and \(other) share bytes of \(space) while both are alive"
        case .workspaceOverlap(let step, let value): "the workspace of step \(step) shares bytes with value \(value)"
        case .outside(let space, let value): "value \(value) does not lie inside \(space)"
        case .workspaceOutside(let step): "the workspace of step \(step) does not lie inside sram"
        case .misaligned(let value): "value \(value) does not start at a multiple of \(ActivationPlan.alignment)"
        case .workspaceMisaligned(let step): "the workspace of step \(step) does not start at a multiple of \(ActivationPlan.alignment)"
        case .notInsideWhole(let value): "value \(value) does not lie inside the value that it is part of"
        case .notInDRAM(let value): "value \(value) must be in dram"
        case .wrongPeak(let reported, let actual): "peak \(reported) reported, \(actual) used"
        case .dramOverflow: "the plan takes more dram than there is"
        case .wrongShape: "the plan is of another program"
        }
    }
}

extension ActivationPlan {
    /// Checks the plan against its request from first principles, sharing no code with the planner: no two blocks alive in one step share a byte, all
    /// lie inside their memory and are aligned, parts lie inside their wholes. Every fault found, none for a plan that holds. O(n k log k).
    package func faults(for request: ActivationPlanRequest) -> [ActivationPlanFault] {
        guard placements.count == request.values.count, workspaceBases.count == request.steps.count else { return [.wrongShape] }
        var faults: [ActivationPlanFault] = []
        if dramBytes > request.dramBytes { faults.append(.dramOverflow) }
        for (value, planned) in request.values.enumerated() { check(value, planned, request, &faults) }
        let alive = ownersAlive(in: request)
        var peak = 0
        for step in request.steps.indices {
            peak = max(peak, check(step: step, alive: alive[step], request, &faults))
        }
        if peak != sramPeakBytes { faults.append(.wrongPeak(reported: sramPeakBytes, actual: peak)) }
        return faults
    }

    private func check(_ value: Int, _ planned: PlannedValue, _ request: ActivationPlanRequest, _ faults: inout [ActivationPlanFault]) {
        let placement = placements[value]
        let capacity = placement.space == .sram ? request.sramBytes : dramBytes
        let end = placement.address + planned.sizeBytes
        if placement.address < 0 || end > capacity { faults.append(.outside(space: placement.space, value: value)) }
        if planned.isPinned, placement.space != .dram { faults.append(.notInDRAM(value: value)) }
        guard let part = planned.part else {
            if placement.address % Self.alignment != 0 { faults.append(.misaligned(value: value)) }
            return
        }
        let whole = placements[part.whole]
        if whole.space != placement.space || whole.address + part.offsetBytes != placement.address {
            faults.append(.notInsideWhole(value: value))
        }
    }

    /// For each step, the values with memory of their own that must keep it there: pinned ones always, others from the first to the last access of
    /// the value or of any part of it.
    private func ownersAlive(in request: ActivationPlanRequest) -> [[Int]] {
        func owner(_ value: Int) -> Int { request.values[value].part.map { owner($0.whole) } ?? value }
        var span: [Int: ClosedRange<Int>] = [:]
        for (index, step) in request.steps.enumerated() {
            for access in step.reads + step.writes {
                let root = owner(access.value)
                span[root] = (span[root]?.lowerBound ?? index)...index
            }
        }
        for (value, planned) in request.values.enumerated() where planned.isPinned && !request.steps.isEmpty {
            span[owner(value)] = 0...(request.steps.count - 1)
        }
        var alive: [[Int]] = Array(repeating: [], count: request.steps.count)
        for value in request.values.indices {
            for step in span[value] ?? 0...0 where span[value] != nil { alive[step].append(value) }
        }
        return alive
    }

    /// Checks what is alive in one step; returns how high its SRAM is filled.
    private func check(step: Int, alive: [Int], _ request: ActivationPlanRequest, _ faults: inout [ActivationPlanFault]) -> Int {
        let workspace = workspaceBases[step]..<(workspaceBases[step] + Self.aligned(request.steps[step].workspaceBytes))
        if workspace.upperBound > request.sramBytes || workspace.lowerBound < 0 { faults.append(.workspaceOutside(step: step)) }
        if workspace.lowerBound % Self.alignment != 0 { faults.append(.workspaceMisaligned(step: step)) }
        if request.steps[step].runsOnHost {
            for access in request.steps[step].reads + request.steps[step].writes where placements[access.value].space != .dram {
                faults.append(.notInDRAM(value: access.value))
            }
        }
        var top = workspace.isEmpty ? 0 : workspace.upperBound
        for space in [Placement.Space.sram, .dram] {
            let sorted = alive.filter { placements[$0].space == space && request.values[$0].sizeBytes > 0 }
                .sorted { (placements[$0].address, $0) < (placements[$1].address, $1) }
            var end = 0
            var highest = -1
            for value in sorted {
                let bytes = placements[value].address..<(placements[value].address + request.values[value].sizeBytes)
                if bytes.lowerBound < end { faults.append(.overlap(space: space, value: highest, other: value)) }
                if bytes.upperBound > end { (end, highest) = (bytes.upperBound, value) }
                guard space == .sram else { continue }
                if workspace.overlaps(bytes) { faults.append(.workspaceOverlap(step: step, value: value)) }
                top = max(top, Self.aligned(bytes.upperBound))
            }
        }
        return top
    }
}
