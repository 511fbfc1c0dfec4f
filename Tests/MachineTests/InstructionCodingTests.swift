import Basics
import Machine
import Testing

@Suite struct InstructionCodingTests {
    @Test(arguments: Opcode.allCases)
    func `An instruction comes back from its word and from its text`(opcode: Opcode) throws {
        var generator = SeededGenerator(seed: UInt64(opcode.rawValue))
        let count = opcode == .halt ? 1 : 400
        let instructions = (0..<count).map { _ in RandomInstruction.make(opcode, using: &generator) }
        let code = try MachineCode.encode(instructions)
        #expect(code.count == count * MachineCode.instructionBytes)
        #expect(try MachineCode.decode(code) == instructions)
        let text = Assembly.disassemble(instructions)
        #expect(try Assembly.assemble(text) == instructions)
        #expect(Assembly.disassemble(try Assembly.assemble(text)) == text)
    }

    @Test func `Random words decode to an instruction that encodes to the same word, or to an error`() throws {
        var generator = SeededGenerator(seed: 7)
        var decoded = 0
        for round in 0..<4000 {
            var code = try MachineCode.encode([RandomInstruction.make(Opcode.allCases[round % Opcode.allCases.count], using: &generator)])
            for _ in 0..<Int.random(in: 1...3, using: &generator) {
                code[Int.random(in: 0..<32, using: &generator)] ^= 1 << UInt8.random(in: 0..<8, using: &generator)
            }
            guard let instructions = try? MachineCode.decode(code) else { continue }
            decoded += 1
            #expect(try MachineCode.encode(instructions) == code)
        }
        #expect(decoded > 500)
    }

    @Test func `A value that does not fit its field is an error and never truncated`() {
        let transfer = TransferGeometry(operand: 256, offsetBytes: 0, address: 0, runBytes: 4)
        let overflow = InstructionError.fieldOverflow(
            instruction: "load", field: "operand", value: 256, minimum: 0, maximum: 255)
        #expect(throws: overflow) { try MachineCode.encode([IssuedInstruction(.load(Load(transfer)))]) }
        var negative = transfer
        (negative.operand, negative.runBytes) = (0, 0)
        #expect(throws: InstructionError.self) { try MachineCode.encode([IssuedInstruction(.store(Store(negative)))]) }
        let wide = Fill(destination: 0x100_0000, rowBytes: 4, type: .f32, value: 0)
        #expect(throws: InstructionError.self) { try MachineCode.encode([IssuedInstruction(.fill(wide))]) }
    }

    @Test func `Strides of a transfer may be negative`() throws {
        let geometry = TransferGeometry(
            operand: 1, offsetBytes: 4096, address: 64, runBytes: 4,
            inner: .init(count: 8, operandStrideBytes: -128, workspaceStrideBytes: 4))
        let issued = IssuedInstruction(.load(Load(geometry)), signal: QueueSet(.vector(core: 3)))
        #expect(try MachineCode.decode(try MachineCode.encode([issued])) == [issued])
        #expect(geometry.operandRegion.bounds == 4096 - 7 * 128..<4100)
        #expect(
            Assembly.disassemble(issued)
                == "load signal=VE3 operand=1 offsetBytes=4096 address=0x40 runBytes=4 innerCount=8 innerOperandStrideBytes=-128 innerWorkspaceStrideBytes=4 outerCount=1"
        )
    }

    @Test(arguments: [
        "jump", "load operand", "load operand=x", "load operand=1 operand=1", "load speed=4", "fill rows=1 wait=QQ",
        "load operand=1", "halt wait=LD", "load.1 runBytes=4 innerCount=1 outerCount=1",
        "load wait=LD runBytes=4 innerCount=1 outerCount=1",
        "vector_binary operation=xor firstType=f32 secondType=f32 rows=1 columns=1",
        "drain accumulatorType=i8 rows=1 columns=1",
    ])
    func `Text that is no instruction is refused`(text: String) {
        #expect(throws: InstructionError.self) { try Assembly.assemble(text) }
    }

    @Test func `Comments and empty lines are no instructions`() throws {
        #expect(try Assembly.assemble("# nothing\n\n  halt  # the end\n") == [IssuedInstruction(.halt(Halt()))])
    }

    @Test func `Code that is cut short, zeroed or reserved is refused`() throws {
        let halt = try MachineCode.encode([IssuedInstruction(.halt(Halt()))])
        #expect(throws: InstructionError.truncatedCode(bytes: 31)) { try MachineCode.decode(halt.dropLast()) }
        #expect(throws: InstructionError.unknownOpcode(0)) { try MachineCode.decode([UInt8](repeating: 0, count: 32)) }
        var reserved = halt
        reserved[3] |= 0x80
        #expect(throws: InstructionError.self) { try MachineCode.decode(reserved) }
        var trailing = halt
        trailing[31] = 1
        #expect(throws: InstructionError.reservedBitsSet(instruction: "halt")) { try MachineCode.decode(trailing) }
    }

    @Test func `The manual lists every instruction and every field once`() {
        let manual = InstructionManual.markdown
        for opcode in Opcode.allCases { #expect(manual.contains("## `\(opcode.mnemonic)`\n")) }
        #expect(manual.contains("| innerOperandStrideBytes | 138 | 28 | bytes | -134217728…134217727 |"))
    }

    @Test func `No instruction has more fields than bits, nor two fields of one name`() throws {
        for opcode in Opcode.allCases {
            let rows = InstructionManual.section(opcode).split(separator: "\n").filter { $0.hasPrefix("| ") }.dropFirst()
            let cells = rows.map { $0.split(separator: "|").map { $0.filter { $0 != " " } } }
            #expect(Set(cells.map { $0[0] }).count == cells.count)
            let last = cells.last.map { (Int($0[1]) ?? 0) + (Int($0[2]) ?? 0) } ?? 0
            #expect(last <= 256, "\(opcode)")
        }
    }
}
