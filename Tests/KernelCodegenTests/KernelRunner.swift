import Basics
import KernelCodegen
import Machine
import Simulation
import Testing

extension SeededGenerator {
    init(_ seed: Int) { self.init(seed: UInt64(truncatingIfNeeded: seed) &* 0x9E37_79B9_7F4A_7C15) }

    mutating func pick<Value>(_ values: Value...) -> Value { values[Int(next() % UInt64(values.count))] }
}

/// Generates a request's code, runs it on the simulated machine, and compares with the naive evaluator.
struct KernelRunner {
    let request: KernelRequest
    let target: TargetDescription
    let generated: GeneratedKernel

    init(_ request: KernelRequest, _ target: TargetDescription) throws {
        self.request = request
        self.target = target
        generated = try generate(request, target: TargetView(target))
    }

    /// Runs with random operands between −2 and 2, those with a scale multiplied by it. `tolerance` is relative to the greatest reference value; 0 wants the
    /// same bits.
    func check(
        tolerance: Float = 2e-6, seed: Int = 1, against other: KernelRequest? = nil, scales: [Int: Float] = [:],
        _ location: SourceLocation = #_sourceLocation
    ) throws {
        var generator = SeededGenerator(seed)
        let slices = request.lookedUpSlices
        let bytes = request.operands.enumerated().map { number, operand in
            if let slices = slices[number] {
                return (0..<operand.elementCount).flatMap { _ in
                    Self.encode(Float(Int(generator.next() % UInt64(2 * slices)) - slices), operand.element)
                }
            }
            return (0..<operand.elementCount).flatMap { _ -> [UInt8] in
                let value = Float(Int(generator.next() % 2001) - 1000) / 500 * scales[number, default: 1]
                return Self.encode(operand.element.isFloatingPoint ? value : Float(value > 0 ? 1 : 0), operand.element)
            }
        }
        var reference = NaiveEvaluator(
            other ?? request, zip(bytes, request.operands).map { Self.decode($0, $1.element) })
        reference.run()
        let results = try run(bytes)
        for (number, operand) in request.operands.enumerated() where operand.kind == .result {
            let expected = reference.values[number].map { Self.decode(Self.encode($0, operand.element), operand.element)[0] }
            let actual = Self.decode(results[number], operand.element)
            let scale = expected.filter(\.isFinite).map(abs).max() ?? 0
            let allowed = max(tolerance, operand.element == .bf16 ? 0.008 : operand.element == .f16 ? 0.001 : 0) * scale
            let wrong = zip(expected, actual).enumerated().filter { _, pair in
                pair.0 != pair.1 && !(abs(pair.0 - pair.1) <= allowed) && !(pair.0.isNaN && pair.1.isNaN)
            }
            if let first = wrong.first {
                Issue.record(
                    "\(target.name): \(wrong.count) of \(expected.count) elements differ, first \(first.offset): \(first.element)\n\(request)",
                    sourceLocation: location)
            }
        }
        try RaceVerifier.verify(try PreparedKernel(generated.object, limits: KernelLimits(target)))
        let looped = try generated.object.instructions()
        #expect(
            try instructions(of: request, target: TargetView(target)) == looped, "loops stand for other instructions\n\(request)",
            sourceLocation: location)
        let races = RaceCheck(looped).faults
        #expect(races.isEmpty, "\(target.name): \(races.prefix(3))\n\(request)", sourceLocation: location)
    }

    /// The bytes of every operand after the kernel ran; memories are full of ones before.
    private func run(_ operands: [[UInt8]]) throws -> [[UInt8]] {
        let limits = KernelLimits(target)
        var bindings: [Binding] = []
        var address = 0
        for operand in generated.object.operands {
            bindings.append(Binding(space: .dram, address: address, bytes: operand.bytes))
            address += (operand.bytes + 63) & ~63
        }
        let sram = generated.object.workspaceBytes
        let machine = ValueMachine(limits: limits, memory: MemoryPlan(dramBytes: address, sramBytes: sram))
        try machine.write(Array(repeating: 0xFF, count: sram), to: Binding(space: .sram, address: 0, bytes: sram))
        for (number, content) in operands.enumerated() {
            let isResult = request.operands[number].kind == .result
            let packed = isResult ? Array(repeating: 0xFF, count: content.count) : try pack(content, number)
            try machine.write(packed, to: bindings[number])
        }
        let prepared = try PreparedKernel(generated.object, limits: limits)
        try machine.run(prepared, bindings: bindings, workspaceBase: 0)
        return try bindings.map { try machine.read($0) }
    }

    private func pack(_ content: [UInt8], _ number: Int) throws -> [UInt8] {
        let packed = content.withUnsafeBytes {
            generated.packings[number].pack($0, elementBytes: request.operands[number].element.sizeBytes)
        }
        return try #require(packed)
    }

    static func encode(_ value: Float, _ type: ElementType) -> [UInt8] {
        switch type {
        case .bf16: withUnsafeBytes(of: NarrowFloat.bf16(value)) { Array($0) }
        case .f16: withUnsafeBytes(of: NarrowFloat.f16(value)) { Array($0) }
        case .f32: withUnsafeBytes(of: value.bitPattern) { Array($0) }
        case .i32: withUnsafeBytes(of: Int32(value)) { Array($0) }
        case .i64: withUnsafeBytes(of: Int64(value)) { Array($0) }
        default: [value.isNaN ? 0 : UInt8(max(0, min(255, value)))]
        }
    }

    static func decode(_ bytes: [UInt8], _ type: ElementType) -> [Float] {
        bytes.withUnsafeBytes { buffer in
            stride(from: 0, to: bytes.count, by: type.sizeBytes).map { offset in
                switch type {
                case .bf16: NarrowFloat.float(bf16: buffer.loadUnaligned(fromByteOffset: offset, as: UInt16.self))
                case .f16: NarrowFloat.float(f16: buffer.loadUnaligned(fromByteOffset: offset, as: UInt16.self))
                case .f32: Float(bitPattern: buffer.loadUnaligned(fromByteOffset: offset, as: UInt32.self))
                case .i32: Float(buffer.loadUnaligned(fromByteOffset: offset, as: Int32.self))
                case .i64: Float(buffer.loadUnaligned(fromByteOffset: offset, as: Int64.self))
                default: Float(buffer[offset])
                }
            }
        }
    }
}

extension KernelRequest {
    /// How many slices there are to name, for each operand that holds integers of a lookup.
    fileprivate var lookedUpSlices: [Int: Int] {
        guard case .copy(let copy) = root else { return [:] }
        let lookups = copy.pieces.compactMap(\.lookup)
        return Dictionary(lookups.map { ($0.indices, $0.slices) }, uniquingKeysWith: min)
    }
}

/// Compares every pair of accesses: quadratic, and sharing nothing with the insertion of semaphores.
struct RaceCheck {
    private(set) var faults: [String] = []

    init(_ instructions: [IssuedInstruction]) {
        let queued = instructions.filter { $0.queue != nil }
        var clocks: [[Int]] = []
        var known = [[Int]](repeating: Array(repeating: -1, count: Queue.count), count: Queue.count)
        var signals: [Int: [Int]] = [:]
        for (index, issued) in queued.enumerated() {
            guard let queue = issued.queue?.number else { continue }
            for producer in issued.wait.queues {
                let pair = producer.number * Queue.count + queue
                guard let first = signals[pair]?.first else {
                    faults.append("\(index) waits for \(producer.name) in vain")
                    continue
                }
                signals[pair]?.removeFirst()
                for other in 0..<Queue.count { known[queue][other] = max(known[queue][other], clocks[first][other]) }
            }
            known[queue][queue] = index
            clocks.append(known[queue])
            for consumer in issued.signal.queues { signals[queue * Queue.count + consumer.number, default: []].append(index) }
        }
        for (pair, left) in signals where !left.isEmpty { faults.append("semaphore \(pair) is left at \(left.count)") }
        compare(queued, clocks)
    }

    private mutating func compare(_ queued: [IssuedInstruction], _ clocks: [[Int]]) {
        guard queued.count <= 700 else { return }
        let accesses = queued.map(\.accesses)
        for later in queued.indices {
            for earlier in 0..<later {
                guard let queue = queued[earlier].queue, queue != queued[later].queue, clocks[later][queue.number] < earlier
                else { continue }
                let conflict = accesses[later].contains { new in accesses[earlier].contains { new.conflicts(with: $0) } }
                if conflict { faults.append("\(earlier) and \(later) race") }
            }
        }
    }
}
