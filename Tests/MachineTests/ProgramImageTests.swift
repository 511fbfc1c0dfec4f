import Basics
import Machine
import Testing

#if canImport(Glibc)
    import Glibc
#endif

@Suite struct ProgramImageTests {
    private static let kernel = KernelObject(
        operands: [.init(role: .read, bytes: 64), .init(role: .written, bytes: 32)], workspaceBytes: 128, macs: 7,
        code: (try? Assembly.assemble("load runBytes=64 innerCount=1 outerCount=1\nhalt")).flatMap { try? MachineCode.encode($0) } ?? [])

    private static func image() -> ProgramImage {
        func place(_ space: MemorySpace, _ address: Int, _ bytes: Int = 64) -> Binding {
            Binding(space: space, address: address, bytes: bytes)
        }
        let tensor = PlacedTensor(elementType: .f32, shape: [2, 8], binding: place(.dram, 0))
        let step = KernelStep(kernel: 0, bindings: [place(.constants, 64), place(.sram, 256, 32)], workspaceBase: 64)
        let host = HostStep(operation: "aten.flip", attributes: "dims=[0]", inputs: [tensor], results: [tensor])
        return ProgramImage(
            target: .headset, kernels: [kernel], steps: [.kernel(step), .host(host)],
            memory: MemoryPlan(dramBytes: 64, sramBytes: 512), inputs: [tensor], outputs: [tensor],
            names: ProgramNames(steps: ["block.0", "flip"], inputs: ["x"], outputs: ["y"]),
            constants: [
                ConstantSlice(offset: 0, storage: ByteStorage((0..<40).map { UInt8($0) })),
                ConstantSlice(offset: 64, storage: ByteStorage(Array(repeating: 9, count: 100))),
            ], constantBytes: 192)
    }

    private static func written(_ image: ProgramImage) throws -> (bytes: [UInt8], digest: Fingerprint) {
        let path = "/tmp/reglaze-image-test-\(getpid())-\(UInt64.random(in: 0...UInt64.max)).rgi"
        defer { unlink(path) }
        let digest = try image.write(to: path).digest
        let storage = try ByteStorage(mapping: path)
        return (withExtendedLifetime(storage) { Array(storage.bytes) }, digest)
    }

    private static func read(_ bytes: [UInt8]) throws(ProgramImageError) -> ProgramImage {
        try ProgramImage(reading: ByteStorage(bytes))
    }

    @Test func `An image comes back from its file, and its digest is that of the file's bytes`() throws {
        let image = Self.image()
        let (bytes, digest) = try Self.written(image)
        #expect(Fingerprint(hashing: bytes) == digest)
        let back = try Self.read(bytes)
        #expect(back.target == image.target && back.kernels == image.kernels && back.steps == image.steps)
        #expect(back.memory == image.memory && back.inputs == image.inputs && back.outputs == image.outputs)
        #expect(back.names == image.names && back.constantBytes == 192)
        let constants = withExtendedLifetime(back) { Array(back.constants[0].storage.bytes) }
        #expect(constants[0..<40].elementsEqual(0..<40) && constants[40..<64].allSatisfy { $0 == 0 })
        #expect(constants[64..<164].allSatisfy { $0 == 9 } && constants[164..<192].allSatisfy { $0 == 0 })
        #expect(try Self.written(back).bytes == bytes)
    }

    @Test func `A renamed layer changes the names section and the checksums, nothing else`() throws {
        var renamed = Self.image()
        renamed.names.steps[0] = "block.9"
        let (old, new) = (try Self.written(Self.image()).bytes, try Self.written(renamed).bytes)
        #expect(old.count == new.count)
        let table = old.count - 6 * 40 - 16
        let changed = old.indices.filter { $0 < table && old[$0] != new[$0] }
        #expect(changed.count == 1)
    }

    @Test func `Every truncation and every flipped bit is an error, or stands in bytes that no section owns`() throws {
        let bytes = try Self.written(Self.image()).bytes
        for length in 0..<bytes.count {
            #expect(throws: ProgramImageError.self) { try Self.read(Array(bytes[..<length])) }
        }
        #expect(throws: ProgramImageError.self) { try Self.read(bytes + [0]) }
        var unnoticed = 0
        for index in bytes.indices {
            var damaged = bytes
            damaged[index] ^= 1 << UInt8(index % 8)
            if (try? Self.read(damaged)) != nil { unnoticed += 1 }
        }
        // Only the zeros between sections are covered by no checksum.
        #expect(unnoticed < 6 * 64)
    }

    /// Damage with the checksums made right again: the decoders' own checks must hold.
    @Test func `Sections with right checksums and wrong contents never trap`() throws {
        var generator = SeededGenerator(seed: 11)
        let bytes = try Self.written(Self.image()).bytes
        var accepted = 0
        for _ in 0..<6000 {
            var damaged = bytes
            let table = damaged.count - 6 * 40 - 16
            for _ in 0..<Int.random(in: 1...4, using: &generator) {
                damaged[Int.random(in: 64..<table, using: &generator)] = UInt8.random(in: 0...255, using: &generator)
            }
            Self.sign(&damaged)
            guard let image = try? Self.read(damaged) else { continue }
            accepted += 1
            for kernel in image.kernels { _ = try? KernelVerifier.verify(kernel, limits: KernelLimits(image.target)) }
        }
        #expect(accepted > 100)
    }

    /// Makes every checksum of an image right.
    private static func sign(_ bytes: inout [UInt8]) {
        let table = bytes.count - 6 * 40 - 16
        func word(_ offset: Int) -> Int { (0..<8).reduce(0) { $0 | Int(bytes[offset + $1]) << (8 * $1) } }
        func put(_ digest: Fingerprint, at offset: Int) {
            bytes.replaceSubrange(offset..<offset + 16, with: digest.canonicalBytes)
        }
        for section in 0..<6 {
            let entry = table + 40 * section
            let start = word(entry + 8)
            put(Fingerprint(hashing: Array(bytes[start..<start + word(entry + 16)])), at: entry + 24)
        }
        put(Fingerprint(hashing: Array(bytes[0..<64]) + Array(bytes[table..<table + 240])), at: table + 240)
    }

    @Test func `What is no image is told apart from what is damaged`() throws {
        let bytes = try Self.written(Self.image()).bytes
        #expect(throws: ProgramImageError.notAnImage) { try Self.read(Array("PK\u{3}\u{4} something else".utf8)) }
        #expect(throws: ProgramImageError.notAnImage) { try Self.read([]) }
        var future = bytes
        future[8] = 2
        #expect(throws: ProgramImageError.unsupportedVersion(2)) { try Self.read(future) }
        #expect(throws: ProgramImageError.truncated(expectedBytes: bytes.count, actualBytes: bytes.count - 1)) {
            try Self.read(bytes.dropLast())
        }
        #expect(throws: ProgramImageError.self) { try ProgramImage(contentsOf: "/tmp/reglaze-no-such-image.rgi") }
    }

    @Test func `Programs that leave their memories are refused before they are written`() throws {
        func refused(_ change: (inout ProgramImage) -> Void) -> Bool {
            var image = Self.image()
            change(&image)
            do { try image.validate() } catch { return true }
            return false
        }
        func changeStep(_ image: inout ProgramImage, _ change: (inout KernelStep) -> Void) {
            guard case .kernel(var step) = image.steps[0] else { return }
            change(&step)
            image.steps[0] = .kernel(step)
        }
        #expect(!refused { _ in })
        #expect(refused { changeStep(&$0) { $0.kernel = 1 } })
        #expect(refused { changeStep(&$0) { $0.bindings.removeLast() } })
        #expect(refused { changeStep(&$0) { $0.bindings[0].address = 160 } })
        #expect(refused { changeStep(&$0) { $0.bindings[0].bytes = 63 } })
        #expect(refused { changeStep(&$0) { $0.bindings[1].space = .constants } })
        #expect(refused { changeStep(&$0) { $0.bindings[1].address = 100 } })
        #expect(refused { changeStep(&$0) { $0.workspaceBase = 400 } })
        #expect(refused { changeStep(&$0) { $0.workspaceBase = 65 } })
        #expect(refused { changeStep(&$0) { $0.workspaceBase = -64 } })
        #expect(refused { $0.memory.sramBytes = 3 << 20 })
        #expect(refused { $0.names.steps.removeLast() })
        #expect(refused { $0.inputs[0].shape = [1 << 40, 1 << 40] })
        #expect(refused { $0.outputs[0].shape = [17] })
        #expect(refused { $0.constants[1].offset = 65 })
        #expect(refused { $0.constants[1].offset = 0 })
        #expect(refused { $0.constantBytes = 163 })
    }

    @Test func `An image that cannot be written leaves no file behind`() throws {
        #expect(throws: ProgramImageError.self) { try Self.image().write(to: "/tmp/reglaze-no-such-folder/a.rgi") }
    }
}
