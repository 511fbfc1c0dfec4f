import Basics
import Machine

/// What one operator costs on a target, by closed form: no tiles, no code. `reglaze cost` prints it.
package struct OperatorCost: Hashable, Sendable {
    /// How much of the work goes on at once.
    package enum Mode: String, Hashable, Sendable {
        /// Nothing overlaps: SCALE-Sim's rule, exactly.
        case noOverlap = "no_overlap"
        /// Weights are loaded behind the computation, and DRAM traffic behind both.
        case overlap
    }

    /// Which unit computes.
    package enum Unit: Hashable, Sendable {
        case array(Dataflow)
        /// Depthwise convolution, channels across the lanes.
        case vector
    }

    package let shape: OperatorShape
    package let mode: Mode
    package let unit: Unit
    package let arrayRows: Int
    package let arrayColumns: Int
    /// Cycles of the computing unit alone.
    package let computeCycles: Int
    /// Cycles with compulsory DRAM traffic: the sum without overlap, else the longer of both and the latency of the first read.
    package let cycles: Int
    /// Pieces that fit the array; 0 on the vector unit.
    package let folds: Int
    package let mappingEfficiency: Double
    package let onChipReadElements: Int
    package let onChipWriteElements: Int
    package let dramReadBytes: Int
    package let dramWriteBytes: Int
    package let energyPicojoules: Double

    /// MACs per cell of the array and cycle of `computeCycles`.
    package var macUtilisation: Double {
        Double(shape.macs) / (Double(computeCycles) * Double(arrayRows * arrayColumns))
    }

    /// - Parameters:
    ///   - element: type of operands; sums are 32 bits wide, results are of this type.
    ///   - array: rows and columns instead of the target's.
    ///   - dataflow: forces the array with this dataflow; nil lets the cheaper one win, and puts a depthwise convolution on the vector unit.
    /// - Throws: `K010` when the target does not multiply this type.
    package init(
        _ shape: OperatorShape, on target: TargetDescription, element: MachineType, mode: Mode, array: (rows: Int, columns: Int)? = nil,
        dataflow: Dataflow? = nil
    ) throws(Diagnostic) {
        guard let macCycles = TargetView(target).macCycles(element) else {
            throw Diagnostic(
                .unsupportedElement, "\(target.name) does not multiply \(element)",
                help: "use a target that does, or an element type that this one has: i8")
        }
        let rows = array?.rows ?? target[.arrayRows]
        let columns = array?.columns ?? target[.arrayColumns]
        let traffic = Traffic(shape, target, elementBytes: element.sizeBytes)
        self.shape = shape
        self.mode = mode
        (arrayRows, arrayColumns) = (rows, columns)
        (dramReadBytes, dramWriteBytes) = (traffic.readBytes, traffic.writeBytes)
        if dataflow == nil, case .depthwise(let convolution) = shape {
            unit = .vector
            computeCycles = Self.vectorCycles(convolution, target)
            (folds, mappingEfficiency) = (0, 1)
            (onChipReadElements, onChipWriteElements) = (shape.macs * 2, shape.outputElements)
        } else {
            let candidates = (dataflow.map { [$0] } ?? Self.dataflows(target))
                .map { ArrayFolds(shape.product, arrayRows: rows, arrayColumns: columns, dataflow: $0) }
            func cost(_ folds: ArrayFolds) -> Int {
                shape.repetitions * (mode == .noOverlap ? folds.cycles(macCycles: macCycles) : folds.overlappedCycles(macCycles: macCycles))
            }
            guard let best = candidates.min(by: { cost($0) < cost($1) }) else {
                throw Diagnostic(.unsupportedElement, "\(target.name) has neither dataflow")
            }
            unit = .array(best.dataflow)
            computeCycles = cost(best)
            (folds, mappingEfficiency) = (best.folds * shape.repetitions, best.mappingEfficiency)
            (onChipReadElements, onChipWriteElements) = (best.onChipReads * shape.repetitions, best.onChipWrites * shape.repetitions)
        }
        cycles = mode == .noOverlap ? computeCycles + traffic.cycles : max(computeCycles, traffic.cycles) + traffic.latency
        energyPicojoules = Self.energy(
            shape.macs, element, onChipBytes: (onChipReadElements + onChipWriteElements) * element.sizeBytes,
            dramBytes: dramReadBytes + dramWriteBytes, target)
    }

    private static func dataflows(_ target: TargetDescription) -> [Dataflow] {
        [(.weightStationary, TargetFact.weightStationary), (.outputStationary, .outputStationary)].compactMap { dataflow, fact in
            target[fact] == 0 ? nil : dataflow
        }
    }

    /// One multiply-accumulate per lane and cycle; channels fill the lanes of all cores.
    private static func vectorCycles(_ shape: ConvolutionShape, _ target: TargetDescription) -> Int {
        let lanes = target[.vectorLanes] * target[.cores]
        let groups = (shape.channels + lanes - 1) / lanes
        let pixels = shape.batch * shape.outputHeight * shape.outputWidth
        return target[.vectorStartupCycles]
            + pixels * groups * shape.kernelHeight * shape.kernelWidth * target[.vectorMultiplyCycles]
    }

    private static func energy(
        _ macs: Int, _ element: MachineType, onChipBytes: Int, dramBytes: Int, _ target: TargetDescription
    ) -> Double {
        let mac: TargetFact =
            switch element {
            case .i8, .u8: .macI8Femtojoules
            case .i16, .i32: .macI16Femtojoules
            case .f16, .bf16: .macF16Femtojoules
            case .f32: .macF32Femtojoules
            }
        let logic = Double(macs) * Double(target[mac]) + Double(onChipBytes) * Double(target[.scratchpadByteFemtojoules])
        let dram = Double(dramBytes) * Double(target[.dramByteFemtojoules])
        return (logic * Double(target[.technologyPermille]) / 1000 + dram) / 1000
    }
}

/// Compulsory DRAM traffic: every operand read once, the result written once.
private struct Traffic {
    let readBytes: Int
    let writeBytes: Int
    /// At the channel's bandwidth.
    let cycles: Int
    /// Of the first read.
    let latency: Int

    init(_ shape: OperatorShape, _ target: TargetDescription, elementBytes: Int) {
        readBytes = (shape.inputElements + shape.weightElements) * elementBytes
        writeBytes = shape.outputElements * elementBytes
        // Bytes per cycle = (10⁶ bytes/s) / (10⁶ cycles/s); rounded up to whole cycles.
        let bytesTimesClock = (readBytes + writeBytes) * target[.clockMegahertz]
        cycles = (bytesTimesClock + target[.dramMegabytesPerSecond] - 1) / target[.dramMegabytesPerSecond]
        latency = target[.dramReadLatencyCycles]
    }
}
