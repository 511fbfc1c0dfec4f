/// Where every value of a program lives, and where each kernel's workspace stands in its step.
///
/// A plan is a function of the whole program, so any edit may move any address; kernels do not notice, because addresses reach them only through
/// binding tables (law L3). DRAM addresses count from the start of the program's activation region, not from the start of the image.
package struct ActivationPlan: Hashable, Sendable {
    /// One per value, in the request's order.
    package var placements: [Placement]
    /// SRAM base address of each step's workspace, in the request's order; 0 where the step has none.
    package var workspaceBases: [Int]
    /// The SRAM that the plan needs: the highest byte in use in any step, plus one. The same program fits any target with at least this much.
    package var sramPeakBytes: Int
    /// The first step in which the peak is reached.
    package var sramPeakStep: Int
    /// No plan without spills can need less: the most that is alive in one step, workspace included.
    package var sramFloorBytes: Int
    /// DRAM of inputs, outputs and state, which stand first.
    package var pinnedBytes: Int
    /// DRAM of inputs, outputs, state and spilled activations together.
    package var dramBytes: Int
    /// Bytes that kernels move between DRAM and the machine for activations that did not stay on chip (inputs and outputs not counted).
    package var spilledTraffic: Int

    /// Every block starts at a multiple of this many bytes: half a DRAM burst, one port of the widest scratchpad, one cache line of the host.
    package static let alignment = 64

    /// `bytes` rounded up to the alignment.
    package static func aligned(_ bytes: Int) -> Int { (bytes + (alignment - 1)) & ~(alignment - 1) }
}

/// The place of one value.
package struct Placement: Hashable, Sendable {
    package enum Space: UInt8, Hashable, Sendable {
        case dram, sram
    }

    package var space: Space
    /// Bytes from the start of the SRAM, or of the activation region in DRAM. A multiple of 64, but for a part of another value.
    package var address: Int
    package var sizeBytes: Int
    /// First and last step that needs the value; for a part, those of the whole. A pinned value lives through all steps.
    package var firstStep: Int
    package var lastStep: Int

    package init(_ space: Space, address: Int, sizeBytes: Int, firstStep: Int, lastStep: Int) {
        self.space = space
        self.address = address
        self.sizeBytes = sizeBytes
        self.firstStep = firstStep
        self.lastStep = lastStep
    }
}

/// Why there is no plan.
package enum ActivationPlanError: Error, Hashable, Sendable {
    /// A kernel's own workspace is larger than the on-chip memory. Code generation chose it for another target: the user's when the target was
    /// edited by hand, ours otherwise.
    case workspaceTooLarge(step: Int, bytes: Int, capacity: Int)
    /// Inputs, outputs and spilled activations do not fit the DRAM. The user's: the model is too large for the target.
    case dramTooSmall(bytes: Int, capacity: Int)
    /// The request is not a program; ours.
    case malformed(MalformedRequest)

    package enum MalformedRequest: Hashable, Sendable {
        case negativeSize(value: Int)
        case unknownValue(Int, step: Int)
        case readBeforeWritten(value: Int, step: Int)
        case partOutsideWhole(value: Int)
        case partOfItself(value: Int)
    }
}
