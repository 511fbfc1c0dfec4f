import Basics
import Machine

/// Makes the code of one kernel. Deterministic: a function of the request and of the target facts that it reads.
///
/// Throws what a person can change (a float program on an integer machine, a row longer than the machine can hold) as a diagnostic `K0xx`.
package func generate(_ request: KernelRequest, target: TargetView) throws(Diagnostic) -> GeneratedKernel {
    throw Diagnostic(DiagnosticCode("K001"), "no code for this kernel yet")
}
