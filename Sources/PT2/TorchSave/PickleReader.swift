import Basics

/// Reads the pickles that `torch.save` writes, as data: a stack machine with the opcodes of protocol 2 that occur there, whose every
/// instruction makes or moves a value. A symbol outside the closed list, and an opcode that could only be meant for objects, ends the reading.
///
/// Time and memory are linear in the pickle, whose length the caller bounds.
struct PickleReader {
    private let bytes: CheckedBytes
    /// The byte that is read next.
    private(set) var position = 0
    private var stack: [PickleValue] = []
    /// The heights of the stack at its marks.
    private var marks: [Int] = []
    private var memo: [UInt32: PickleValue] = [:]
    var heap = PickleHeap()
    /// Finds the bytes of a storage by its key.
    let storage: (String) -> ByteStorage?
    /// Places in the heap of the storages that were met, by key and type.
    var storages: [String: Int] = [:]

    init(_ bytes: ByteStorage, storage: @escaping (String) -> ByteStorage?) {
        self.bytes = CheckedBytes(bytes)
        self.storage = storage
    }

    /// The value that the pickle makes; what it points to is in `heap`.
    mutating func read() throws(PickleProblem) -> PickleValue {
        while true {
            let start = position
            let opcode = try word(UInt8.self)
            if opcode == UInt8(ascii: ".") {
                guard stack.count == 1, marks.isEmpty, let value = stack.last else { throw malformed("it ends with no one value") }
                return value
            }
            if try scalar(opcode) { continue }
            if try container(opcode) { continue }
            guard try reference(opcode) else { throw .opcode(opcode, at: start) }
        }
    }

    func malformed(_ what: String) -> PickleProblem { .malformed(what, at: position) }

    // MARK: Instructions

    private mutating func scalar(_ opcode: UInt8) throws(PickleProblem) -> Bool {
        switch opcode {
        case 0x80:
            guard try word(UInt8.self) == 2 else { throw malformed("it is not of protocol 2") }
        case UInt8(ascii: "N"): stack.append(.none)
        case 0x88: stack.append(.boolean(true))
        case 0x89: stack.append(.boolean(false))
        case UInt8(ascii: "K"): stack.append(.integer(Int(try word(UInt8.self))))
        case UInt8(ascii: "M"): stack.append(.integer(Int(try word(UInt16.self))))
        case UInt8(ascii: "J"): stack.append(.integer(Int(try word(Int32.self))))
        case 0x8A: stack.append(.integer(try long(count: Int(try word(UInt8.self)))))
        case UInt8(ascii: "G"): stack.append(.float(Double(bitPattern: try word(UInt64.self).byteSwapped)))
        case UInt8(ascii: "X"): stack.append(.text(try text(count: Int(try word(UInt32.self)))))
        default: return false
        }
        return true
    }

    private mutating func container(_ opcode: UInt8) throws(PickleProblem) -> Bool {
        switch opcode {
        case UInt8(ascii: "("): marks.append(stack.count)
        case UInt8(ascii: ")"): pushTuple([])
        case 0x85: pushTuple(try pop(1))
        case 0x86: pushTuple(try pop(2))
        case 0x87: pushTuple(try pop(3))
        case UInt8(ascii: "t"): pushTuple(try popToMark())
        case UInt8(ascii: "]"):
            heap.sequences.append([])
            stack.append(.list(heap.sequences.count - 1))
        case UInt8(ascii: "}"): pushDictionary()
        case UInt8(ascii: "a"): try append(try pop(1))
        case UInt8(ascii: "e"): try append(try popToMark())
        case UInt8(ascii: "s"): try setItems(try pop(2))
        case UInt8(ascii: "u"): try setItems(try popToMark())
        default: return false
        }
        return true
    }

    private mutating func reference(_ opcode: UInt8) throws(PickleProblem) -> Bool {
        switch opcode {
        case UInt8(ascii: "q"): memo[UInt32(try word(UInt8.self))] = try top()
        case UInt8(ascii: "r"): memo[try word(UInt32.self)] = try top()
        case UInt8(ascii: "h"): try recall(UInt32(try word(UInt8.self)))
        case UInt8(ascii: "j"): try recall(try word(UInt32.self))
        case UInt8(ascii: "c"): stack.append(.symbol(try symbol()))
        case UInt8(ascii: "Q"): stack.append(try persistent(try pop(1)[0]))
        case UInt8(ascii: "R"):
            let operands = try pop(2)
            try push(reducing: operands[0], try tuple(operands[1]))
        case UInt8(ascii: "b"):
            // The attributes of a dictionary: a state dictionary keeps versions of its modules there.
            _ = try pop(1)
            guard case .dictionary = try top() else { throw malformed("it sets attributes of what has none") }
        default: return false
        }
        return true
    }

    private mutating func recall(_ index: UInt32) throws(PickleProblem) {
        guard let value = memo[index] else { throw malformed("it recalls what it never kept") }
        stack.append(value)
    }

    // MARK: Stack

    private func top() throws(PickleProblem) -> PickleValue {
        guard stack.count > (marks.last ?? 0), let value = stack.last else { throw malformed("it takes from an empty stack") }
        return value
    }

    private mutating func pop(_ count: Int) throws(PickleProblem) -> [PickleValue] {
        guard stack.count - count >= marks.last ?? 0 else { throw malformed("it takes from an empty stack") }
        let values = Array(stack.suffix(count))
        stack.removeLast(count)
        return values
    }

    private mutating func popToMark() throws(PickleProblem) -> [PickleValue] {
        guard let mark = marks.popLast() else { throw malformed("it takes up to a mark that is not there") }
        let values = Array(stack[mark...])
        stack.removeLast(values.count)
        return values
    }

    private mutating func pushTuple(_ elements: [PickleValue]) {
        heap.sequences.append(elements)
        stack.append(.tuple(heap.sequences.count - 1))
    }

    mutating func pushDictionary() {
        heap.dictionaries.append([])
        stack.append(.dictionary(heap.dictionaries.count - 1))
    }

    mutating func push(_ value: PickleValue) { stack.append(value) }

    private mutating func append(_ elements: [PickleValue]) throws(PickleProblem) {
        guard case .list(let place) = try top() else { throw malformed("it appends to what is no list") }
        heap.sequences[place] += elements
    }

    private mutating func setItems(_ items: [PickleValue]) throws(PickleProblem) {
        guard case .dictionary(let place) = try top() else { throw malformed("it adds entries to what is no dictionary") }
        guard items.count.isMultiple(of: 2) else { throw malformed("it adds a key without a value") }
        for index in stride(from: 0, to: items.count, by: 2) {
            heap.dictionaries[place].append((items[index], items[index + 1]))
        }
    }

    // MARK: Bytes

    private mutating func word<Word: FixedWidthInteger & BitwiseCopyable>(_ type: Word.Type) throws(PickleProblem) -> Word {
        guard let word = bytes.word(at: position, as: type) else { throw .unexpectedEnd }
        position += MemoryLayout<Word>.size
        return word
    }

    /// A two's complement integer of `count` bytes.
    private mutating func long(count: Int) throws(PickleProblem) -> Int {
        guard count <= 8 else { throw malformed("an integer is outside the range of 64 bits") }
        var value: UInt64 = 0
        for index in 0..<count { value |= UInt64(try word(UInt8.self)) << (8 * UInt64(index)) }
        let unused = UInt64(64 - 8 * count)
        return count == 0 ? 0 : Int(Int64(bitPattern: value << unused) >> Int64(unused))
    }

    private mutating func text(count: Int) throws(PickleProblem) -> String {
        guard count <= bytes.count - position else { throw .unexpectedEnd }
        guard let text = bytes.text(position..<position + count) else { throw malformed("a text is not UTF-8") }
        position += count
        return text
    }

    /// Two lines: the module, and the name in it.
    private mutating func symbol() throws(PickleProblem) -> PickleSymbol {
        let name = "\(try line()).\(try line())"
        guard let symbol = PickleSymbol(qualifiedName: name) else { throw .symbol(name) }
        return symbol
    }

    private mutating func line() throws(PickleProblem) -> String {
        let start = position
        while try word(UInt8.self) != UInt8(ascii: "\n") {
            guard position - start <= Limits.nameBytes else { throw malformed("a name is longer than \(Limits.nameBytes) bytes") }
        }
        guard let line = bytes.text(start..<position - 1) else { throw malformed("a name is not UTF-8") }
        return line
    }
}
