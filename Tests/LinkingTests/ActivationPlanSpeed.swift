import Linking
import Testing

@Suite(.enabled(if: Measuring.isEnabled), .serialized) struct ActivationPlanSpeed {
    /// 300 steps are a large network on a device; 2,000 are beyond what anybody captures today.
    @Test func planning() throws {
        print("steps reach    sram KiB    ms   above floor")
        for (steps, reach, shift) in [
            (300, 5, 30), (300, 5, 18), (300, 40, 30), (300, 40, 19), (2000, 5, 30), (2000, 5, 18), (2000, 40, 30), (2000, 40, 20),
        ] {
            var (milliseconds, excess) = (0.0, 0.0)
            for seed in 0..<20 as Range<UInt64> {
                let request = PlanCases.network(steps: steps, reach: reach, sramBytes: 1 << shift, seed: seed)
                let plan = try planActivations(request)
                milliseconds += try Measuring.milliseconds { _ = try planActivations(request) } / 20
                excess += (Double(plan.sramPeakBytes) / Double(plan.sramFloorBytes) - 1) / 20
            }
            print(steps, reach, 1 << (shift - 10), Measuring.text(milliseconds), Measuring.text(excess * 100) + " %")
        }
    }
}
