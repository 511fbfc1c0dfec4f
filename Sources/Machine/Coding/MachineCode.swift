/// Machine code: instructions of 256 bits each, little-endian, fields from the lowest bit upwards.
///
/// Layout of a word: opcode 6, core 2, wait 10, signal 10, 4 bits for loops (`LoopedCode`); then the instruction's fields in the order it lists them; the rest zero.
package enum MachineCode {
    package static let instructionBytes = 32

    /// Encodes instructions, without loops. Throws on a field that overflows and on fields that make no sense together; never truncates.
    package static func encode(_ instructions: [IssuedInstruction]) throws(InstructionError) -> [UInt8] {
        try LoopedCode(instructions).bytes
    }

    /// Encodes one instruction.
    package static func encode(_ issued: IssuedInstruction) throws(InstructionError) -> InstructionWord {
        try issued.checkStructure()
        var copy = issued
        var encoder = FieldEncoder(opcode: issued.instruction.opcode)
        try copy.visitHeader(&encoder)
        encoder.skipReserved()
        try copy.instruction.visitFields(&encoder)
        return InstructionWord(encoder.words)
    }

    /// Decodes code and repeats what stands in loops. Arbitrary bytes give an error, never a trap.
    package static func decode(_ bytes: some RandomAccessCollection<UInt8>) throws(InstructionError) -> [IssuedInstruction] {
        try LoopedCode(bytes: bytes).instructions()
    }

    /// Decodes one instruction. What decodes encodes to the same word.
    package static func decode(_ word: InstructionWord) throws(InstructionError) -> IssuedInstruction {
        let number = UInt8(word.limbs[0] & 0x3F)
        guard let opcode = Opcode(rawValue: number) else { throw .unknownOpcode(UInt32(number)) }
        var decoder = FieldDecoder(opcode: opcode, words: word.limbs)
        var issued = IssuedInstruction(Instruction(zeroed: opcode))
        try issued.visitHeader(&decoder)
        try decoder.skipReserved()
        try issued.instruction.visitFields(&decoder)
        try decoder.finish()
        try issued.checkStructure()
        return issued
    }
}

/// Writes each visited field at the next free bits.
struct FieldEncoder: FieldVisitor {
    private(set) var words = InlineArray<4, UInt64>(repeating: 0)
    private let opcode: Opcode
    private var position = 0

    init(opcode: Opcode) {
        self.opcode = opcode
        put(UInt64(opcode.rawValue), bits: Opcode.fieldBits)
    }

    mutating func skipReserved() { position += 4 }

    mutating func visit<Value: FieldValue>(_ value: inout Value, _ field: Field) throws(InstructionError) {
        let number = value.fieldNumber
        guard number >= field.minimum, number <= field.maximum else {
            throw .fieldOverflow(
                instruction: opcode.mnemonic, field: "\(field.name)", value: number, minimum: field.minimum,
                maximum: field.maximum)
        }
        put(UInt64(bitPattern: number) & (1 << UInt64(field.bits) - 1), bits: field.bits)
    }

    private mutating func put(_ bits: UInt64, bits count: Int) {
        precondition(position + count <= 256, "the fields of an instruction exceed 256 bits")
        let word = position >> 6
        let shift = UInt64(position & 63)
        words[word] |= bits << shift
        if Int(shift) + count > 64 { words[word + 1] |= bits >> (64 - shift) }
        position += count
    }
}

/// Reads each visited field from the next bits and checks its range.
struct FieldDecoder: FieldVisitor {
    private let words: InlineArray<4, UInt64>
    private let opcode: Opcode
    private var position = Opcode.fieldBits

    init(opcode: Opcode, words: InlineArray<4, UInt64>) {
        self.opcode = opcode
        self.words = words
    }

    mutating func skipReserved() throws(InstructionError) {
        guard take(4) == 0 else { throw .reservedBitsSet(instruction: opcode.mnemonic) }
    }

    mutating func visit<Value: FieldValue>(_ value: inout Value, _ field: Field) throws(InstructionError) {
        let raw = take(field.bits)
        let unused = UInt64(64 - field.bits)
        let number = field.isSigned ? Int64(bitPattern: raw << unused) >> Int64(unused) : Int64(bitPattern: raw)
        guard number >= field.minimum, number <= field.maximum else {
            throw .fieldOverflow(
                instruction: opcode.mnemonic, field: "\(field.name)", value: number, minimum: field.minimum,
                maximum: field.maximum)
        }
        guard let decoded = Value(fieldNumber: number) else {
            throw .invalidChoice(instruction: opcode.mnemonic, field: "\(field.name)", value: number)
        }
        value = decoded
    }

    /// Every bit behind the last field must be zero, so that one instruction has one encoding.
    mutating func finish() throws(InstructionError) {
        while position < 256 {
            let count = min(64 - position & 63, 256 - position)
            guard take(count) == 0 else { throw .reservedBitsSet(instruction: opcode.mnemonic) }
        }
    }

    private mutating func take(_ count: Int) -> UInt64 {
        let word = position >> 6
        let shift = UInt64(position & 63)
        var bits = words[word] >> shift
        if Int(shift) + count > 64 { bits |= words[word + 1] << (64 - shift) }
        position += count
        return count == 64 ? bits : bits & (1 << UInt64(count) - 1)
    }
}
