import Machine

extension LoopedCode {
    /// Code of the same instructions with loops wherever iterations, or groups of a few of them, differ by the same increments. Iterations that differ otherwise (the first,
    /// which waits for less; the last, which is smaller) stay as they are.
    ///
    /// Groups are tried because slots of buffers are used in turn. Time is linear in instructions times `longestGroup`.
    package static func rolled(_ instructions: [IssuedInstruction], _ loops: UnrolledLoops) throws(InstructionError) -> LoopedCode {
        var roller = LoopRoller(instructions: try LoopedCode(instructions).words, loops: loops)
        roller.roll(0..<instructions.count)
        return LoopedCode(trusted: roller.words)
    }
}

private struct LoopRoller {
    /// A word per instruction.
    let instructions: [InstructionWord]
    let loops: UnrolledLoops
    private(set) var words: [InstructionWord] = []
    private var nextLoop = 0

    /// Iterations that are repeated together, at most: slots of a buffer times cores.
    private static let longestGroup = 16

    init(instructions: [InstructionWord], loops: UnrolledLoops) {
        (self.instructions, self.loops) = (instructions, loops)
        words.reserveCapacity(instructions.count)
    }

    /// Appends the words of some instructions, inner loops first.
    mutating func roll(_ range: Range<Int>) {
        var place = range.lowerBound
        while nextLoop < loops.count {
            let starts = Array(loops.starts(nextLoop))
            guard starts[0] < range.upperBound else { break }
            nextLoop += 1
            words += instructions[place..<starts[0]]
            var ends = [words.count]
            ends.reserveCapacity(starts.count)
            for (start, end) in zip(starts, starts.dropFirst()) {
                roll(start..<end)
                ends.append(words.count)
            }
            rollIterations(ends)
            place = starts.last ?? place
        }
        words += instructions[place..<range.upperBound]
    }

    /// Puts loops where iterations stand that end one another: at each place the group that saves most words.
    private mutating func rollIterations(_ ends: [Int]) {
        guard ends.count > 2 else { return }
        var rolled: [InstructionWord] = []
        var first = 0
        while first + 1 < ends.count {
            if let best = bestRepetition(ends, first) {
                rolled += best.words
                first += best.iterations
            } else {
                rolled += words[ends[first]..<ends[first + 1]]
                first += 1
            }
        }
        words.replaceSubrange(ends[0]..., with: rolled)
    }

    private func bestRepetition(_ ends: [Int], _ first: Int) -> (words: [InstructionWord], iterations: Int)? {
        var best: (words: [InstructionWord], iterations: Int)?
        var mostSaved = 0
        for group in stride(from: 1, through: min(Self.longestGroup, (ends.count - 1 - first) / 2), by: 1) {
            let length = ends[first + group] - ends[first]
            /// Whether the `number`-th group is as long as the first.
            func isAlike(_ number: Int) -> Bool {
                let place = first + number * group
                return place + group < ends.count && ends[place + group] - ends[place] == length
            }
            guard length > 0, isAlike(1), var growth = Growth(words, ends[first], ends[first + group], length) else { continue }
            var count = 2
            while isAlike(count), growth.leads(words, ends[first + (count - 1) * group], ends[first + count * group], length) { count += 1 }
            let looped = growth.loop(words, ends[first]..<ends[first + group], count)
            if count * length - looped.count > mostSaved {
                mostSaved = count * length - looped.count
                best = (looped, count * group)
            }
            // A larger group saves less where a smaller one leaves nothing over.
            if first + count * group == ends.count - 1 { break }
        }
        return best
    }
}

/// What each instruction of some words grows by when it comes again.
private struct Growth {
    private var increments: [InstructionWord] = []
    private var place = 0

    /// Nil unless the words at both places are alike but for what instructions grow by, and there are not too many loops among them.
    init?(_ words: [InstructionWord], _ first: Int, _ second: Int, _ count: Int) {
        guard
            Self.compare(
                words, first, second, count,
                {
                    increments.append($0)
                    return true
                }),
            Self.depth(words, first..<first + count) < LoopedCode.maximumDepth
        else { return nil }
    }

    /// Whether the words at the second place are those of the first after the same growth.
    mutating func leads(_ words: [InstructionWord], _ first: Int, _ second: Int, _ count: Int) -> Bool {
        place = 0
        return Self.compare(words, first, second, count) { increment in
            place += 1
            return increments[place - 1] == increment
        }
    }

    private static func compare(
        _ words: [InstructionWord], _ first: Int, _ second: Int, _ count: Int, _ accept: (InstructionWord) -> Bool
    ) -> Bool {
        var place = 0
        while place < count {
            let (old, new) = (words[first + place], words[second + place])
            guard old.header == new.header else { return false }
            place += 1
            if old.loop != nil {
                guard old == new else { return false }
                continue
            }
            let increment = new &- old
            guard increment.header == 0, accept(increment) else { return false }
            for _ in 0..<old.growing.nonzeroBitCount {
                guard words[first + place] == words[second + place] else { return false }
                place += 1
            }
        }
        return true
    }

    /// Loops inside one another.
    private static func depth(_ words: [InstructionWord], _ range: Range<Int>) -> Int {
        var (depth, place) = (0, range.lowerBound)
        while place < range.upperBound {
            if let loop = words[place].loop {
                depth = max(depth, 1 + Self.depth(words, place + 1..<place + 1 + loop.bodyWords))
                place += loop.bodyWords
            } else {
                place += words[place].growing.nonzeroBitCount
            }
            place += 1
        }
        return depth
    }

    /// The words in a loop in whose iterations they grow.
    mutating func loop(_ words: [InstructionWord], _ range: Range<Int>, _ iterations: Int) -> [InstructionWord] {
        place = 0
        var result = [InstructionWord(loop: iterations, bodyWords: 0)]
        append(words, range, level: 0, to: &result)
        result[0] = InstructionWord(loop: iterations, bodyWords: result.count - 1)
        return result
    }

    private mutating func append(_ words: [InstructionWord], _ range: Range<Int>, level: Int, to result: inout [InstructionWord]) {
        var next = range.lowerBound
        while next < range.upperBound {
            var word = words[next]
            next += 1
            if let loop = word.loop {
                let start = result.count
                result.append(word)
                append(words, next..<next + loop.bodyWords, level: level + 1, to: &result)
                result[start] = InstructionWord(loop: loop.iterations, bodyWords: result.count - start - 1)
                next += loop.bodyWords
                continue
            }
            let own = word.growing.nonzeroBitCount
            let increment = increments[place]
            place += 1
            if !increment.isZero { word.growing |= 1 << UInt8(level) }
            result.append(word)
            result += words[next..<next + own]
            if !increment.isZero { result.append(increment) }
            next += own
        }
    }
}
