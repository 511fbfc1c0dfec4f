import Machine

/// An image, with the plan that it was bound by.
package struct LinkedProgram: Sendable {
    package var image: ProgramImage
    /// The plan and what it was made from: the request's values first, in order, then the scratch operands of its kernels.
    package var plan: ActivationPlan
    package var planRequest: ActivationPlanRequest
    package var report: LinkReport

    /// The plan as a table of address by time. Names come from the request that the program was linked from.
    package func planText(for request: LinkRequest) -> String {
        let scratch = planRequest.values.count - request.values.count
        return plan.text(
            for: planRequest,
            valueNames: request.values.enumerated().map { $1.name.isEmpty ? "v\($0)" : $1.name }
                + Array(repeating: "scratch", count: max(0, scratch)),
            stepNames: request.steps.enumerated().map { $1.name.isEmpty ? "step \($0)" : $1.name })
    }
}

/// What a link reports beside the image.
package struct LinkReport: Hashable, Sendable {
    /// On-chip memory that the program needs, and the step that needs it.
    package var sramPeakBytes: Int
    package var sramPeakStep: Int
    /// DRAM of inputs, outputs, state and spilled activations.
    package var dramBytes: Int
    /// Bytes moved for activations that did not stay on chip.
    package var spilledTraffic: Int
    /// Length of the constants segment.
    package var constantBytes: Int
    /// Constants in the image; equal ones count once.
    package var constants: Int
    /// For each step, the memory of each operand, in operand order; none for a step on the host. Together with the kernel this decides the step's
    /// cycles, addresses do not: a timing stays valid when a plan only moves things within their memories.
    package var operandSpaces: [[MemorySpace]]
    /// Where each state stands among the image's inputs and outputs.
    package var states: [StatePorts]

    package struct StatePorts: Hashable, Sendable {
        package var input: Int
        package var output: Int

        package init(input: Int, output: Int) {
            self.input = input
            self.output = output
        }
    }
}
