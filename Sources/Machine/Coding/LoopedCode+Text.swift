/// The text of loops: `loop 12` … `end` around instructions; `+field=n` after an instruction's fields grows a field in each iteration of the innermost loop,
/// `++field=n` in each iteration of the loop around that, and so on.
extension LoopedCode {
    /// A line per instruction, indented by its loops. Throws for a word that is no instruction.
    package func text() throws(InstructionError) -> String {
        var text = ""
        try print(words.indices, indent: "", to: &text)
        return text
    }

    private func print(_ range: Range<Int>, indent: String, to text: inout String) throws(InstructionError) {
        var place = range.lowerBound
        while place < range.upperBound {
            let word = words[place]
            place += 1
            if let loop = word.loop {
                text += indent + "loop \(loop.iterations)\n"
                try print(place..<place + loop.bodyWords, indent: indent + "  ", to: &text)
                text += indent + "end\n"
                place += loop.bodyWords
            } else {
                let issued = try MachineCode.decode(word.settled)
                text += indent + Assembly.disassemble(issued)
                for level in word.growingLevels {
                    let next = FieldNumbers(try MachineCode.decode(word.settled &+ words[place]))
                    for (before, after) in zip(FieldNumbers(issued).fields, next.fields) where before.number != after.number {
                        text += " " + String(repeating: "+", count: level + 1) + "\(before.name)=\(after.number - before.number)"
                    }
                    place += 1
                }
                text += "\n"
            }
        }
    }

    /// Reads assembly text; `#` starts a comment.
    package init(text: String) throws(InstructionError) {
        var words: [InstructionWord] = []
        var loops: [(iterations: Int, place: Int)] = []
        var number = 0
        for content in text.split(separator: "\n", omittingEmptySubsequences: false) {
            number += 1
            let parts = content.prefix { $0 != "#" }.split(whereSeparator: \.isWhitespace)
            switch parts.first {
            case nil: continue
            case "loop":
                guard parts.count == 2, let iterations = UInt32(parts[1]), iterations >= 2, loops.count < Self.maximumDepth else {
                    throw .syntax(line: number, reason: "a loop has at least 2 iterations and is in fewer than \(Self.maximumDepth) others")
                }
                loops.append((Int(iterations), words.count))
                words.append(InstructionWord(loop: Int(iterations), bodyWords: 0))
            case "end":
                guard parts.count == 1, let loop = loops.popLast(), loop.place + 1 < words.count else {
                    throw .syntax(line: number, reason: "an end of no loop")
                }
                words[loop.place] = InstructionWord(loop: loop.iterations, bodyWords: words.count - loop.place - 1)
            default: words += try Self.line(parts, depth: loops.count, number)
            }
        }
        guard loops.isEmpty else { throw .syntax(line: number, reason: "a loop has no end") }
        try self.init(checking: words)
    }

    /// An instruction and its increments.
    private static func line(_ parts: [Substring], depth: Int, _ number: Int) throws(InstructionError) -> [InstructionWord] {
        let issued = try Assembly.assemble(parts.filter { !$0.hasPrefix("+") }, line: number)
        let word = try MachineCode.encode(issued)
        var growth = [[Substring: Int64]](repeating: [:], count: depth)
        for text in parts where text.hasPrefix("+") {
            let level = text.prefix { $0 == "+" }.count - 1
            let pair = text.dropFirst(level + 1).split(separator: "=", maxSplits: 1)
            guard level < depth, pair.count == 2, let amount = Int64(pair[1]), growth[level].updateValue(amount, forKey: pair[0]) == nil
            else {
                throw .syntax(line: number, reason: "\(text) grows no field in a loop")
            }
        }
        var words = [word]
        for (level, fields) in growth.enumerated() {
            var adder = FieldAdder(growth: fields)
            var next = issued
            try next.instruction.visitFields(&adder)
            if let stray = adder.growth.keys.min() {
                throw .syntax(line: number, reason: "\(issued.instruction.opcode.mnemonic) has no field \(stray)")
            }
            let increment = try MachineCode.encode(next) &- word
            guard !increment.isZero else { continue }
            words[0].growing |= 1 << UInt8(level)
            words.append(increment)
        }
        return words
    }
}

/// The fields of an instruction as numbers.
private struct FieldNumbers: FieldVisitor {
    var fields: [(name: String, number: Int64)] = []

    init(_ issued: IssuedInstruction) {
        var instruction = issued.instruction
        // A list throws nothing; a failure would only shorten it.
        try? instruction.visitFields(&self)
    }

    mutating func visit<Value: FieldValue>(_ value: inout Value, _ field: Field) throws(InstructionError) {
        fields.append(("\(field.name)", value.fieldNumber))
    }
}

/// Adds to the fields that are named, and takes their names away.
private struct FieldAdder: FieldVisitor {
    var growth: [Substring: Int64]

    mutating func visit<Value: FieldValue>(_ value: inout Value, _ field: Field) throws(InstructionError) {
        guard let amount = growth.removeValue(forKey: Substring("\(field.name)")) else { return }
        let (sum, overflow) = value.fieldNumber.addingReportingOverflow(amount)
        guard !overflow, let grown = Value(fieldNumber: sum) else { throw .loop("\(field.name) cannot grow by \(amount)") }
        value = grown
    }
}
