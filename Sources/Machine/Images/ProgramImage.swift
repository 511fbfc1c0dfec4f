import Basics

/// The memories a step's operands can lie in.
package enum MemorySpace: UInt8, Sendable, CaseIterable {
    /// The constants segment: read-only, in DRAM, timed as DRAM.
    case constants
    /// DRAM that holds activations; addresses count from 0.
    case dram
    /// On-chip memory, shared with the running kernel's workspace.
    case sram

    package var name: String { String(describing: self) }
}

/// A range of bytes in one memory.
package struct Binding: Hashable, Sendable {
    package var space: MemorySpace
    package var address: Int
    package var bytes: Int

    package init(space: MemorySpace, address: Int, bytes: Int) {
        self.space = space
        self.address = address
        self.bytes = bytes
    }

    package var range: Range<Int> { address..<address + bytes }
}

/// A tensor at a place, as host steps and the program's own inputs and outputs need it. Elements are dense, in row-major order of `shape`.
package struct PlacedTensor: Hashable, Sendable {
    package var elementType: ElementType
    package var shape: [Int]
    package var binding: Binding

    package init(elementType: ElementType, shape: [Int], binding: Binding) {
        self.elementType = elementType
        self.shape = shape
        self.binding = binding
    }

    /// Bytes of the dense tensor; nil when the product overflows.
    package var denseBytes: Int? {
        var bytes = elementType.sizeBytes
        for dimension in shape {
            let (product, overflow) = bytes.multipliedReportingOverflow(by: dimension)
            if overflow || dimension < 0 { return nil }
            bytes = product
        }
        return bytes
    }
}

/// One step of a program. Steps are separated by a fence: a step starts when the one before has finished, so the cycles of a program are the sum of its steps'.
package enum ProgramStep: Hashable, Sendable {
    case kernel(KernelStep)
    case host(HostStep)
}

/// A use of a kernel: what its operands and its workspace are bound to.
package struct KernelStep: Hashable, Sendable {
    /// Index into the image's kernels.
    package var kernel: Int
    /// One binding per operand of the kernel, at least as long as the operand.
    package var bindings: [Binding]
    /// On-chip address of workspace byte 0.
    package var workspaceBase: Int

    package init(kernel: Int, bindings: [Binding], workspaceBase: Int) {
        self.kernel = kernel
        self.bindings = bindings
        self.workspaceBase = workspaceBase
    }
}

/// An operator without an NPU lowering, run on the host by its reference.
package struct HostStep: Hashable, Sendable {
    /// The operator's name, which the executor knows.
    package var operation: String
    /// The operator's attributes in its text form.
    package var attributes: String
    package var inputs: [PlacedTensor]
    package var results: [PlacedTensor]

    package init(operation: String, attributes: String, inputs: [PlacedTensor], results: [PlacedTensor]) {
        self.operation = operation
        self.attributes = attributes
        self.inputs = inputs
        self.results = results
    }
}

/// How much of each memory a program uses.
package struct MemoryPlan: Hashable, Sendable {
    /// Bytes of DRAM that hold activations.
    package var dramBytes: Int
    /// The highest on-chip byte used by activations and workspaces together, plus one.
    package var sramBytes: Int

    package init(dramBytes: Int, sramBytes: Int) {
        self.dramBytes = dramBytes
        self.sramBytes = sramBytes
    }
}

/// A part of the constants segment: one packed tensor.
package struct ConstantSlice: Sendable {
    /// From the segment's start; a multiple of 64.
    package var offset: Int
    package var storage: ByteStorage

    package init(offset: Int, storage: ByteStorage) {
        self.offset = offset
        self.storage = storage
    }
}

/// Names for people: a section of its own, so that a renamed layer changes no other section. Nothing that runs reads them.
package struct ProgramNames: Hashable, Sendable {
    /// One per step.
    package var steps: [String]
    package var inputs: [String]
    package var outputs: [String]

    package init(steps: [String], inputs: [String], outputs: [String]) {
        self.steps = steps
        self.inputs = inputs
        self.outputs = outputs
    }
}

/// A linked program: everything a machine needs to run it. `ProgramImageFormat` describes the file.
package struct ProgramImage: Sendable {
    package var target: TargetDescription
    package var kernels: [KernelObject]
    package var steps: [ProgramStep]
    package var memory: MemoryPlan
    package var inputs: [PlacedTensor]
    package var outputs: [PlacedTensor]
    package var names: ProgramNames
    /// Ascending offsets, not overlapping; gaps are zero.
    package var constants: [ConstantSlice]
    /// Length of the constants segment.
    package var constantBytes: Int

    package init(
        target: TargetDescription, kernels: [KernelObject], steps: [ProgramStep], memory: MemoryPlan,
        inputs: [PlacedTensor], outputs: [PlacedTensor], names: ProgramNames, constants: [ConstantSlice],
        constantBytes: Int
    ) {
        self.target = target
        self.kernels = kernels
        self.steps = steps
        self.memory = memory
        self.inputs = inputs
        self.outputs = outputs
        self.names = names
        self.constants = constants
        self.constantBytes = constantBytes
    }
}
