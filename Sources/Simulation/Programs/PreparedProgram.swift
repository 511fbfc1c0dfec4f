import Basics
import Machine

/// An image whose kernels are decoded and verified: what every run of it shares.
package struct PreparedProgram: Sendable {
    package let image: ProgramImage
    package let limits: KernelLimits
    /// One per kernel of the image.
    package let kernels: [PreparedKernel]
    /// What each step reads and writes, and the fingerprint of what it computes.
    let steps: [StepPlaces]

    /// - Throws: `.kernel` for code that breaks the rules, `.binding` for an image that makes no program.
    package init(_ image: ProgramImage) throws(SimulationError) {
        do { try image.validate() } catch { throw .binding(error.description) }
        let limits = KernelLimits(image.target)
        var kernels: [PreparedKernel] = []
        for kernel in image.kernels { kernels.append(try PreparedKernel(kernel, limits: limits)) }
        let readBack = kernels.map(\.operandsReadBack)
        let fingerprints = image.kernels.map(\.fingerprint)
        steps = image.steps.map { step in
            switch step {
            case .host(let step):
                StepPlaces(
                    operation: step.operationFingerprint, reads: step.inputs.map(\.densePlace), writes: step.results.map(\.densePlace))
            case .kernel(let step):
                StepPlaces(
                    step, operands: image.kernels[step.kernel].operands, readBack: readBack[step.kernel],
                    operation: fingerprints[step.kernel])
            }
        }
        self.image = image
        self.limits = limits
        self.kernels = kernels
    }
}

/// Where one step reads and writes.
struct StepPlaces: Sendable {
    let operation: Fingerprint
    let reads: [Binding]
    let writes: [Binding]

    init(operation: Fingerprint, reads: [Binding], writes: [Binding]) {
        self.operation = operation
        self.reads = reads
        self.writes = writes
    }

    /// A kernel's step. Written operands that keep a byte of what was there, or are loaded, are read as well.
    init(_ step: KernelStep, operands: [KernelObject.Operand], readBack: Set<Int>, operation: Fingerprint) {
        self.operation = operation
        var reads: [Binding] = []
        var writes: [Binding] = []
        for (index, operand) in operands.enumerated() {
            var place = step.bindings[index]
            place.bytes = operand.bytes
            if operand.role == .read || readBack.contains(index) { reads.append(place) }
            if operand.role == .written { writes.append(place) }
        }
        self.reads = reads
        self.writes = writes
    }
}

extension PlacedTensor {
    /// The place of the dense tensor, without what its binding has to spare.
    var densePlace: Binding {
        var place = binding
        place.bytes = denseBytes ?? binding.bytes
        return place
    }
}

extension PreparedKernel {
    /// Written operands whose contents after the kernel may depend on those before: some byte is never stored, or some are loaded.
    var operandsReadBack: Set<Int> {
        var stored: [Int: UnitSet] = [:]
        var readBack: Set<Int> = []
        for issued in instructions {
            if let transfer = issued.instruction.transfer, transfer.isLoad { readBack.insert(transfer.operand) }
            // What is scattered may leave any byte as it was.
            if case .store(let body) = issued.instruction {
                stored[body.geometry.operand, default: UnitSet()].insert(body.geometry.operandRegion)
            }
        }
        let written = kernel.operands.indices.filter { kernel.operands[$0].role == .written }
        return Set(
            written.filter { index in
                let all = StridedRegion(start: 0, runBytes: kernel.operands[index].bytes)
                return readBack.contains(index) || !(stored[index]?.contains(all) ?? all.isEmpty)
            })
    }
}
