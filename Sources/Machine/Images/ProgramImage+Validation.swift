import Basics

extension ProgramImage {
    /// Checks that the image makes a program: every index, binding and range inside what it names. After it, a simulator need not check addresses again.
    ///
    /// Kernel code itself is checked by `KernelVerifier`, which also decodes it, once per kernel.
    package func validate() throws(ProgramImageError) {
        guard target.faults.isEmpty else { throw .invalid("the target description is inconsistent") }
        guard (0...1 << 40).contains(memory.dramBytes), (0...target[.scratchpadBytes]).contains(memory.sramBytes) else {
            throw .invalid("\(memory.sramBytes) on-chip bytes exceed the scratchpad of \(target[.scratchpadBytes])")
        }
        guard names.steps.count == steps.count, names.inputs.count == inputs.count, names.outputs.count == outputs.count
        else { throw .invalid("names do not match steps, inputs and outputs") }
        for (index, step) in steps.enumerated() {
            if let fault = fault(of: step) { throw .invalid("step \(index): \(fault)") }
        }
        for input in inputs {
            if let fault = fault(of: input, isWritten: true) { throw .invalid("an input: \(fault)") }
        }
        for output in outputs {
            if let fault = fault(of: output, isWritten: false) { throw .invalid("an output: \(fault)") }
        }
        try validateConstants()
    }

    private func validateConstants() throws(ProgramImageError) {
        guard constantBytes >= 0 else { throw .invalid("the constants segment has a negative size") }
        var end = 0
        for slice in constants {
            guard slice.offset >= end, slice.offset % ProgramImageFormat.alignment == 0,
                slice.offset <= constantBytes - slice.storage.count
            else { throw .invalid("a constant at \(slice.offset) overlaps, is not aligned, or leaves its segment") }
            end = slice.offset + slice.storage.count
        }
    }

    private func fault(of step: ProgramStep) -> String? {
        switch step {
        case .kernel(let step): return fault(of: step)
        case .host(let step):
            return step.inputs.lazy.compactMap { fault(of: $0, isWritten: false) }.first
                ?? step.results.lazy.compactMap { fault(of: $0, isWritten: true) }.first
        }
    }

    private func fault(of step: KernelStep) -> String? {
        guard kernels.indices.contains(step.kernel) else { return "there is no kernel \(step.kernel)" }
        let kernel = kernels[step.kernel]
        guard step.bindings.count == kernel.operands.count else {
            return "\(step.bindings.count) bindings for \(kernel.operands.count) operands"
        }
        guard step.workspaceBase >= 0, step.workspaceBase % ProgramImageFormat.alignment == 0, kernel.workspaceBytes <= memory.sramBytes,
            step.workspaceBase <= memory.sramBytes - kernel.workspaceBytes
        else { return "the workspace is not aligned or leaves the on-chip memory" }
        let workspace = step.workspaceBase..<step.workspaceBase + kernel.workspaceBytes
        for (operand, binding) in zip(kernel.operands, step.bindings) {
            if let fault = fault(of: binding, isWritten: operand.role != .read) { return fault }
            if binding.bytes < operand.bytes { return "a binding of \(binding.bytes) bytes for \(operand.bytes)" }
            if binding.space == .sram, binding.range.overlaps(workspace) { return "an operand overlaps the workspace" }
        }
        return nil
    }

    private func fault(of tensor: PlacedTensor, isWritten: Bool) -> String? {
        guard let bytes = tensor.denseBytes, bytes <= tensor.binding.bytes else { return "a tensor exceeds its place" }
        return fault(of: tensor.binding, isWritten: isWritten)
    }

    private func fault(of binding: Binding, isWritten: Bool) -> String? {
        let capacity: Int
        switch binding.space {
        case .constants:
            if isWritten { return "constants cannot be written" }
            capacity = constantBytes
        case .dram: capacity = memory.dramBytes
        case .sram: capacity = memory.sramBytes
        }
        guard binding.address >= 0, binding.bytes >= 0, binding.bytes <= capacity,
            binding.address <= capacity - binding.bytes
        else { return "\(binding.address) + \(binding.bytes) leaves the \(capacity) bytes of \(binding.space.name)" }
        return nil
    }
}
