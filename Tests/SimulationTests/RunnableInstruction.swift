import Basics
import Machine
import Simulation

/// Draws instructions that a small machine can run: inside a workspace, aligned, sources and destination apart.
struct RunnableInstruction {
    static let workspaceBytes = 1 << 15
    static let limits = KernelLimits(
        cores: 1, arrayRows: 24, arrayColumns: 20, accumulatorRows: 64, scratchpadBytes: workspaceBytes)
    var generator: SeededGenerator

    init(seed: UInt64) { generator = SeededGenerator(seed: seed) }

    mutating func int(_ range: ClosedRange<Int>) -> Int { Int.random(in: range, using: &generator) }
    mutating func flag() -> Bool { Bool.random(using: &generator) }

    mutating func pick<Value>(_ values: [Value]) -> Value { values[int(0...values.count - 1)] }

    private mutating func address(_ size: Int = 4) -> WorkspaceAddress {
        WorkspaceAddress(bytes: int(0...Self.workspaceBytes / 8 - 1) * 8 / size * size)
    }

    private mutating func lanes(_ columns: Int, _ types: [MachineType] = MachineType.allCases) -> LaneOperand {
        if columns <= Self.limits.arrayColumns, int(0...4) == 0 {
            return .accumulator(AccumulatorRow(int(0...40)), flag() ? .f32 : .i32, rowStride: int(0...2))
        }
        let type = pick(types)
        let stride = pick([0, columns, columns + int(0...9)]) * type.sizeBytes
        return .workspace(address(type.sizeBytes), type, rowStrideBytes: stride)
    }

    /// A list of instructions of which the last is of `opcode`, and those before fill what it needs; all verified to be runnable.
    mutating func draw(_ opcode: Opcode) -> [Instruction] {
        while true {
            let drawn = candidate(opcode)
            if drawn.allSatisfy(Self.isRunnable) { return drawn }
        }
    }

    /// In bounds, aligned, and no destination over a source, except that an accumulating instruction reads what it writes.
    static func isRunnable(_ instruction: Instruction) -> Bool {
        guard (try? MachineCode.encode(IssuedInstruction(instruction))) != nil, instruction.alignmentFault == nil else { return false }
        let accesses = instruction.accesses(core: 0)
        for write in accesses where write.isWrite {
            if case .accumulator = write.place, write.region.inner.count > 1, write.region.inner.strideBytes == 0 { return false }
            if write.region.inner.strideBytes == 0 && write.region.inner.count > 1 { return false }
            for read in accesses where !read.isWrite && read.region != write.region && read.conflicts(with: write) { return false }
        }
        return accesses.allSatisfy { access in
            switch access.place {
            case .workspace: access.region.bounds.upperBound <= workspaceBytes
            case .accumulator: access.region.bounds.upperBound <= limits.accumulatorRows
            case .operand: true
            }
        }
    }

    private mutating func candidate(_ opcode: Opcode) -> [Instruction] {
        let (rows, columns) = (int(1...9), pick([1, 3, 16, 20, 37, 3000]))
        switch opcode {
        case .fill:
            let type = pick(MachineType.allCases)
            let bytes = int(1...30) * type.sizeBytes
            return [
                .fill(
                    Fill(
                        destination: address(), rows: rows, rowBytes: bytes, rowStrideBytes: bytes + 8 * type.sizeBytes, type: type,
                        value: UInt32.random(in: 0...UInt32.max, using: &generator)))
            ]
        case .loadWeights, .matmulWeightStationary: return weightStationary()
        case .matmulOutputStationary: return [outputStationary()]
        case .vectorBinary: return [binary(rows, columns)]
        case .vectorUnary:
            let operation = pick(VectorUnary.Operation.allCases)
            return [
                .vectorUnary(
                    VectorUnary(
                        operation, destination: lanes(columns), source: lanes(columns), sourcePerRow: flag(), rows: rows, columns: columns))
            ]
        case .vectorSelect:
            let types = [pick(MachineType.allCases)]
            let select = VectorSelect(
                destination: lanes(columns, types), condition: lanes(columns), conditionPerRow: flag(), first: lanes(columns, types),
                firstPerRow: flag(), second: lanes(columns, types), secondPerRow: flag(), rows: rows, columns: columns)
            return select.map { [.vectorSelect($0)] } ?? candidate(opcode)
        case .vectorReduce:
            return [
                .vectorReduce(
                    VectorReduce(
                        pick(VectorReduce.Operation.allCases), over: pick(VectorReduce.Axis.allCases), accumulate: flag(),
                        destination: lanes(columns), source: lanes(columns), rows: rows, columns: columns))
            ]
        case .vectorWindow: return [window()]
        case .vectorCopy: return [copy()]
        case .drain:
            let isFloat = flag()
            return weightStationary(isFloat ? [.f16, .bf16, .f32] : [.i8, .i16]) + [drain(isFloat: isFloat)]
        case .requantise: return weightStationary([.i8, .i16]) + [requantise()]
        case .load, .store, .loadGathered, .storeScattered, .halt: return []
        }
    }

    private mutating func weightStationary(_ types: [MachineType] = [.i8, .i16, .f16, .bf16, .f32]) -> [Instruction] {
        let type = pick(types)
        let weightType = type == .i16 ? .i8 : type
        let (depth, columns) = (int(1...Self.limits.arrayRows), int(1...Self.limits.arrayColumns))
        let isTransposed = flag()
        let (size, weightSize) = (type.sizeBytes, weightType.sizeBytes)
        let load = LoadWeights(
            source: address(), depth: depth, columns: columns, depthStrideBytes: (isTransposed ? 1 : columns) * weightSize,
            columnStrideBytes: (isTransposed ? depth : 1) * weightSize, type: weightType)
        let matmul = MatmulWeightStationary(
            source: address(), accumulator: AccumulatorRow(int(0...40)), outerCount: int(1...3), outerStrideBytes: int(0...500) * size,
            innerCount: int(1...7), innerStrideBytes: int(0...60) * size, depth: int(1...depth), columns: int(1...Self.limits.arrayColumns),
            accumulate: type.isFloatingPoint && flag(), type: type)
        return [.loadWeights(load), .matmulWeightStationary(matmul)]
    }

    private mutating func outputStationary() -> Instruction {
        let type = pick([MachineType.i8, .i16, .f16, .bf16, .f32])
        let weightType = type == .i16 ? .i8 : type
        let columns = int(1...Self.limits.arrayColumns)
        let depth = pick([1, 7, 130, 300, type == .i8 ? 1500 : 200])
        return .matmulOutputStationary(
            MatmulOutputStationary(
                source: address(), weights: address(), accumulator: AccumulatorRow(int(0...40)), outerCount: int(1...3),
                outerStrideBytes: int(0...500) * type.sizeBytes, innerCount: int(1...7), innerStrideBytes: int(0...60) * type.sizeBytes,
                depth: depth, depthStrideBytes: pick([1, columns]) * weightType.sizeBytes,
                columnStrideBytes: pick([1, 30]) * weightType.sizeBytes, columns: columns, accumulate: type.isFloatingPoint && flag(),
                type: type, weightType: weightType))
    }

    private mutating func binary(_ rows: Int, _ columns: Int) -> Instruction {
        var body = VectorBinary(
            pick(VectorBinary.Operation.allCases), destination: lanes(columns), first: lanes(columns), firstPerRow: flag(),
            second: lanes(columns), secondPerRow: flag(), rows: rows, columns: columns)
        if int(0...2) == 0 {
            let isFloat = body.first.type.isFloatingPoint
            let bits = isFloat ? Float(int(-40...40)).bitPattern : UInt32(bitPattern: Int32(int(-40...40)))
            body = VectorBinary(
                body.operation, destination: body.destination, first: body.first, firstPerRow: body.firstPerRow, immediateBits: bits,
                rows: rows, columns: columns)
        }
        // An integer power is compared for small exponents only.
        if body.operation == .power, body.computesIntegers, !body.secondIsImmediate { body.operation = .multiply }
        if int(0...5) == 0, body.first.type.sizeBytes == body.destination.type.sizeBytes, !body.firstPerRow {
            (body.destination, body.first) = (body.first, body.first)
        }
        return .vectorBinary(body)
    }

    private mutating func window() -> Instruction {
        var body = VectorWindow(pick(VectorWindow.Operation.allCases))
        (body.sourceType, body.destinationType) = (pick(MachineType.allCases), pick(MachineType.allCases))
        body.accumulate = body.operation != .maximum && flag()
        (body.outputRows, body.outputColumns, body.channels) = (int(1...4), int(1...4), pick([1, 5, 16, 33]))
        (body.kernelHeight, body.kernelWidth) = (int(1...3), int(1...3))
        (body.strideY, body.strideX, body.dilationY, body.dilationX) = (int(1...2), int(1...2), int(1...2), int(1...2))
        body.sourcePixelStrideBytes = (body.channels + int(0...3)) * body.sourceType.sizeBytes
        body.sourceRowStrideBytes = body.sourcePixelStrideBytes * int(12...14)
        body.destinationPixelStrideBytes = (body.channels + int(0...3)) * body.destinationType.sizeBytes
        body.destinationRowStrideBytes = body.destinationPixelStrideBytes * int(4...6)
        (body.source, body.destination) = (address(), address())
        if body.operation == .multiplyAccumulate { body.weights = address() }
        return .vectorWindow(body)
    }

    private mutating func copy() -> Instruction {
        let size = pick(VectorCopy.ElementSize.allCases)
        let (n, m, o) = (int(1...9), int(1...7), int(1...4))
        let bytes = size.bytes
        return .vectorCopy(
            VectorCopy(
                elementSize: size, destination: address(), source: address(),
                inner: .init(count: n, destinationStrideBytes: m * o * bytes, sourceStrideBytes: int(0...9) * bytes),
                middle: .init(count: m, destinationStrideBytes: o * bytes, sourceStrideBytes: int(0...50) * bytes),
                outer: .init(count: o, destinationStrideBytes: bytes, sourceStrideBytes: int(0...90) * bytes)))
    }

    private mutating func drain(isFloat: Bool) -> Instruction {
        let (rows, columns) = (int(1...20), int(1...Self.limits.arrayColumns))
        let type = pick(MachineType.allCases)
        let clamp = isFloat ? Drain.Clamp(low: -3 as Float, high: 6 as Float) : Drain.Clamp(low: -90 as Int32, high: 4000 as Int32)
        return .drain(
            Drain(
                accumulator: AccumulatorRow(int(0...40)), accumulatorType: isFloat ? .f32 : .i32, destination: address(), type: type,
                rowStrideBytes: (columns + int(0...5)) * type.sizeBytes, rows: rows, columns: columns, bias: flag() ? address() : nil,
                clamp: flag() ? clamp : nil))
    }

    private mutating func requantise() -> Instruction {
        let (rows, columns) = (int(1...20), int(1...Self.limits.arrayColumns))
        var body = Requantise(pick(Requantise.Rounding.allCases), type: pick([.i8, .u8, .i16]))
        body.accumulator = AccumulatorRow(int(0...40))
        (body.destination, body.multipliers, body.shifts) = (address(), address(), address())
        (body.rows, body.columns, body.perColumn) = (rows, columns, flag())
        body.rowStrideBytes = (columns + int(0...5)) * body.type.sizeBytes
        if flag() { (body.hasBias, body.bias) = (true, address()) }
        let limits = Requantise.limits(body.type)
        (body.outputZeroPoint, body.clampLow, body.clampHigh) = (
            int(-9...9), limits.lowerBound + int(0...9), limits.upperBound - int(0...9)
        )
        return .requantise(body)
    }
}
