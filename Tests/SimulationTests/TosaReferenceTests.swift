import Basics
import Machine
import Simulation
import Testing

/// Integer arithmetic against the TOSA reference model, bit for bit. `Reference/make_tosa.py` runs that model; the table keeps checksums of its results.
@Suite struct TosaReferenceTests {
    private static let rows = 1600
    private static let columns = 64
    private static let limits = KernelLimits(cores: 1, arrayRows: 64, arrayColumns: 64, accumulatorRows: 1600, scratchpadBytes: 1 << 20)

    @Test(arguments: [
        ("rescale_single_i8", Requantise.Rounding.singleRound, MachineType.i8, -7), ("rescale_single_i16", .singleRound, .i16, 0),
        ("rescale_double_i8", .doubleRound, .i8, -7), ("rescale_double_i16", .doubleRound, .i16, 0),
    ])
    func `Requantising 102,400 accumulators is RESCALE`(
        _ name: String, _ rounding: Requantise.Rounding, _ type: MachineType, _ zeroPoint: Int
    ) throws {
        let shifts = (0..<Self.columns).map { UInt8(2 + $0 % 61) }
        let values = Self.draw(Self.rows * Self.columns, seed: 1).enumerated().map { place, word in
            Int32(bitPattern: word) >> Int32(max(1 + place % 25, 32 - Int(shifts[place % Self.columns])))
        }
        let multipliers = Self.draw(Self.columns, seed: 2).map { Int32(bitPattern: $0 & 0x7FFF_FFFF) }
        let input = Self.bytes(values) + Self.bytes(multipliers) + shifts
        let tables = 4 * values.count
        var body = Requantise(rounding, type: type)
        (body.accumulator, body.destination) = (0, WorkspaceAddress(bytes: tables + 512))
        (body.multipliers, body.shifts) = (WorkspaceAddress(bytes: tables), WorkspaceAddress(bytes: tables + 4 * Self.columns))
        (body.rows, body.columns, body.perColumn) = (Self.rows, Self.columns, true)
        body.rowStrideBytes = Self.columns * type.sizeBytes
        body.outputZeroPoint = zeroPoint
        (body.clampLow, body.clampHigh) = (Requantise.limits(type).lowerBound, Requantise.limits(type).upperBound)
        let fill = VectorUnary(
            .copy, destination: .accumulator(0, .i32), source: .workspace(0, .i32, rowStrideBytes: 4 * Self.columns), rows: Self.rows,
            columns: Self.columns)
        try Self.expect(
            name, [.vectorUnary(fill), .requantise(body)], input: input, resultAt: tables + 512, columns: Self.columns, type: type,
            count: values.count)
    }

    @Test func `A product of int8 matrices is MATMUL`() throws {
        let product = MatmulOutputStationary(
            source: 0, weights: 480, accumulator: 0, innerCount: 20, innerStrideBytes: 24, depth: 24, depthStrideBytes: 20,
            columnStrideBytes: 1, columns: 20, accumulate: false, type: .i8, weightType: .i8)
        try Self.expect(
            "matmul", [.matmulOutputStationary(product), Self.drain(rows: 20, columns: 20)],
            input: Self.small(480, seed: 3) + Self.small(480, seed: 4), resultAt: 4096, columns: 20, type: .i32, count: 400)
    }

    /// Each row of the kernel is a product over 3 pixels of 8 channels, which lie one after the other.
    @Test func `Strided products of int8 rows are CONV2D`() throws {
        let products = (0..<3).map { ky in
            Instruction.matmulOutputStationary(
                MatmulOutputStationary(
                    source: WorkspaceAddress(bytes: 88 * ky), weights: WorkspaceAddress(bytes: 792 + 24 * ky), accumulator: 0,
                    outerCount: 4,
                    outerStrideBytes: 176, innerCount: 9, innerStrideBytes: 8, depth: 24, depthStrideBytes: 1, columnStrideBytes: 72,
                    columns: 20, accumulate: ky > 0, type: .i8, weightType: .i8))
        }
        try Self.expect(
            "conv2d", products + [Self.drain(rows: 36, columns: 20)], input: Self.small(792, seed: 5) + Self.small(1440, seed: 6),
            resultAt: 4096, columns: 20, type: .i32, count: 720)
    }

    @Test func `A window of int8 pixels is DEPTHWISE_CONV2D`() throws {
        var window = VectorWindow(.multiplyAccumulate)
        (window.destination, window.destinationType) = (4096, .i32)
        (window.destinationRowStrideBytes, window.destinationPixelStrideBytes) = (288, 32)
        (window.source, window.sourceType, window.sourceRowStrideBytes, window.sourcePixelStrideBytes) = (0, .i8, 88, 8)
        window.weights = 792
        (window.outputRows, window.outputColumns, window.channels) = (4, 9, 8)
        (window.kernelHeight, window.kernelWidth, window.strideY, window.strideX) = (3, 3, 2, 1)
        (window.dilationY, window.dilationX) = (1, 1)
        try Self.expect(
            "depthwise_conv2d", [.vectorWindow(window)], input: Self.small(792, seed: 5) + Self.small(72, seed: 7), resultAt: 4096,
            columns: 8, type: .i32, count: 288)
    }

    private static func drain(rows: Int, columns: Int) -> Instruction {
        .drain(
            Drain(
                accumulator: 0, accumulatorType: .i32, destination: 4096, type: .i32, rowStrideBytes: 4 * columns, rows: rows,
                columns: columns))
    }

    /// Runs instructions on a workspace that begins with `input`, and compares the checksum of each column of the result with the table's.
    private static func expect(
        _ name: String, _ instructions: [Instruction], input: [UInt8], resultAt address: Int, columns: Int, type: MachineType, count: Int
    ) throws {
        let size = count * type.sizeBytes
        func move(_ operand: Int, _ address: Int, _ bytes: Int) -> TransferGeometry {
            TransferGeometry(operand: operand, offsetBytes: 0, address: WorkspaceAddress(bytes: address), runBytes: bytes)
        }
        let code: [Instruction] =
            [.load(Load(move(0, 0, input.count)))] + instructions + [.store(Store(move(1, address, size))), .halt(Halt())]
        let kernel = KernelObject(
            operands: [.init(role: .read, bytes: input.count), .init(role: .written, bytes: size)], workspaceBytes: address + size, macs: 0,
            code: try MachineCode.encode(code.map { IssuedInstruction($0) }))
        let result = try simulateKernel(kernel, operands: [input, []], on: limits)[1]
        let lines = try Table.text(beside: #filePath, "Reference/tosa.csv").split(separator: "\n").map { $0.split(separator: ",") }
        let expected = lines.filter { $0[0] == name }.map { String($0[2]) }
        try #require(expected.count == columns, "the table has no case \(name)")
        for column in 0..<columns {
            let content = (0..<count / columns).flatMap { row in
                let start = (row * columns + column) * type.sizeBytes
                return result[start..<start + type.sizeBytes]
            }
            #expect(UInt32(expected[column], radix: 16) == crc32(content), "\(name), column \(column)")
        }
    }

    /// The words that the script draws.
    private static func draw(_ count: Int, seed: UInt64) -> [UInt32] {
        (0..<UInt64(count)).map { place in
            let word = (place + seed * 1_000_003 + 1) &* 0x9E37_79B9_7F4A_7C15
            return UInt32(truncatingIfNeeded: word ^ (word >> 29))
        }
    }

    private static func small(_ count: Int, seed: UInt64) -> [UInt8] { draw(count, seed: seed).map { UInt8(truncatingIfNeeded: $0) } }

    private static func bytes(_ values: [Int32]) -> [UInt8] {
        values.flatMap { value in withUnsafeBytes(of: value.littleEndian) { Array($0) } }
    }

    private static func crc32(_ bytes: [UInt8]) -> UInt32 {
        ~bytes.reduce(~0 as UInt32) { state, byte in
            (0..<8).reduce(state ^ UInt32(byte)) { state, _ in state & 1 == 1 ? (state >> 1) ^ 0xEDB8_8320 : state >> 1 }
        }
    }
}
