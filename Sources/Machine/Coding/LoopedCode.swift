/// Machine code with its loops: what is stored of a kernel, and what dispatch turns into a sequence of instructions.
///
/// A word `loop` (opcode 63) says how often the words behind it are repeated: iterations in bits 32–63, words of the body in bits 64–95, all else zero. An instruction
/// in a loop may grow from iteration to iteration: bit n of its four bits behind the header says that a word follows for the n-th loop around it, the innermost first, which is
/// added to it, as one number of 256 bits, after each iteration. Such an increment leaves the lowest 32 bits alone: opcode, core and semaphores. Loops cost no cycles:
/// dispatch sees instructions only. After VTA's loops over micro-operations, whose addresses are affine in two counters.
package struct LoopedCode: Hashable, Sendable {
    /// Loops, instructions and increments, as they are stored. Well-formed loops: every body ends where its loop says.
    package private(set) var words: [InstructionWord]

    /// Loops around an instruction.
    package static let maximumDepth = 4
    /// Instructions that code may stand for.
    package static let maximumInstructions = 1 << 22

    /// Takes words that were put together here; those that come from outside are checked by `init(bytes:)`.
    package init(trusted words: [InstructionWord]) { self.words = words }

    /// Code without loops. Throws what `MachineCode.encode` throws.
    package init(_ instructions: [IssuedInstruction]) throws(InstructionError) {
        words = []
        words.reserveCapacity(instructions.count)
        for instruction in instructions { words.append(try MachineCode.encode(instruction)) }
    }

    // MARK: Bytes

    package var bytes: [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(words.count * MachineCode.instructionBytes)
        for word in words {
            for index in 0..<4 {
                withUnsafeBytes(of: word.limbs[index].littleEndian) { bytes.append(contentsOf: $0) }
            }
        }
        return bytes
    }

    /// Reads code and checks its loops; instructions are checked by `instructions()`. What is read gives the same bytes again.
    package init(bytes: some RandomAccessCollection<UInt8>) throws(InstructionError) {
        guard bytes.count % MachineCode.instructionBytes == 0 else { throw .truncatedCode(bytes: bytes.count) }
        var words: [InstructionWord] = []
        words.reserveCapacity(bytes.count / MachineCode.instructionBytes)
        let array = Array(bytes)
        array.withUnsafeBytes { buffer in
            for start in stride(from: 0, to: buffer.count, by: MachineCode.instructionBytes) {
                words.append(
                    InstructionWord(
                        InlineArray { UInt64(littleEndian: buffer.loadUnaligned(fromByteOffset: start + 8 * $0, as: UInt64.self)) }))
            }
        }
        try self.init(checking: words)
    }

    /// Takes words whose loops are checked.
    init(checking words: [InstructionWord]) throws(InstructionError) {
        guard try Self.checkedCount(words[...], depth: 0) <= Self.maximumInstructions else {
            throw .loop("the code stands for more than \(Self.maximumInstructions) instructions")
        }
        self.words = words
    }

    /// The instructions that words stand for, or something above the most there may be. Throws for loops that cannot be.
    private static func checkedCount(_ words: ArraySlice<InstructionWord>, depth: Int) throws(InstructionError) -> Int {
        var (place, sum) = (words.startIndex, 0)
        while place < words.endIndex {
            let word = words[place]
            place += 1
            if let loop = word.loop {
                guard word == InstructionWord(loop: loop.iterations, bodyWords: loop.bodyWords) else {
                    throw .reservedBitsSet(instruction: "loop")
                }
                guard loop.iterations >= 2, depth < maximumDepth, loop.bodyWords >= 1, loop.bodyWords <= words.endIndex - place else {
                    throw .loop("\(loop.iterations) iterations of \(loop.bodyWords) words in \(depth) loops cannot be")
                }
                let body = try checkedCount(words[place..<place + loop.bodyWords], depth: depth + 1)
                place += loop.bodyWords
                // Factors of at most 2^32 and 2^22.
                sum += loop.iterations * body
            } else {
                guard word.growing >> UInt8(depth) == 0, words.endIndex - place >= word.growing.nonzeroBitCount else {
                    throw .loop("an increment for a loop that is not there, or none where one should be")
                }
                for increment in words[place..<place + word.growing.nonzeroBitCount] {
                    guard increment.header == 0, !increment.isZero else {
                        throw .loop("an increment of opcode, core or semaphores, or of nothing")
                    }
                }
                place += word.growing.nonzeroBitCount
                sum += 1
            }
            sum = min(sum, maximumInstructions + 1)
        }
        return sum
    }

    // MARK: Instructions

    /// What the code stands for, in order. Throws for a word that is no instruction in some iteration.
    package func instructions() throws(InstructionError) -> [IssuedInstruction] {
        var instructions: [IssuedInstruction] = []
        instructions.reserveCapacity(words.count)
        var counters = InlineArray<4, UInt64>(repeating: 0)
        try expand(words.indices, depth: 0, &counters, &instructions)
        return instructions
    }

    private func expand(
        _ range: Range<Int>, depth: Int, _ counters: inout InlineArray<4, UInt64>, _ instructions: inout [IssuedInstruction]
    ) throws(InstructionError) {
        var place = range.lowerBound
        while place < range.upperBound {
            let word = words[place]
            place += 1
            if let loop = word.loop {
                for iteration in 0..<loop.iterations {
                    counters[depth] = UInt64(iteration)
                    try expand(place..<place + loop.bodyWords, depth: depth + 1, &counters, &instructions)
                }
                place += loop.bodyWords
            } else {
                var sum = word.settled
                for level in word.growingLevels {
                    sum = sum &+ words[place] &* counters[depth - 1 - level]
                    place += 1
                }
                instructions.append(try MachineCode.decode(sum))
            }
        }
    }
}

extension InstructionWord {
    private static let loopOpcode: UInt64 = 63

    package init(loop iterations: Int, bodyWords: Int) {
        self.init([Self.loopOpcode | UInt64(iterations) << 32, UInt64(bodyWords), 0, 0])
    }

    /// Iterations and words of the body, if the word is a loop.
    package var loop: (iterations: Int, bodyWords: Int)? {
        guard limbs[0] & 0x3F == Self.loopOpcode else { return nil }
        return (Int(limbs[0] >> 32), Int(UInt32(truncatingIfNeeded: limbs[1])))
    }

    /// The loops around an instruction in which it grows: bit 0 is the innermost.
    package var growing: UInt8 {
        get { UInt8(truncatingIfNeeded: limbs[0] >> 28) & 0xF }
        set { limbs[0] = limbs[0] & ~(0xF << 28) | UInt64(newValue) << 28 }
    }

    /// The numbers of those loops, ascending: in the order of the increments that follow.
    var growingLevels: some Sequence<Int> {
        let growing = growing
        return (0..<LoopedCode.maximumDepth).lazy.filter { growing >> UInt8($0) & 1 == 1 }
    }

    /// The instruction alone.
    var settled: InstructionWord {
        var word = self
        word.growing = 0
        return word
    }
}

extension InstructionError {
    static func loop(_ reason: String) -> InstructionError { .malformed(instruction: "loop", reason: reason) }
}
