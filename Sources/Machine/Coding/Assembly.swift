/// The text form of machine code: an instruction per line, `mnemonic.core wait=… signal=… field=value …`; fields that are 0 are left out,
/// `#` starts a comment. Assembling what was disassembled gives the same instructions.
package enum Assembly {
    /// Prints instructions, a line each.
    package static func disassemble(_ instructions: [IssuedInstruction]) -> String {
        instructions.map { disassemble($0) + "\n" }.joined()
    }

    /// Prints one instruction, without a line end.
    package static func disassemble(_ issued: IssuedInstruction) -> String {
        var text = issued.instruction.opcode.mnemonic
        if issued.core != 0 { text += ".\(issued.core)" }
        if !issued.wait.isEmpty { text += " wait=" + issued.wait.queues.map(\.name).joined(separator: ",") }
        if !issued.signal.isEmpty { text += " signal=" + issued.signal.queues.map(\.name).joined(separator: ",") }
        var printer = FieldPrinter(text: text)
        var copy = issued.instruction
        // A printer throws nothing; a failure would only shorten the line.
        try? copy.visitFields(&printer)
        return printer.text
    }

    /// Reads instructions, and repeats those in loops. Field ranges and structure are checked as the encoder does.
    package static func assemble(_ text: String) throws(InstructionError) -> [IssuedInstruction] {
        try LoopedCode(text: text).instructions()
    }

    /// Reads the words of one instruction; `line` is for the error.
    static func assemble(_ line: [Substring], line number: Int) throws(InstructionError) -> IssuedInstruction {
        guard let mnemonic = line.first else { throw .syntax(line: number, reason: "an instruction is missing") }
        return try assemble(mnemonic: mnemonic, line.dropFirst(), line: number)
    }

    private static func assemble(
        mnemonic: Substring, _ words: ArraySlice<Substring>, line: Int
    ) throws(InstructionError) -> IssuedInstruction {
        let parts = mnemonic.split(separator: ".", maxSplits: 1)
        guard let name = parts.first, let opcode = Opcode(mnemonic: name) else {
            throw .syntax(line: line, reason: "no instruction is called \(mnemonic)")
        }
        var issued = IssuedInstruction(Instruction(zeroed: opcode))
        if parts.count == 2 {
            guard let core = Int(parts[1]) else { throw .syntax(line: line, reason: "\(parts[1]) is no core") }
            issued.core = core
        }
        var values: [Substring: Substring] = [:]
        for word in words {
            let pair = word.split(separator: "=", maxSplits: 1)
            guard pair.count == 2 else { throw .syntax(line: line, reason: "\(word) is not field=value") }
            guard values.updateValue(pair[1], forKey: pair[0]) == nil else {
                throw .syntax(line: line, reason: "\(pair[0]) is given twice")
            }
        }
        issued.wait = try queues(values.removeValue(forKey: "wait"), line: line)
        issued.signal = try queues(values.removeValue(forKey: "signal"), line: line)
        var parser = FieldParser(values: values, line: line)
        try issued.instruction.visitFields(&parser)
        if let stray = parser.values.keys.min() {
            throw .syntax(line: line, reason: "\(opcode.mnemonic) has no field \(stray)")
        }
        // One rule for what is an instruction: what the encoder takes.
        _ = try MachineCode.encode(issued)
        return issued
    }

    private static func queues(_ text: Substring?, line: Int) throws(InstructionError) -> QueueSet {
        var set: QueueSet = []
        for name in text?.split(separator: ",") ?? [] {
            guard let queue = Queue(name: name) else { throw .syntax(line: line, reason: "no queue is called \(name)") }
            set.insert(queue)
        }
        return set
    }
}

/// Appends ` field=value` for every field that is not 0.
struct FieldPrinter: FieldVisitor {
    var text: String

    mutating func visit<Value: FieldValue>(_ value: inout Value, _ field: Field) throws(InstructionError) {
        let number = value.fieldNumber
        guard number != 0 else { return }
        text += " \(field.name)="
        switch Value.spelling {
        case .decimal: text += String(number)
        case .hexadecimal: text += "0x" + String(number, radix: 16)
        case .names(let names): text += number > 0 && number < names.count ? names[Int(number)] : String(number)
        }
    }
}

/// Takes every field that is listed out of the `field=value` pairs of a line.
struct FieldParser: FieldVisitor {
    var values: [Substring: Substring]
    let line: Int

    mutating func visit<Value: FieldValue>(_ value: inout Value, _ field: Field) throws(InstructionError) {
        let name = "\(field.name)"
        guard let text = values.removeValue(forKey: Substring(name)) else { return }
        guard let number = number(text, spelling: Value.spelling), let parsed = Value(fieldNumber: number) else {
            throw .syntax(line: line, reason: "\(name) cannot be \(text)")
        }
        value = parsed
    }

    private func number(_ text: Substring, spelling: FieldSpelling) -> Int64? {
        if case .names(let names) = spelling { return names.firstIndex { $0 == text }.map(Int64.init) }
        return text.hasPrefix("0x") ? Int64(text.dropFirst(2), radix: 16) : Int64(text)
    }
}
