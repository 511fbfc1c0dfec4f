import Synchronization

/// What the number in an instruction field counts.
package enum FieldUnit: String, Sendable {
    case bytes, rows, elements, count, choice, flag, bits, number
}

/// One field of an instruction, as every visitor sees it: encoder, decoder, assembler, disassembler, verifier, random generator, manual.
package struct Field: Sendable {
    package let name: StaticString
    package let bits: Int
    package let unit: FieldUnit
    package let meaning: StaticString
    /// Two's complement instead of an unsigned number.
    package let isSigned: Bool
    /// The least value that means something: 1 for counts.
    package let minimum: Int64

    package init(
        _ name: StaticString, bits: Int, _ unit: FieldUnit, _ meaning: StaticString, signed: Bool = false, minimum: Int64? = nil
    ) {
        self.name = name
        self.bits = bits
        self.unit = unit
        self.meaning = meaning
        isSigned = signed
        self.minimum = minimum ?? (signed ? -(1 << Int64(bits - 1)) : 0)
    }

    /// The greatest value the field's bits can hold.
    package var maximum: Int64 { isSigned ? (1 << Int64(bits - 1)) - 1 : (1 << Int64(bits)) - 1 }

    package var range: ClosedRange<Int64> { minimum...maximum }
}

/// How a field's value is spelt in assembly text.
package enum FieldSpelling: Sendable {
    case decimal
    case hexadecimal
    /// A name per value, counted from 0.
    case names([String])
}

/// A value an instruction field can hold.
package protocol FieldValue: Hashable, Sendable {
    /// The number that the encoder writes, before it is cut to the field's bits.
    var fieldNumber: Int64 { get }
    /// The value of a number, or nil where the number means nothing.
    init?(fieldNumber: Int64)
    static var spelling: FieldSpelling { get }
}

/// Walks over the fields of an instruction in encoding order. The same walk reads (encode, print) and writes (decode, assemble).
package protocol FieldVisitor {
    mutating func visit<Value: FieldValue>(_ value: inout Value, _ field: Field) throws(InstructionError)
}

extension Int: FieldValue {
    package var fieldNumber: Int64 { Int64(self) }
    package init?(fieldNumber: Int64) { self = Int(fieldNumber) }
    package static var spelling: FieldSpelling { .decimal }
}

/// Raw bits: a fill pattern, an immediate. Floats are carried by their bits so that no text form rounds them.
extension UInt32: FieldValue {
    package var fieldNumber: Int64 { Int64(self) }

    package init?(fieldNumber: Int64) {
        guard let value = UInt32(exactly: fieldNumber) else { return nil }
        self = value
    }

    package static var spelling: FieldSpelling { .hexadecimal }
}

extension Bool: FieldValue {
    package var fieldNumber: Int64 { self ? 1 : 0 }

    package init?(fieldNumber: Int64) {
        guard fieldNumber == 0 || fieldNumber == 1 else { return nil }
        self = fieldNumber == 1
    }

    package static var spelling: FieldSpelling { .names(["no", "yes"]) }
}

/// A closed choice whose cases are numbered from 0 in declaration order.
package protocol FieldChoice: FieldValue, CaseIterable, RawRepresentable where RawValue == UInt8 {}

extension FieldChoice {
    package var fieldNumber: Int64 { Int64(rawValue) }

    package init?(fieldNumber: Int64) {
        guard let raw = UInt8(exactly: fieldNumber), let value = Self(rawValue: raw) else { return nil }
        self = value
    }

    package static var spelling: FieldSpelling { .names(ChoiceNames.of(Self.self)) }

    /// The name in assembly text, the same as in Swift.
    package var name: String { ChoiceNames.of(Self.self)[Int(rawValue)] }
}

/// The names of choices, read once by reflection: keys of kernels are made of them.
private enum ChoiceNames {
    private static let known = Mutex<[ObjectIdentifier: [String]]>([:])

    static func of<Choice: FieldChoice>(_ type: Choice.Type) -> [String] {
        known.withLock { known in
            if let names = known[ObjectIdentifier(type)] { return names }
            let names = type.allCases.map { String(describing: $0) }
            known[ObjectIdentifier(type)] = names
            return names
        }
    }
}

/// A byte address inside a kernel's workspace: relative, the step binds the base.
package struct WorkspaceAddress: FieldValue, ExpressibleByIntegerLiteral, Comparable {
    package static let fieldBits = 24
    package var bytes: Int

    package init(bytes: Int) { self.bytes = bytes }
    package init(integerLiteral value: Int) { bytes = value }
    package var fieldNumber: Int64 { Int64(bytes) }
    package init?(fieldNumber: Int64) { bytes = Int(fieldNumber) }
    package static var spelling: FieldSpelling { .hexadecimal }

    package static func + (address: WorkspaceAddress, offsetBytes: Int) -> WorkspaceAddress {
        WorkspaceAddress(bytes: address.bytes + offsetBytes)
    }
    package static func < (left: WorkspaceAddress, right: WorkspaceAddress) -> Bool { left.bytes < right.bytes }
}

/// A row of the accumulators of one core; a row holds `array_columns` words of 32 bits, f32 or i32.
package struct AccumulatorRow: FieldValue, ExpressibleByIntegerLiteral, Comparable {
    package static let fieldBits = 14
    package var number: Int

    package init(_ number: Int) { self.number = number }
    package init(integerLiteral value: Int) { number = value }
    package var fieldNumber: Int64 { Int64(number) }
    package init?(fieldNumber: Int64) { number = Int(fieldNumber) }
    package static var spelling: FieldSpelling { .decimal }

    package static func + (row: AccumulatorRow, rows: Int) -> AccumulatorRow { AccumulatorRow(row.number + rows) }
    package static func < (left: AccumulatorRow, right: AccumulatorRow) -> Bool { left.number < right.number }
}
