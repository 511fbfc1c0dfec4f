/// What the memory plan knows of a program: how many bytes each value has, and which step touches it when. No types, no names, no code.
///
/// Values and steps are named by their indices. A kernel that runs in a step keeps its workspace in the same on-chip SRAM as the activations
/// that the plan leaves there, so the workspace is a block that lives for that one step.
package struct ActivationPlanRequest: Hashable, Sendable {
    package var values: [PlannedValue]
    package var steps: [PlannedStep]
    /// Capacity of the on-chip SRAM of the target, in bytes.
    package var sramBytes: Int
    /// Bytes of DRAM that pinned values and spilled activations may take together (constants not counted).
    package var dramBytes: Int

    package init(values: [PlannedValue], steps: [PlannedStep], sramBytes: Int, dramBytes: Int) {
        self.values = values
        self.steps = steps
        self.sramBytes = sramBytes
        self.dramBytes = dramBytes
    }
}

/// One value that steps read and write: a block of memory of its own, or a range inside another value.
package struct PlannedValue: Hashable, Sendable {
    package var sizeBytes: Int
    /// A program input, output or state: it has a place of its own in DRAM during the whole program, and counts as written before the first step.
    package var isPinned: Bool
    /// Set for a free reshape or a contiguous slice: this value is the bytes from `offsetBytes` of another value.
    package var part: Part?

    package struct Part: Hashable, Sendable {
        package var whole: Int
        package var offsetBytes: Int

        package init(of whole: Int, offsetBytes: Int = 0) {
            self.whole = whole
            self.offsetBytes = offsetBytes
        }
    }

    package init(sizeBytes: Int, isPinned: Bool = false, part: Part? = nil) {
        self.sizeBytes = sizeBytes
        self.isPinned = isPinned
        self.part = part
    }
}

/// One step of the program: a kernel, or an operator on the host. Steps run one after another.
package struct PlannedStep: Hashable, Sendable {
    /// SRAM that the kernel needs while it runs; 0 for a step on the host.
    package var workspaceBytes: Int
    package var reads: [Access]
    package var writes: [Access]
    /// The host sees DRAM only: every value that this step touches is kept there.
    package var runsOnHost: Bool

    package struct Access: Hashable, Sendable {
        package var value: Int
        /// Bytes that the step moves for this value: its size, or a multiple where a kernel reads an operand again for each tile.
        package var movedBytes: Int

        package init(_ value: Int, movedBytes: Int) {
            self.value = value
            self.movedBytes = movedBytes
        }
    }

    package init(workspaceBytes: Int = 0, reads: [Access], writes: [Access], runsOnHost: Bool = false) {
        self.workspaceBytes = workspaceBytes
        self.reads = reads
        self.writes = writes
        self.runsOnHost = runsOnHost
    }
}
