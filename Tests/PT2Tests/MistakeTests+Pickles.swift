import PT2

extension Mistake {
    /// An archive of PyTorch 2.5 whose parameter `w` is made by `build`.
    private init(_ name: String, parameter build: @escaping (inout PickleText) -> Void) {
        self.init(name, pickle: PickleText { $0.dictionary([("w", build)]) })
    }

    private init(_ name: String, pickle: PickleText) {
        self.init(name, ArchiveBuilder.flat(weights: ArchiveBuilder.saved(pickle).bytes()))
    }

    private init(_ name: String, saved: ArchiveBuilder) { self.init(name, ArchiveBuilder.flat(weights: saved.bytes())) }

    /// Calls `module.name` with one text.
    private static func call(_ module: String, _ name: String) -> (inout PickleText) -> Void {
        {
            $0.symbol(module, name)
            $0.text("touch /tmp/owned")
            $0.raw([0x85])
            $0.op("R")
        }
    }

    private static let savedWeights = ArchiveBuilder.saved(PickleText.weights)

    static let pickles: [Mistake] = [
        Mistake("pickle that calls a program", parameter: call("posix", "system")),
        Mistake("pickle that evaluates", parameter: call("builtins", "eval")),
        Mistake("pickle of a tensor subclass", parameter: call("torchao.dtypes", "AffineQuantizedTensor")),
        Mistake("pickle of a torchbind object", parameter: call("torch._C", "ScriptObject")),
        Mistake("pickle of a fake tensor", parameter: call("torch._export.serde.serialize", "_reconstruct_fake_tensor")),
        Mistake("pickle with a symbol in disguise", parameter: call("torch._utils\u{1b}[2J", "_rebuild_tensor_v2")),
        Mistake(
            "pickle that makes an object",
            parameter: {
                $0.orderedDictionary()
                $0.op(")")
                $0.raw([0x81])
            }),
        Mistake("pickle with an extension code", parameter: { $0.raw([0x82, 1]) }),
        Mistake("pickle that finds symbols on its stack", parameter: { $0.raw([0x93]) }),
        Mistake("pickle of another protocol", saved: savedWeights.changing("data.pkl") { $0.bytes[1] = 4 }),
        Mistake("pickle that calls a type", parameter: call("torch", "float32")),
        Mistake("pickle cut short", saved: savedWeights.changing("data.pkl") { $0.bytes.removeLast(20) }),
        Mistake("pickle with a wrong checksum", saved: savedWeights.changing("data.pkl") { $0.checksum = 7 }),
        Mistake("pickle that is empty", saved: savedWeights.changing("data.pkl") { $0.bytes = [] }),
        Mistake("pickle that takes from an empty stack", pickle: PickleText { $0.op("R") }),
        Mistake(
            "pickle that takes over a mark",
            pickle: PickleText {
                $0.integer(1)
                $0.op("(")
                $0.raw([0x85])
            }),
        Mistake("pickle without a mark", pickle: PickleText { $0.op("t") }),
        Mistake("pickle that recalls nothing", pickle: PickleText { $0.op("h", [3]) }),
        Mistake(
            "pickle with two values",
            pickle: PickleText {
                $0.integer(1)
                $0.integer(2)
            }),
        Mistake("pickle of a number", pickle: PickleText { $0.integer(1) }),
        Mistake("pickle of a huge integer", parameter: { $0.raw([0x8A, 255] + [UInt8](repeating: 1, count: 255)) }),
        Mistake("pickle with a text beyond its end", parameter: { $0.op("X", [0xFF, 0xFF, 0xFF, 0xFF]) }),
        Mistake("pickle with a name twice", pickle: PickleText { $0.dictionary([("w", { $0.tensor() }), ("w", { $0.tensor() })]) }),
        Mistake(
            "pickle of rank bombs",
            pickle: PickleText { pickle in
                // One tuple of 5000 sizes, mentioned by every tensor.
                pickle.op("(")
                pickle.tuple([Int](repeating: 1, count: 5000))
                pickle.op("q", [1])
                for _ in 0..<1000 {
                    pickle.symbol("torch._utils", "_rebuild_tensor_v2")
                    pickle.op("(")
                    pickle.storage()
                    pickle.integer(0)
                    pickle.op("h", [1])
                    pickle.op("h", [1])
                    pickle.op("t")
                    pickle.op("R")
                }
                pickle.op("t")
            }),
        Mistake("pickle without the weight", pickle: PickleText { $0.dictionary([("v", { $0.tensor() })]) }),
        Mistake("pickle with a memo bomb", pickle: .memoBomb),
    ]

    static let storages: [Mistake] = [
        Mistake("saved tensor outside its storage", parameter: { $0.tensor([2, 4], strides: [4, 1]) }),
        Mistake("saved tensor with strides that overflow", parameter: { $0.tensor(strides: [.max, .max]) }),
        Mistake("saved tensor with sizes that overflow", parameter: { $0.tensor([.max, .max], strides: [0, 0]) }),
        Mistake("saved tensor with a negative offset", parameter: { $0.tensor(offset: -1) }),
        Mistake("saved tensor with strides missing", parameter: { $0.tensor(strides: [1]) }),
        Mistake("saved storage that is not there", parameter: { $0.tensor(key: "../../etc/passwd") }),
        Mistake("saved storage that claims more", parameter: { $0.tensor(count: 7) }),
        Mistake("saved storage whose size overflows", parameter: { $0.tensor(count: .max) }),
        Mistake("saved storage of an unknown type", parameter: { $0.tensor(type: "QUInt8Storage") }),
        Mistake("saved storage without a type", parameter: { $0.tensor(type: "Size") }),
        Mistake("saved archive truncated", ArchiveBuilder.flat(weights: Array(savedWeights.bytes().dropLast(100)))),
        Mistake("saved archive deflated", saved: savedWeights.changing("data/0") { $0.method = 8 }),
        Mistake("saved archive big-endian", saved: savedWeights.replacing("byteorder", "big")),
        Mistake("saved archive without a pickle", saved: savedWeights.without("data.pkl")),
        Mistake("saved archive of torchscript", saved: savedWeights.with { $0.add("archive/constants.pkl", "") }),
        Mistake("saved archive with a path trick", saved: savedWeights.changing("data/0") { $0.name = "archive/data/../0" }),
        Mistake("saved before zip files", ArchiveBuilder.flat(weights: [0x80, 2, 0x8A, 10, 0x6C])),
        Mistake("flat layout without weights", ArchiveBuilder.flat().without("state_dict.pt")),
        Mistake("flat layout with a wrong checksum", ArchiveBuilder.flat().changing("state_dict.pt") { $0.checksum = 1 }),
        Mistake(
            "folders with a pickle that calls a program",
            ArchiveBuilder.folders(weights: PickleText { $0.dictionary([("w", call("posix", "system"))]) })),
    ]
}

extension PickleText {
    /// Tuples of two, each twice the one before: a value that would have 2^64 leaves if it were written out.
    static let memoBomb = PickleText { pickle in
        pickle.integer(1)
        for level in 0..<64 as Range<UInt8> {
            pickle.op("q", [level])
            pickle.op("h", [level])
            pickle.raw([0x86])
        }
    }
}
