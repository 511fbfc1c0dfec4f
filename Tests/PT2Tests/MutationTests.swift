import Basics
import PT2
import Testing

/// Damaged input may be refused or, where the damage does not matter, read. It may never trap.
@Suite struct MutationTests {
    /// Flips, overwrites, inserts, removes or cuts a few bytes.
    private func mutate(_ bytes: [UInt8], _ random: inout SeededGenerator) -> [UInt8] {
        var bytes = bytes
        for _ in 0..<Int.random(in: 1...4, using: &random) where !bytes.isEmpty {
            let position = Int.random(in: 0..<bytes.count, using: &random)
            switch Int.random(in: 0..<8, using: &random) {
            case 0: bytes.removeSubrange(position...)
            case 1: bytes.removeSubrange(position..<min(bytes.count, position + Int.random(in: 1...16, using: &random)))
            case 2: bytes.insert(UInt8.random(in: 0...255, using: &random), at: position)
            case 3: bytes[position] = [0, 0x7F, 0x80, 0xFF].randomElement(using: &random) ?? 0
            case 4: bytes[position] = UInt8(ascii: ["\"", "\\", "{", "}", "[", "]", ",", "9", "-"].randomElement(using: &random) ?? "0")
            default: bytes[position] ^= 1 << UInt8.random(in: 0..<8, using: &random)
            }
        }
        return bytes
    }

    private func read(_ bytes: [UInt8]) -> Bool {
        do throws(PT2Error) {
            try readAll(try Archive(ByteStorage(bytes)))
            return true
        } catch {
            _ = error.diagnostic(in: "net.pt2").description
            return false
        }
    }

    @Test(arguments: ["dynamic_batch", "buffers", "data_dependent"])
    func `A damaged archive never traps`(_ name: String) throws {
        let storage = try ByteStorage(mapping: Fixture.path(name))
        let original = [UInt8](storage.bytes)
        var random = SeededGenerator(seed: UInt64(name.utf8.count))
        for _ in 0..<800 { _ = read(mutate(original, &random)) }
    }

    /// The directory is a small part of the file: damage it on purpose.
    @Test func `A damaged directory never traps`() throws {
        let original = ArchiveBuilder().bytes()
        var random = SeededGenerator(seed: 1)
        for _ in 0..<4000 {
            let tail = mutate(Array(original.suffix(900)), &random)
            _ = read(Array(original.dropLast(900)) + tail)
        }
    }

    /// With right checksums, so that the damage reaches the reader of the program and of the table.
    @Test func `A damaged program never traps`() throws {
        let storage = try #require(try Fixture.archive("dynamic_batch").bytes(of: "models/model.json"))
        let symbolic = String(decoding: storage.bytes, as: UTF8.self)
        var random = SeededGenerator(seed: 2)
        var refused = 0
        for round in 0..<4000 {
            let text = round.isMultiple(of: 2) ? symbolic : ProgramText.whole()
            let program = mutate(Array(text.utf8), &random)
            let table = round.isMultiple(of: 3) ? mutate(Array(ProgramText.table().utf8), &random) : Array(ProgramText.table().utf8)
            let builder = ArchiveBuilder().changing("model.json") { $0.bytes = program }.changing("weights_config.json") {
                $0.bytes = table
            }
            if !read(builder.bytes()) { refused += 1 }
        }
        #expect(refused > 1000)
    }

    @Test func `A damaged safetensors file never traps`() throws {
        let storage = try ByteStorage(mapping: Fixture.path("buffers", ".safetensors"))
        let original = [UInt8](storage.bytes)
        var random = SeededGenerator(seed: 3)
        for _ in 0..<4000 {
            guard let file = try? Safetensors(ByteStorage(mutate(original, &random))) else { continue }
            for tensor in file.tensors { _ = tensor.contiguousBytes()?.fingerprint }
        }
    }

    @Test func `A damaged expression never traps`() {
        let original =
            "Add(FloorDiv(Add(Symbol('s0', positive=True), Integer(-1)), Pow(Integer(8), Rational(1, 2))), TruncToInt(Float('1.5')))"
        var random = SeededGenerator(seed: 4)
        for _ in 0..<20000 {
            let text = String(decoding: mutate(Array(original.utf8), &random), as: UTF8.self)
            _ = try? SymbolicExpression(parsing: text).value(where: ["s0": .max, "s1": .min])
        }
    }
}
