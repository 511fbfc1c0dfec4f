import Basics
import Machine

/// A kernel whose code has been decoded and verified: every access of every instruction lies inside its memories, so that execution needs no further checks.
package struct PreparedKernel: Sendable {
    package let kernel: KernelObject
    package let limits: KernelLimits
    /// Without the final `halt`.
    package let instructions: [IssuedInstruction]

    package init(_ kernel: KernelObject, limits: KernelLimits) throws(SimulationError) {
        do {
            instructions = try KernelVerifier.verify(kernel, limits: limits).dropLast()
        } catch { throw .kernel(error) }
        self.kernel = kernel
        self.limits = limits
    }
}
