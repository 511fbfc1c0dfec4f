import Basics
import Machine
import Simulation
import Testing

/// Every instruction against the naive machine, bit for bit, and the accumulators' limits.
@Suite struct InstructionValueTests {
    private static let tested = Opcode.allCases.filter { ![.load, .store, .loadGathered, .storeScattered, .halt].contains($0) }

    @Test(arguments: tested)
    func `An instruction's values are those of the naive machine`(opcode: Opcode) throws {
        var drawing = RunnableInstruction(seed: UInt64(opcode.rawValue) + 100)
        for round in 0..<250 {
            let instructions = drawing.draw(opcode)
            var workspace = Self.contents(round, &drawing)
            if case .requantise(let body)? = instructions.last { Self.writeScales(body, &workspace, &drawing) }
            var naive = NaiveMachine(
                workspace: workspace, rows: RunnableInstruction.limits.accumulatorRows, columns: RunnableInstruction.limits.arrayColumns)
            for instruction in instructions { naive.execute(instruction) }
            let result = try Self.run(instructions, workspace: workspace)
            let difference = zip(result.workspace, naive.workspace).enumerated().first { $0.element.0 != $0.element.1 }?.offset
            #expect(difference == nil, "\(Assembly.disassemble(instructions.map { IssuedInstruction($0) }))")
            let isEqual = result.accumulators == naive.accumulators.flatMap { $0.map(Self.canonical) }
            #expect(isEqual, "\(Assembly.disassemble(instructions.map { IssuedInstruction($0) }))")
        }
    }

    /// Bytes at random, or small floats of the three types, or numbers at the ends of the float ranges.
    private static func contents(_ round: Int, _ drawing: inout RunnableInstruction) -> [UInt8] {
        var bytes = (0..<RunnableInstruction.workspaceBytes).map { _ in UInt8(drawing.int(0...255)) }
        guard round % 3 != 0 else { return bytes }
        for index in stride(from: 0, to: bytes.count, by: 4) {
            let value = Float(drawing.int(-2000...2000)) / (round % 3 == 1 ? 64 : 0.37)
            let pattern: UInt32 =
                switch drawing.int(0...3) {
                case 0: UInt32(NarrowFloat.f16(value)) << 16 | UInt32(NarrowFloat.bf16(value))
                case 1: UInt32(bitPattern: Int32(drawing.int(-70000...70000)))
                default: value.bitPattern
                }
            for byte in 0..<4 { bytes[index + byte] = UInt8(truncatingIfNeeded: pattern >> UInt32(8 * byte)) }
        }
        return bytes
    }

    /// Scale tables that TOSA defines.
    private static func writeScales(_ body: Requantise, _ workspace: inout [UInt8], _ drawing: inout RunnableInstruction) {
        for column in 0..<body.columns {
            let multiplier =
                body.rounding == .floatNearestEven
                ? Float(drawing.int(1...9999)) / 3e6 : Float(bitPattern: UInt32(drawing.int(0...0x7FFF_FFFF)))
            for byte in 0..<4 where body.multipliers.bytes + 4 * column + byte < workspace.count {
                workspace[body.multipliers.bytes + 4 * column + byte] = UInt8(truncatingIfNeeded: multiplier.bitPattern >> UInt32(8 * byte))
            }
        }
        guard body.rounding != .floatNearestEven else { return }
        for column in 0..<body.columns where body.shifts.bytes + column < workspace.count {
            workspace[body.shifts.bytes + column] = UInt8(drawing.int(2...62))
        }
        // Tables that overlap spoil each other: keep what the machine accepts.
        for column in 0..<body.columns where body.multipliers.bytes + 4 * column + 3 < workspace.count {
            workspace[body.multipliers.bytes + 4 * column + 3] &= 0x7F
        }
    }

    private static func canonical(_ word: UInt32) -> UInt32 { Float(bitPattern: word).isNaN ? 0x7FC0_0000 : word }

    /// Runs instructions on a workspace; gives workspace and accumulators afterwards, NaNs in one form.
    private static func run(_ instructions: [Instruction], workspace: [UInt8]) throws -> (workspace: [UInt8], accumulators: [UInt32]) {
        let limits = RunnableInstruction.limits
        let bytes = workspace.count
        let words = limits.accumulatorRows * limits.arrayColumns * 4
        func move(_ operand: Int, _ count: Int) -> TransferGeometry {
            TransferGeometry(operand: operand, offsetBytes: 0, address: 0, runBytes: count)
        }
        var code: [Instruction] = [.load(Load(move(0, bytes)))] + instructions + [.store(Store(move(1, bytes)))]
        code.append(
            .drain(
                Drain(
                    accumulator: 0, accumulatorType: .f32, destination: 0, type: .f32, rowStrideBytes: limits.arrayColumns * 4,
                    rows: limits.accumulatorRows, columns: limits.arrayColumns)))
        code += [.store(Store(move(2, words))), .halt(Halt())]
        let kernel = KernelObject(
            operands: [.init(role: .read, bytes: bytes), .init(role: .written, bytes: bytes), .init(role: .written, bytes: words)],
            workspaceBytes: bytes, macs: 0, code: try MachineCode.encode(code.map { IssuedInstruction($0) }))
        let results = try simulateKernel(kernel, operands: [workspace, [], []], on: limits)
        let accumulators = results[2].withUnsafeBytes { buffer in
            (0..<words / 4).map { buffer.loadUnaligned(fromByteOffset: 4 * $0, as: UInt32.self) }
        }
        return (results[1], accumulators)
    }

    @Test func `A load and a store move runs over two levels, backwards too`() throws {
        let source = (0..<200).map { UInt8($0) }
        let load = TransferGeometry(
            operand: 0, offsetBytes: 90, address: 3, runBytes: 4, inner: .init(count: 3, operandStrideBytes: -20, workspaceStrideBytes: 5),
            outer: .init(count: 2, operandStrideBytes: 60, workspaceStrideBytes: 31))
        let store = TransferGeometry(
            operand: 1, offsetBytes: 7, address: 3, runBytes: 4, inner: .init(count: 3, operandStrideBytes: 6, workspaceStrideBytes: 5),
            outer: .init(count: 2, operandStrideBytes: 40, workspaceStrideBytes: 31))
        let kernel = KernelObject(
            operands: [.init(role: .read, bytes: 200), .init(role: .written, bytes: 100)], workspaceBytes: 64, macs: 0,
            code: try MachineCode.encode([.load(Load(load)), .store(Store(store)), .halt(Halt())].map { IssuedInstruction($0) }))
        var expected = [UInt8](repeating: 0, count: 100)
        for outer in 0..<2 {
            for inner in 0..<3 {
                for byte in 0..<4 { expected[7 + 40 * outer + 6 * inner + byte] = source[90 + 60 * outer - 20 * inner + byte] }
            }
        }
        #expect(try simulateKernel(kernel, operands: [source, []], on: RunnableInstruction.limits)[1] == expected)
    }

    @Test func `A sum that leaves the 32-bit accumulators is an error`() throws {
        let one = KernelObject.Operand(role: .read, bytes: 4096)
        let fill = Fill(destination: 0, rowBytes: 64, type: .i16, value: 0x7FFF)
        let weights = Fill(destination: 64, rowBytes: 24, type: .i8, value: 0x7F)
        let load = LoadWeights(source: 64, depth: 24, columns: 1, depthStrideBytes: 1, columnStrideBytes: 1, type: .i8)
        func matmul(_ accumulate: Bool) -> Instruction {
            .matmulWeightStationary(
                MatmulWeightStationary(
                    source: 0, accumulator: 0, innerCount: 1, innerStrideBytes: 0, depth: 24, columns: 1, accumulate: accumulate, type: .i16
                ))
        }
        // One product sum is 24·32767·127: 21 of them fit, 22 do not.
        for (count, fits) in [(21, true), (22, false)] {
            var code: [Instruction] = [.fill(fill), .fill(weights), .loadWeights(load), matmul(false)]
            code += (1..<count).map { _ in matmul(true) } + [.halt(Halt())]
            let kernel = KernelObject(
                operands: [one], workspaceBytes: 128, macs: 0, code: try MachineCode.encode(code.map { IssuedInstruction($0) }))
            if fits {
                _ = try simulateKernel(kernel, operands: [[]], on: RunnableInstruction.limits)
            } else {
                #expect(throws: SimulationError.accumulatorOverflow(instruction: 24)) {
                    try simulateKernel(kernel, operands: [[]], on: RunnableInstruction.limits)
                }
            }
        }
    }

    @Test func `Both dataflows give the same bits`() throws {
        var drawing = RunnableInstruction(seed: 9)
        for _ in 0..<40 {
            let workspace = Self.contents(1, &drawing)
            let rows = drawing.int(1...20)
            let load = LoadWeights(source: 8192, depth: 24, columns: 20, depthStrideBytes: 80, columnStrideBytes: 4, type: .f32)
            let stationary = MatmulWeightStationary(
                source: 64, accumulator: 0, innerCount: rows, innerStrideBytes: 100, depth: 24, columns: 20, accumulate: false, type: .f32)
            let streamed = MatmulOutputStationary(
                source: 64, weights: 8192, accumulator: 0, innerCount: rows, innerStrideBytes: 100, depth: 24, depthStrideBytes: 80,
                columnStrideBytes: 4, columns: 20, accumulate: false, type: .f32, weightType: .f32)
            let first = try Self.run([.loadWeights(load), .matmulWeightStationary(stationary)], workspace: workspace)
            #expect(try Self.run([.matmulOutputStationary(streamed)], workspace: workspace) == first)
        }
    }
}
