import Basics

/// Makes instructions at random, every field anywhere in its range: what encoder, decoder and assembler are tested with.
package enum RandomInstruction {
    /// A well-formed instruction of the opcode, with a random header. Fields are drawn until they make sense together.
    package static func make(
        _ opcode: Opcode, using generator: inout SeededGenerator
    ) -> IssuedInstruction {
        while true {
            var issued = IssuedInstruction(Instruction(zeroed: opcode))
            var filler = FieldFiller(generator: generator)
            // Drawn values are in range, so the filler throws nothing.
            try? issued.visitHeader(&filler)
            try? issued.instruction.visitFields(&filler)
            generator = filler.generator
            normalise(&issued)
            if (try? issued.checkStructure()) != nil { return issued }
        }
    }

    /// Clears what a header or an unused operand must not have: fair draws would almost never hit it.
    private static func normalise(_ issued: inout IssuedInstruction) {
        switch issued.instruction.unit {
        case .load, .store, .control: issued.core = 0
        case .array, .vector: break
        }
        if let queue = issued.queue {
            issued.wait.subtract(QueueSet(queue))
            issued.signal.subtract(QueueSet(queue))
        } else {
            (issued.wait, issued.signal) = ([], [])
        }
        switch issued.instruction {
        case .vectorBinary(var body):
            if body.secondIsImmediate {
                (body.second, body.secondPerRow) = (.zero, false)
            } else {
                body.immediate = 0
            }
            issued.instruction = .vectorBinary(body)
        case .drain(var body):
            if !body.hasBias { body.bias = 0 }
            if !body.clamps { (body.clampLow, body.clampHigh) = (0, 0) }
            issued.instruction = .drain(body)
        case .requantise(var body):
            if !body.hasBias { body.bias = 0 }
            (body.clampLow, body.clampHigh) = (body.clampLow >> 8, body.clampHigh >> 8)
            issued.instruction = .requantise(body)
        default: break
        }
    }
}

/// Draws every field: often an end of its range, else anywhere in it.
struct FieldFiller: FieldVisitor {
    var generator: SeededGenerator

    mutating func visit<Value: FieldValue>(_ value: inout Value, _ field: Field) throws(InstructionError) {
        let range = choices(Value.self, field)
        let number: Int64 =
            switch Int.random(in: 0..<8, using: &generator) {
            case 0: range.lowerBound
            case 1: range.upperBound
            default: Int64.random(in: range, using: &generator)
            }
        if let drawn = Value(fieldNumber: number) { value = drawn }
    }

    private func choices<Value: FieldValue>(_ type: Value.Type, _ field: Field) -> ClosedRange<Int64> {
        guard case .names(let names) = Value.spelling else { return field.range }
        return 0...min(field.maximum, Int64(names.count - 1))
    }
}
