/// The manual page of the instruction set, in Markdown, made from the instructions' own lists.
package enum InstructionManual {
    /// The whole page: `reglaze target show --isa`.
    package static var markdown: String {
        var page = """
            # The instruction set

            Every instruction is a word of 256 bits, little-endian, fields from the lowest bit upwards: opcode 6, core 2, wait 10, signal 10, 4 bits for loops, then its own fields; the rest is zero.

            ## Queues
            `LD` copies into the workspace, `ST` copies out of it, `MM0`–`MM3` are the arrays and `VE0`–`VE3` the vector units of the cores. LD and ST serve all cores. A queue executes in order.

            ## Semaphores
            One counting semaphore per ordered pair of queues. `wait` is a set of producer queues: for each, the semaphore producer → own queue is waited for until positive, then decremented.
            `signal` is a set of consumer queues: for each, the semaphore own queue → consumer is incremented when the instruction completes. All are 0 at a kernel's start and end.

            ## Addresses
            Workspace addresses are bytes relative to the kernel's workspace. An accumulator row holds one word of 32 bits (f32 or i32) per array column. `load` and `store` name an operand number and an offset in it.


            ## Loops
            A word of opcode 63 is `loop`: iterations in bits 32–63, words of its body in bits 64–95, all else zero. The body are the words behind it; loops are up to \(LoopedCode.maximumDepth) deep. In a loop, bit n of an instruction's
            4 bits for loops says that a word follows which is added to the instruction, as a number of 256 bits, after each iteration of the n-th loop around it, counted from the innermost. It leaves the lowest 32 bits alone.
            Dispatch sees the instructions only: a loop costs no cycles.

            In assembly a loop is `loop 12` … `end`; `+address=64` after an instruction's fields grows a field in the innermost loop, `++address=64` in the loop around that.

            """
        for opcode in Opcode.allCases {
            page += "\n" + section(opcode)
        }
        return page
    }

    /// The section of one instruction: paragraph and field table.
    package static func section(_ opcode: Opcode) -> String {
        var instruction = Instruction(zeroed: opcode)
        let queue =
            switch instruction.unit {
            case .load: "LD"
            case .store: "ST"
            case .array: "MM"
            case .vector: "VE"
            case .control: "–"
            }
        var text = "## `\(opcode.mnemonic)`\nOpcode \(opcode.rawValue), queue \(queue). \(instruction.summary)\n"
        var table = FieldTable()
        // A table throws nothing; a failure would only shorten it.
        try? instruction.visitFields(&table)
        if !table.rows.isEmpty {
            text += "\n| field | first bit | bits | unit | values | meaning |\n|---|---|---|---|---|---|\n" + table.rows.joined()
        }
        return text
    }
}

/// Writes a table row per field.
struct FieldTable: FieldVisitor {
    var rows: [String] = []
    private var position = 32

    mutating func visit<Value: FieldValue>(_ value: inout Value, _ field: Field) throws(InstructionError) {
        let values =
            if case .names(let names) = Value.spelling {
                names.joined(separator: ", ")
            } else {
                "\(field.minimum)…\(field.maximum)"
            }
        rows.append(
            "| \(field.name) | \(position) | \(field.bits) | \(field.unit.rawValue) | \(values) | \(field.meaning) |\n")
        position += field.bits
    }
}
