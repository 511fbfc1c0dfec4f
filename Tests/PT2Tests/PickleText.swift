import PT2

/// Writes pickles instruction by instruction, as Python does and as nobody should.
struct PickleText {
    private(set) var bytes: [UInt8] = [0x80, 2]

    init(_ build: (inout PickleText) -> Void) {
        build(&self)
        op(".")
    }

    mutating func op(_ instruction: Character, _ operand: [UInt8] = []) { bytes += [instruction.asciiValue ?? 0] + operand }

    mutating func raw(_ more: [UInt8]) { bytes += more }

    mutating func text(_ text: String) { op("X", Self.word(UInt32(text.utf8.count)) + Array(text.utf8)) }

    mutating func integer(_ value: Int) {
        if let byte = UInt8(exactly: value) {
            op("K", [byte])
        } else if let word = Int32(exactly: value) {
            op("J", Self.word(word))
        } else {
            raw([0x8A, 8] + Self.word(value))
        }
    }

    mutating func symbol(_ module: String, _ name: String) { op("c", Array("\(module)\n\(name)\n".utf8)) }

    mutating func tuple(_ elements: [Int]) {
        op("(")
        for element in elements { integer(element) }
        op("t")
    }

    mutating func orderedDictionary() {
        symbol("collections", "OrderedDict")
        op(")")
        op("R")
    }

    mutating func storage(_ key: String = "0", type: String = "FloatStorage", count: Int = 6) {
        op("(")
        text("storage")
        symbol("torch", type)
        text(key)
        text("cpu")
        integer(count)
        op("t")
        op("Q")
    }

    /// A float tensor over a storage of six elements.
    mutating func tensor(
        _ sizes: [Int] = [2, 3], strides: [Int] = [3, 1], offset: Int = 0, key: String = "0", type: String = "FloatStorage", count: Int = 6
    ) {
        symbol("torch._utils", "_rebuild_tensor_v2")
        op("(")
        storage(key, type: type, count: count)
        integer(offset)
        tuple(sizes)
        tuple(strides)
        raw([0x89])
        orderedDictionary()
        op("t")
        op("R")
    }

    /// A dictionary whose values are written one after the other.
    mutating func dictionary(_ entries: [(String, (inout PickleText) -> Void)]) {
        op("}")
        op("(")
        for (key, value) in entries {
            text(key)
            value(&self)
        }
        op("u")
    }

    /// A state dictionary with the one parameter `w` of the sound archive.
    static let weights = PickleText { pickle in
        pickle.dictionary([
            (
                "w",
                {
                    $0.symbol("torch._utils", "_rebuild_parameter")
                    $0.op("(")
                    $0.tensor()
                    $0.raw([0x88])
                    $0.orderedDictionary()
                    $0.op("t")
                    $0.op("R")
                }
            )
        ])
    }

    private static func word<Word: FixedWidthInteger>(_ value: Word) -> [UInt8] {
        withUnsafeBytes(of: value.littleEndian) { Array($0) }
    }
}

extension ArchiveBuilder {
    /// What `torch.save` would have made of a pickle and of the one storage `0` with the floats 1 to 6.
    static func saved(_ pickle: PickleText) -> ArchiveBuilder {
        ArchiveBuilder.empty.with {
            $0.members.append(Member(name: "archive/data.pkl", bytes: pickle.bytes))
            $0.add("archive/byteorder", "little")
            $0.members.append(Member(name: "archive/data/0", bytes: ProgramText.floats([1, 2, 3, 4, 5, 6])))
            $0.add("archive/version", "3\n")
        }
    }

    /// The sound archive as PyTorch 2.5 would have written it.
    static func flat(weights: [UInt8] = saved(PickleText.weights).bytes()) -> ArchiveBuilder {
        ArchiveBuilder.empty.with {
            $0.add("serialized_exported_program.json", ProgramText.whole())
            $0.members.append(Member(name: "serialized_state_dict.pt", bytes: weights))
            $0.members.append(Member(name: "serialized_constants.pt", bytes: saved(PickleText { $0.op("}") }).bytes()))
            $0.members.append(Member(name: "serialized_example_inputs.pt", bytes: []))
            $0.add("version", "8.4")
            $0.add("extra_files/note", "kept")
        }
    }

    /// The sound archive as PyTorch 2.8 would have written it.
    static func folders(weights: PickleText) -> ArchiveBuilder {
        ArchiveBuilder().without("_config.json").with {
            $0.members.append(Member(name: "net/data/weights/model.pt", bytes: saved(weights).bytes()))
            $0.members.append(Member(name: "net/data/constants/model.pt", bytes: saved(PickleText { $0.op("}") }).bytes()))
        }
    }
}
