import Basics
import Machine
import Simulation
import Synchronization
import Testing

/// A program of two kernels and a host step: y = host(x + c) · 2.
@Suite struct ProgramRunTests {
    static func elementwise(_ operation: VectorBinary.Operation, immediate: Float?) throws -> KernelObject {
        let lanes = { (address: Int) in LaneOperand.workspace(WorkspaceAddress(bytes: address), .f32, rowStrideBytes: 64) }
        func move(_ operand: Int, _ address: Int) -> TransferGeometry {
            TransferGeometry(operand: operand, offsetBytes: 0, address: WorkspaceAddress(bytes: address), runBytes: 64)
        }
        let vector =
            immediate.map {
                VectorBinary(operation, destination: lanes(128), first: lanes(0), immediateBits: $0.bitPattern, rows: 1, columns: 16)
            }
            ?? VectorBinary(operation, destination: lanes(128), first: lanes(0), second: lanes(64), rows: 1, columns: 16)
        var code = [IssuedInstruction(.load(Load(move(0, 0))), signal: immediate == nil ? [] : QueueSet(.vector(core: 0)))]
        if immediate == nil { code.append(IssuedInstruction(.load(Load(move(1, 64))), signal: QueueSet(.vector(core: 0)))) }
        code.append(IssuedInstruction(.vectorBinary(vector), wait: QueueSet(.load), signal: QueueSet(.store)))
        let result = immediate == nil ? 2 : 1
        code += [IssuedInstruction(.store(Store(move(result, 128))), wait: QueueSet(.vector(core: 0))), IssuedInstruction(.halt(Halt()))]
        let reads = (0..<result).map { _ in KernelObject.Operand(role: .read, bytes: 64) }
        return KernelObject(
            operands: reads + [.init(role: .written, bytes: 64)], workspaceBytes: 192, macs: 0, code: try MachineCode.encode(code))
    }

    static func image(constant: Float = 10) throws -> ProgramImage {
        func place(_ space: MemorySpace, _ address: Int) -> Binding { Binding(space: space, address: address, bytes: 64) }
        func tensor(_ binding: Binding) -> PlacedTensor { PlacedTensor(elementType: .f32, shape: [16], binding: binding) }
        return ProgramImage(
            target: .headset, kernels: [try elementwise(.add, immediate: nil), try elementwise(.multiply, immediate: 2)],
            steps: [
                .kernel(KernelStep(kernel: 0, bindings: [place(.dram, 0), place(.constants, 64), place(.sram, 0)], workspaceBase: 256)),
                .host(
                    HostStep(operation: "reverse", attributes: "", inputs: [tensor(place(.sram, 0))], results: [tensor(place(.sram, 64))])),
                .kernel(KernelStep(kernel: 1, bindings: [place(.sram, 64), place(.dram, 64)], workspaceBase: 256)),
            ], memory: MemoryPlan(dramBytes: 128, sramBytes: 512), inputs: [tensor(place(.dram, 0))], outputs: [tensor(place(.dram, 64))],
            names: ProgramNames(steps: ["add", "reverse", "double"], inputs: ["x"], outputs: ["y"]),
            constants: [ConstantSlice(offset: 64, storage: ByteStorage(bytes([Float](repeating: constant, count: 16))))], constantBytes: 192
        )
    }

    static func bytes(_ floats: [Float]) -> [UInt8] { floats.withUnsafeBytes { Array($0) } }

    static let host: HostExecutor = { (step, inputs) throws(SimulationError) in
        guard step.operation == "reverse" else { throw .host(operation: step.operation, reason: "unknown") }
        let words = stride(from: 0, to: inputs[0].count, by: 4).map { Array(inputs[0][$0..<$0 + 4]) }
        return [Array(words.reversed().joined())]
    }

    private let input = Self.bytes((0..<16).map(Float.init))
    private let output = Self.bytes((0..<16).map { Float(15 - $0 + 10) * 2 })

    @Test func `A program runs its kernels and host steps in order`() throws {
        let program = try PreparedProgram(try Self.image())
        #expect(try runProgram(program, inputs: [input], host: Self.host) == [output])
    }

    @Test func `Stored results stand for every step, and an edit replays only what depends on it`() throws {
        var store: [StepWork: [[UInt8]]] = [:]
        func run(_ image: ProgramImage) throws -> (outputs: [[UInt8]], executed: [Int]) {
            var executed: [Int] = []
            let outputs = try runProgram(try PreparedProgram(image), inputs: [input], host: Self.host) {
                (index, work, compute) throws(SimulationError) in
                if let known = store[work] { return known }
                executed.append(index)
                let results = try compute()
                store[work] = results
                return results
            }
            return (outputs, executed)
        }
        #expect(try run(Self.image()).executed == [0, 1, 2])
        let again = try run(Self.image())
        #expect(again.executed == [] && again.outputs == [output])
        // Another last kernel: only it runs.
        var edited = try Self.image()
        edited.kernels[1] = try Self.elementwise(.multiply, immediate: 3)
        #expect(try run(edited).executed == [2])
        // Other addresses: nothing runs.
        var moved = try Self.image()
        moved.memory.sramBytes = 1024
        guard case .kernel(var step) = moved.steps[2] else { return }
        step.workspaceBase = 512
        moved.steps[2] = .kernel(step)
        #expect(try run(moved).executed == [])
        #expect(try run(Self.image(constant: 11)).executed == [0, 1, 2])
    }

    @Test func `Inputs and host results of another size are refused`() throws {
        let program = try PreparedProgram(try Self.image())
        #expect(throws: SimulationError.inputCount(expected: 1, actual: 0)) { try runProgram(program, inputs: [], host: Self.host) }
        #expect(throws: SimulationError.tensorSize(name: "x", expectedBytes: 64, actualBytes: 3)) {
            try runProgram(program, inputs: [[1, 2, 3]], host: Self.host)
        }
        #expect(throws: SimulationError.self) {
            try runProgram(program, inputs: [input], host: { (_, _) throws(SimulationError) in [[1]] })
        }
        #expect(throws: SimulationError.host(operation: "reverse", reason: "no")) {
            try runProgram(
                program, inputs: [input],
                host: { (step, _) throws(SimulationError) in throw .host(operation: step.operation, reason: "no") })
        }
    }

    @Test func `A written operand that is not stored in full counts as read`() throws {
        var image = try Self.image()
        // The last kernel stores half of its result; the rest keeps what was there, the step's key has to know it.
        var code = try image.kernels[1].instructions()
        for index in code.indices {
            guard case .store(var store) = code[index].instruction else { continue }
            store.geometry.runBytes = 32
            code[index].instruction = .store(store)
        }
        image.kernels[1].code = try MachineCode.encode(code)
        let run = ProgramRun(try PreparedProgram(image))
        try run.begin(inputs: [input])
        #expect(try run.work(ofStep: 2).operands.count == 2)
        #expect(try ProgramRun(try PreparedProgram(try Self.image())).work(ofStep: 2).operands.count == 1)
    }

    @Test func `A program that is read back from its file gives the same outputs`() throws {
        let path = "/tmp/reglaze-run-test-\(UInt64.random(in: 0...UInt64.max)).rgi"
        try Self.image().write(to: path)
        defer { removeFile(path) }
        let program = try PreparedProgram(try ProgramImage(contentsOf: path))
        #expect(try runProgram(program, inputs: [input], host: Self.host) == [output])
    }

    @Test func `The same program gives the same bytes from many threads at once`() async throws {
        let program = try PreparedProgram(try Self.image())
        let input = input
        let results = try await withThrowingTaskGroup(of: [[UInt8]].self) { group in
            for _ in 0..<8 { group.addTask { try runProgram(program, inputs: [input], host: Self.host) } }
            var all: [[[UInt8]]] = []
            for try await result in group { all.append(result) }
            return all
        }
        #expect(results.allSatisfy { $0 == [output] })
    }
}
