import Basics
import Machine
import Testing

@Suite struct LoopedCodeTests {
    private static let text = """
        load operand=1 runBytes=64 innerCount=1 outerCount=1
        loop 3
          load operand=1 offsetBytes=4096 address=0x40 runBytes=64 innerCount=2 innerOperandStrideBytes=-64 outerCount=1 +offsetBytes=64 +innerOperandStrideBytes=-128 ++address=4096
          loop 2
            fill destination=0x100 rows=1 rowBytes=64 type=f32 ++destination=256
            store operand=2 address=0x80 runBytes=64 innerCount=1 outerCount=1 +offsetBytes=8192 ++offsetBytes=64
          end
        end
        halt

        """

    /// The text above has a growth of a loop that is not there; this one is right.
    private static let good = text.replacing(" ++address=4096", with: "")

    @Test func `A loop stands for its instructions, each field grown by the counters of the loops around it`() throws {
        let code = try LoopedCode(text: Self.good)
        var expected = "load operand=1 runBytes=64 innerCount=1 outerCount=1\n"
        for outer in 0..<3 {
            expected +=
                "load operand=1 offsetBytes=\(4096 + 64 * outer) address=0x40 runBytes=64 innerCount=2 innerOperandStrideBytes=\(-64 - 128 * outer) outerCount=1\n"
            for inner in 0..<2 {
                expected += "fill destination=0x\(String(256 + 256 * outer, radix: 16)) rows=1 rowBytes=64 type=f32\n"
                let offset = 8192 * inner + 64 * outer
                expected +=
                    "store operand=2\(offset == 0 ? "" : " offsetBytes=\(offset)") address=0x80 runBytes=64 innerCount=1 outerCount=1\n"
            }
        }
        #expect(Assembly.disassemble(try code.instructions()) == expected + "halt\n")
        #expect(code.bytes.count == (1 + 1 + 2 + 1 + 2 + 3 + 1) * MachineCode.instructionBytes)
    }

    @Test func `Loops come back from their bytes and from their text`() throws {
        let code = try LoopedCode(text: Self.good)
        #expect(try code.text() == Self.good)
        #expect(try LoopedCode(bytes: code.bytes) == code)
        #expect(try MachineCode.decode(code.bytes) == code.instructions())
    }

    @Test(arguments: [
        text, "loop 1\nhalt\nend", "loop 2\nend", "loop 2\nhalt", "end", "loop\nhalt\nend", "loop 5000000000\nhalt\nend", "halt +core=1",
        "loop 2\nfill rows=1 rowBytes=64 type=f32 +speed=1\nend", "loop 2\nfill rows=1 rowBytes=64 type=f32 +rows=-1\nend",
        "loop 2\nfill rows=1 rowBytes=64 type=f32 +rows=1 +rows=1\nend",
        "loop 2\nloop 2\nloop 2\nloop 2\nloop 2\nhalt\nend\nend\nend\nend\nend", "loop 4000000000\nloop 4000000000\nhalt\nend\nend",
    ])
    func `Text of loops that cannot be is refused`(text: String) {
        #expect(throws: InstructionError.self) { try LoopedCode(text: text) }
    }

    @Test func `A field that leaves its range in a later iteration is an error`() throws {
        let text = "loop 3\nload operand=200 runBytes=4 innerCount=1 outerCount=1 +operand=28\nend\nhalt\n"
        #expect(throws: InstructionError.self) { try LoopedCode(text: text.replacing("28", with: "100")) }
        // 200 + 28 · 2 = 256 runs over into the field behind.
        let spilt = try LoopedCode(text: text).instructions()
        #expect(try MachineCode.decode(try MachineCode.encode(spilt)) == spilt)
    }

    @Test func `Damaged loops decode to an error or to code that encodes to the same bytes`() throws {
        let bytes = try LoopedCode(text: Self.good).bytes
        var generator = SeededGenerator(seed: 3)
        var (read, refused) = (0, 0)
        for _ in 0..<4000 {
            var damaged = bytes
            for _ in 0..<Int.random(in: 1...2, using: &generator) {
                damaged[Int.random(in: 0..<damaged.count, using: &generator)] ^= 1 << UInt8.random(in: 0..<8, using: &generator)
            }
            do {
                let code = try LoopedCode(bytes: damaged)
                #expect(code.bytes == damaged)
                let instructions = try code.instructions()
                #expect(try MachineCode.decode(try MachineCode.encode(instructions)) == instructions)
                read += 1
            } catch { refused += 1 }
        }
        #expect(read > 500 && refused > 500, "\(read) read, \(refused) refused")
    }
}
