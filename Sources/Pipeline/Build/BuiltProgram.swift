import Basics

/// What a build is, whatever it was made from and however much of it was reused: the stored value of `BuildProgram`.
/// Two builds of equal inputs have equal `BuiltProgram`s; what a build *did* (compiled, reused, seconds) is in `BuildReport`.
package struct BuiltProgram: Sendable, Hashable {
    /// One distinct kernel of the image.
    package struct Kernel: Sendable, Hashable {
        /// The place of its first use: module path of the node it is named after.
        package var name: String
        /// The key under which it was generated.
        package var key: Fingerprint
        /// Of the kernel object. Equal requests have several codes where target facts differ.
        package var code: Fingerprint
        package var source: SourcePosition?
        package var codeBytes: Int
    }

    /// One step of the program, in order of execution.
    package struct Step: Sendable, Hashable {
        /// What one operand was written by.
        package struct Feed: Sendable, Hashable {
            /// Position among what the step reads.
            package var operand: Int
            /// Index of the step that writes it, or a part of it.
            package var step: Int
        }

        /// The place in the program: module path, and a number where several steps share it. No two steps of a program have the same.
        package var name: String
        /// Index into `kernels`; nil for a host step.
        package var kernel: Int?
        package var cycles: Int
        package var dramReadBytes: Int
        package var dramWriteBytes: Int
        /// Of the addresses that the linker bound the step to.
        package var binding: Fingerprint
        package var feeds: [Feed]
        package var source: SourcePosition?
    }

    /// An operator that runs on the host.
    package struct HostOperator: Sendable, Hashable {
        package var operation: String
        package var node: String
        package var source: SourcePosition?
        package var reason: String
        /// Multiply-accumulates that the host does.
        package var macs: Int
        /// Bytes that the machine made and the host reads, and the other way.
        package var bytesToHost: Int
        package var bytesFromHost: Int
        /// Cycles of the machine's clock for these bytes' way through DRAM.
        package var boundaryCycles: Int
        /// Cycles that the program would be shorter by at most, were the operator on the machine.
        package var savedCycles: Int
    }

    package var imageDigest: Fingerprint
    package var imageBytes: Int
    package var kernels: [Kernel]
    package var steps: [Step]
    package var subgraphs: Int
    package var constants: Int
    package var hostOperators: [HostOperator]
    package var timing: ProgramTiming
    package var weightsBytes: Int
}

/// Cycles, traffic and energy of one run of a program: sums over its steps.
package struct ProgramTiming: Sendable, Hashable {
    package var cycles = 0
    /// Clock of the target in hertz, for the latency.
    package var clockHertz = 0
    /// Multiply-accumulates on the machine and on the host.
    package var macs = 0
    package var hostMacs = 0
    /// MACs that the array could have done in `cycles` at its int8 rate.
    package var peakMacs = 0
    package var sramPeakBytes = 0
    /// The step that needs the most on-chip memory.
    package var sramPeakStep = 0
    package var dramReadBytes = 0
    package var dramWriteBytes = 0
    package var energyPicojoules: Double = 0

    /// Microseconds at the target's clock.
    package var latencyMicroseconds: Double { clockHertz == 0 ? 0 : Double(cycles) * 1e6 / Double(clockHertz) }
    /// The share of the array's int8 peak.
    package var macUtilisation: Double { peakMacs == 0 ? 0 : Double(macs) / Double(peakMacs) }
}

extension BuiltProgram {
    /// How many uses of kernels the program has, and how often each kernel is used.
    package var kernelUses: Int { steps.count { $0.kernel != nil } }

    /// Bytes of the image that are machine code. Code, constants and tables are the whole image.
    package var codeBytes: Int { kernels.reduce(0) { $0 + $1.codeBytes } }

    /// Bytes of the image that are neither code nor constants: header, target, bindings, names, alignment.
    package var tableBytes: Int { imageBytes - codeBytes - weightsBytes }
}
