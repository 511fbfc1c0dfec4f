import Basics
import Machine

/// Makes the code of one kernel. Deterministic: a function of the request and of the target facts that it reads.
///
/// Throws what a person can change (a float program on an integer machine, memories that are too small) as a diagnostic `K0xx`.
package func generate(_ request: KernelRequest, target: TargetView) throws(Diagnostic) -> GeneratedKernel {
    let (kernel, packings) = try kernelIR(request, target)
    let (instructions, loops) = kernel.instructions()
    let code: [UInt8]
    do { code = try LoopedCode.rolled(instructions, loops).bytes } catch { throw error.diagnostic }
    let operands = zip(request.operands, packings).map { operand, packing in
        KernelObject.Operand(
            role: operand.kind == .result ? .written : .read,
            bytes: packing.packedBytes(count: operand.elementCount, elementBytes: operand.element.sizeBytes))
    }
    let object = KernelObject(
        operands: operands, workspaceBytes: kernel.layout.workspaceBytes, macs: request.root.macs, code: code)
    return GeneratedKernel(object: object, packings: packings)
}

/// The instructions that a request's code stands for, before they are put into loops.
package func instructions(of request: KernelRequest, target: TargetView) throws(Diagnostic) -> [IssuedInstruction] {
    try kernelIR(request, target).kernel.instructions().instructions
}

extension KernelIR {
    /// All machine instructions in order, `halt` included, and which loops they came from.
    fileprivate func instructions() -> (instructions: [IssuedInstruction], loops: UnrolledLoops) {
        var (instructions, loops) = unrolled()
        insertSemaphores(&instructions, self)
        instructions.append(IssuedInstruction(.halt(Halt())))
        return (instructions, loops)
    }
}

/// The kernel IR of a request as text, for `inspect` and for cases of tests.
package func kernelText(_ request: KernelRequest, target: TargetView) throws(Diagnostic) -> String {
    let (kernel, packings) = try kernelIR(request, target)
    let packed = packings.enumerated().compactMap { number, packing in
        packing == .rowMajor ? nil : "operand \(number) packed \(packing)\n"
    }
    return packed.joined() + kernel.description
}

/// The kernel before it is unrolled, and how its constants are packed.
func kernelIR(
    _ request: KernelRequest, _ target: TargetView
) throws(Diagnostic) -> (kernel: KernelIR, packings: [ConstantPacking]) {
    try request.check()
    let asStored = [ConstantPacking](repeating: .rowMajor, count: request.operands.count)
    switch request.root {
    case .contraction(let contraction): return try contractionKernel(request, contraction, target)
    case .lanes(let dimensions):
        try target.requireFloatLanes()
        return (try lanesKernel(request, dimensions, target), asStored)
    case .window(let window): return try windowKernel(request, window, target)
    case .columnReduction(let reduction): return (try columnReductionKernel(request, reduction, target), asStored)
    case .copy(let copy): return (try copyKernel(request, copy, target), asStored)
    case .resize(let resize): return (try resizeKernel(request, resize, target), asStored)
    case .recurrence(let recurrence): return (try recurrenceKernel(request, recurrence, target), asStored)
    case .attention(let attention): return (try attentionKernel(request, attention, target), asStored)
    }
}

extension RootComputation {
    /// Multiply-accumulates, those on padding included.
    var macs: Int {
        switch self {
        case .contraction(let contraction): contraction.macs
        case .window(let window): window.macs
        case .attention(let attention): attention.macs
        case .recurrence(let recurrence): recurrence.macs
        case .lanes, .columnReduction, .copy, .resize: 0
        }
    }
}
