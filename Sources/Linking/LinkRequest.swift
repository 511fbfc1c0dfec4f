import Basics
import Machine
import TensorIR

/// A program before it has addresses: steps in order, and for each what it reads and writes, by index.
///
/// A step begins when the one before it has finished. Its kernel names operands by number and workspace bytes relative to a base; where those are, the
/// linker decides.
///
/// Kernels, constants and values may stand in any order and may hold equals and things that no step uses: the image has each kernel and each
/// packed constant once, in the order in which the steps first use them.
package struct LinkRequest: Sendable {
    package var target: TargetDescription
    package var kernels: [KernelObject]
    package var constants: [LinkConstant]
    package var values: [LinkValue]
    package var steps: [LinkStep]
    /// Row-major tensors that the caller writes before the program runs.
    package var inputs: [LinkPort]
    /// Row-major tensors that the caller reads after it. One may be an input, a part of another value, or a constant.
    package var outputs: [LinkPort]
    /// Buffers that live from one run to the next.
    package var states: [LinkState]
    /// DRAM for activations. The image's format ends at 2⁴⁰ bytes.
    package var dramBytes: Int

    package init(
        target: TargetDescription, kernels: [KernelObject], constants: [LinkConstant], values: [LinkValue],
        steps: [LinkStep], inputs: [LinkPort], outputs: [LinkPort], states: [LinkState] = [], dramBytes: Int = 1 << 40
    ) {
        self.target = target
        self.kernels = kernels
        self.constants = constants
        self.values = values
        self.steps = steps
        self.inputs = inputs
        self.outputs = outputs
        self.states = states
        self.dramBytes = dramBytes
    }
}

/// A packed constant.
package struct LinkConstant: Sendable {
    package var storage: ByteStorage
    /// Of the storage's bytes.
    package var fingerprint: Fingerprint
    /// Set when the constant is packed row-major and has a meaning of its own: needed where the host or the caller reads it.
    package var type: TensorType?

    /// Hashes the storage when its fingerprint is not known already: about 10 ms for 100 MB.
    package init(_ storage: ByteStorage, fingerprint: Fingerprint? = nil, type: TensorType? = nil) {
        self.storage = storage
        self.fingerprint = fingerprint ?? storage.fingerprint
        self.type = type
    }
}

/// An activation, input, output or state.
package struct LinkValue: Sendable, Hashable {
    package var type: TensorType
    /// Set for a free reshape or a contiguous slice of another value; the offset is in bytes.
    package var part: PlannedValue.Part?
    /// For the text of the plan only.
    package var name: String

    package init(_ type: TensorType, part: PlannedValue.Part? = nil, name: String = "") {
        self.type = type
        self.part = part
        self.name = name
    }
}

/// What a step reads: an index into the request's values or constants.
package enum LinkOperand: Sendable, Hashable {
    case value(Int)
    case constant(Int)
}

/// One step: a use of a kernel, or an operator on the host.
package struct LinkStep: Sendable, Hashable {
    package enum Work: Sendable, Hashable {
        /// Index into the request's kernels.
        case kernel(Int)
        /// The operator's name, and its attributes in their text form.
        case host(operation: String, attributes: String)
    }

    package var work: Work
    /// For a kernel: one for each operand of role `read`, in operand order.
    package var operands: [LinkOperand]
    /// Values that the step writes; for a kernel one for each operand of role `written`, in operand order. Operands of role `scratch` get memory of
    /// the linker's for the one step.
    package var results: [Int]
    /// For people: goes into the image's names and nowhere else.
    package var name: String

    package init(_ work: Work, operands: [LinkOperand], results: [Int], name: String = "") {
        self.work = work
        self.operands = operands
        self.results = results
        self.name = name
    }
}

/// An input or output of the program.
package struct LinkPort: Sendable, Hashable {
    package var name: String
    package var operand: LinkOperand

    package init(_ name: String, _ operand: LinkOperand) {
        self.name = name
        self.operand = operand
    }
}

/// A buffer that a program updates: read as `current`, left as `next`. The image has `current` among its inputs, after the caller's, and `next` among
/// its outputs, after the caller's; whoever runs the program again hands the one on as the other.
package struct LinkState: Sendable, Hashable {
    package var name: String
    package var current: Int
    package var next: Int

    package init(_ name: String, current: Int, next: Int) {
        self.name = name
        self.current = current
        self.next = next
    }
}
