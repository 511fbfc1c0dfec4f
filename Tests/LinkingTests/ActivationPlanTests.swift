import Linking
import Testing

@Suite struct ActivationPlanTests {
    @Test(arguments: [1, 2, 3, 10, 100, 300]) func plansOfRandomNetworksHold(steps: Int) throws {
        for seed in 0..<10 as Range<UInt64> {
            for (reach, sram) in [(1, 1 << 18), (5, 1 << 19), (40, 1 << 21), (300, 1 << 23)] {
                let request = PlanCases.network(steps: steps, reach: reach, sramBytes: sram, seed: seed)
                let plan = try planActivations(request)
                #expect(plan.faults(for: request).isEmpty)
                #expect(plan == (try planActivations(request)), "the same request gave another plan")
            }
        }
    }

    @Test func plansHoldWithHostStepsPartsAndUnusedValues() throws {
        for seed in 0..<150 as Range<UInt64> {
            let request = PlanCases.tangled(steps: 3 + Int(seed) % 50, sramBytes: 65536 << Int(seed % 5), seed: seed)
            let plan = try planActivations(request)
            #expect(plan.faults(for: request).isEmpty, "seed \(seed)")
        }
    }

    /// A plan without spills cannot need less than what is alive in the busiest step; random networks stay close to it.
    @Test(arguments: [(5, 0.04), (40, 0.08), (300, 0.08)]) func peaksAreCloseToTheLowerBound(reach: Int, tolerance: Double) throws {
        var excess = 0.0
        for seed in 0..<20 as Range<UInt64> {
            let request = PlanCases.network(steps: 200, reach: reach, sramBytes: 1 << 30, seed: seed)
            let plan = try planActivations(request)
            #expect(plan.spilledTraffic == 0)
            #expect(plan.sramPeakBytes >= plan.sramFloorBytes)
            excess += Double(plan.sramPeakBytes) / Double(plan.sramFloorBytes) - 1
        }
        #expect(excess / 20 <= tolerance)
    }

    @Test func aProgramWhoseFloorIsTheCapacityStaysOnChip() throws {
        let plan = try planActivations(PlanCases.small(sramBytes: 832))
        #expect(plan.sramPeakBytes == 832 && plan.sramFloorBytes == 832 && plan.spilledTraffic == 0)
    }

    @Test func whatSavesLeastTrafficForItsSpaceAndTimeSpills() throws {
        // Value 1 lives through all steps and is read twice; values 2...4 live for two steps each and are read three times over by one kernel.
        var request = PlanCases.network(steps: 5, reach: 1, sramBytes: 4096, seed: 1, workspaces: 1024...1024)
        for value in 1...4 { request.values[value].sizeBytes = 1536 }
        for step in request.steps.indices {
            request.steps[step].reads = step == 0 ? [.init(0, movedBytes: 100)] : [.init(step, movedBytes: step == 1 ? 1536 : 3 * 1536)]
            request.steps[step].writes = [.init(step + 1, movedBytes: 1536)]
        }
        request.steps[4].reads.append(.init(1, movedBytes: 1536))
        let plan = try planActivations(request)
        #expect(plan.faults(for: request).isEmpty)
        #expect(plan.placements.map(\.space) == [.dram, .dram, .sram, .sram, .sram, .dram])
        #expect(plan.sramPeakBytes == 4096)
        #expect(plan.spilledTraffic == 3 * 1536)
    }

    /// Against all subsets of small programs: the choice of what spills costs little more than the best one could.
    @Test func spillsAreCloseToTheBestChoice() throws {
        var (total, best) = (0, 0)
        for seed in 0..<60 as Range<UInt64> {
            let request = PlanCases.network(steps: 10, reach: 9, sramBytes: 200_000, seed: seed)
            let plan = try planActivations(request)
            let least = PlanCases.leastSpilledTraffic(request)
            #expect(plan.spilledTraffic >= least)
            total += plan.spilledTraffic
            best += least
        }
        #expect(Double(total) <= 1.2 * Double(best), "spilled \(total), best \(best)")
    }

    @Test func spilledValuesShareDRAM() throws {
        let request = PlanCases.network(steps: 100, reach: 1, sramBytes: 65536, seed: 3, workspaces: 65536...65536)
        let plan = try planActivations(request)
        let total = request.values.reduce(0) { $0 + $1.sizeBytes }
        #expect(plan.placements.allSatisfy { $0.space == .dram })
        #expect(plan.dramBytes < total / 5)
        #expect(plan.faults(for: request).isEmpty)
    }

    @Test func aPartOfAnOutputIsPinnedWithItsWhole() throws {
        var request = PlanCases.small()
        request.values[4].isPinned = true
        let plan = try planActivations(request)
        #expect(plan.placements[1].space == .dram && plan.placements[4].address == plan.placements[1].address + 64)
        #expect(plan.faults(for: request).isEmpty)
    }

    @Test func aProgramWithoutStepsHasAPlan() throws {
        let request = ActivationPlanRequest(
            values: [PlannedValue(sizeBytes: 5, isPinned: true)], steps: [], sramBytes: 0, dramBytes: 64)
        let plan = try planActivations(request)
        #expect(plan.sramPeakBytes == 0 && plan.dramBytes == 64 && plan.faults(for: request).isEmpty)
    }

    @Test func errorsNameTheFirstOffender() {
        var request = PlanCases.small(workspaceBytes: 2000)
        #expect(throws: ActivationPlanError.workspaceTooLarge(step: 0, bytes: 2000, capacity: 1024)) { try planActivations(request) }
        request = PlanCases.small()
        request.dramBytes = 128
        #expect(throws: ActivationPlanError.dramTooSmall(bytes: 192, capacity: 128)) { try planActivations(request) }
    }

    @Test(
        arguments: [
            (3, PlannedValue(sizeBytes: -1), .negativeSize(value: 3)),
            (1, PlannedValue(sizeBytes: 9, part: .init(of: 4)), .partOfItself(value: 1)),
            (4, PlannedValue(sizeBytes: 128, part: .init(of: 4)), .partOfItself(value: 4)),
            (4, PlannedValue(sizeBytes: 128, part: .init(of: 1, offsetBytes: 100)), .partOutsideWhole(value: 4)),
            (4, PlannedValue(sizeBytes: 128, part: .init(of: 1, offsetBytes: -1)), .partOutsideWhole(value: 4)),
            (4, PlannedValue(sizeBytes: 128, part: .init(of: 1, offsetBytes: Int.max)), .partOutsideWhole(value: 4)),
            (4, PlannedValue(sizeBytes: 128, part: .init(of: 9)), .partOutsideWhole(value: 4)),
            (4, PlannedValue(sizeBytes: 128), .readBeforeWritten(value: 4, step: 2)),
            (0, PlannedValue(sizeBytes: 100), .readBeforeWritten(value: 0, step: 0)),
        ] as [(Int, PlannedValue, ActivationPlanError.MalformedRequest)])
    func malformedRequestsAreRefused(value: Int, replacement: PlannedValue, fault: ActivationPlanError.MalformedRequest) {
        var request = PlanCases.small()
        request.values[value] = replacement
        if case .partOfItself = fault { request.values[4] = PlannedValue(sizeBytes: 9, part: .init(of: value)) }
        #expect(throws: ActivationPlanError.malformed(fault)) { try planActivations(request) }
    }

    @Test func unknownValuesAreRefused() {
        var request = PlanCases.small()
        request.steps[1].writes.append(.init(5, movedBytes: 0))
        #expect(throws: ActivationPlanError.malformed(.unknownValue(5, step: 1))) { try planActivations(request) }
    }
}

@Suite struct ActivationPlanVerifierTests {
    private struct Damage: Sendable {
        let fault: ActivationPlanFault
        let apply: @Sendable (inout ActivationPlan) -> Void

        init(finds fault: ActivationPlanFault, apply: @escaping @Sendable (inout ActivationPlan) -> Void) {
            self.fault = fault
            self.apply = apply
        }
    }

    private let request = PlanCases.small()

    /// One wrong number each, and the fault that must be found.
    private static let damages: [Damage] = [
        Damage(finds: .overlap(space: .sram, value: 1, other: 2)) { $0.placements[2].address = $0.placements[1].address },
        Damage(finds: .overlap(space: .dram, value: 0, other: 3)) { $0.placements[3].address = 64 },
        Damage(finds: .workspaceOverlap(step: 1, value: 2)) { $0.workspaceBases[1] = $0.placements[2].address },
        Damage(finds: .outside(space: .sram, value: 2)) { $0.placements[2].address = 1024 },
        Damage(finds: .misaligned(value: 2)) { $0.placements[2].address += 1 },
        Damage(finds: .workspaceOutside(step: 2)) { $0.workspaceBases[2] = 1024 },
        Damage(finds: .workspaceMisaligned(step: 2)) { $0.workspaceBases[2] += 32 },
        Damage(finds: .notInsideWhole(value: 4)) { $0.placements[4].address += 1 },
        Damage(finds: .notInDRAM(value: 0)) { $0.placements[0].space = .sram },
        Damage(finds: .wrongPeak(reported: 768, actual: 832)) { $0.sramPeakBytes -= 64 },
        Damage(finds: .dramOverflow) { $0.dramBytes = 5000 },
        Damage(finds: .wrongShape) { $0.workspaceBases = [] },
    ]

    @Test(arguments: damages.indices) func finds(damageAt index: Int) throws {
        let damage = Self.damages[index]
        var plan = try planActivations(request)
        #expect(plan.faults(for: request).isEmpty)
        damage.apply(&plan)
        #expect(plan.faults(for: request).contains(damage.fault))
    }
}

@Suite struct ActivationPlanTextTests {
    @Test func aPlanReadsAsATableOfAddressByTime() throws {
        let request = PlanCases.small()
        let text = try planActivations(request).text(
            for: request, valueNames: ["image", "stem", "head", "gaze", "stem.flat"], stepNames: ["conv", "pool", "linear"])
        #expect(
            text == """
                plan of 5 values over 3 steps
                  sram  peak 832 at step 1, floor 832, capacity 1024 bytes
                  dram  192 bytes, pinned 192, moved for spilled activations 0
                sram  (one column: 1 step)
                  0x000000        300      1...2  |.##|  head
                  0x000140        200      0...2  |###|  stem
                  0x000180        128      0...2  |###|  stem.flat (part)
                dram  (one column: 1 step)
                  0x000000        100      0...2  |###|  image
                  0x000080         50      0...2  |###|  gaze
                steps
                      0         0x000000+256  conv
                      1         0x000240+256  pool
                      2          0x000240+64  linear

                """)
    }
}
