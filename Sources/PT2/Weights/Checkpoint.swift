import Basics

/// Named tensors of a file that are to take the place of a program's own: a `.safetensors` file, or a state dictionary that `torch.save` wrote.
/// Told apart by their content.
package struct Checkpoint: Sendable {
    private let tensors: [String: TensorView]

    /// Maps the file at `path`, which must not be truncated while it is used.
    package init(mapping path: String) throws(PT2Error) {
        let storage: ByteStorage
        do { storage = try ByteStorage(mapping: path) } catch { throw .unreadable(error) }
        try self.init(storage)
    }

    package init(_ storage: ByteStorage) throws(PT2Error) {
        let views = Self.isSaved(storage) ? try Self.stateDictionary(TorchSave(storage)) : try Safetensors(storage).tensors
        tensors = Dictionary(views.map { ($0.name, $0) }, uniquingKeysWith: { first, _ in first })
    }

    /// The names of all tensors, sorted.
    package var names: [String] { tensors.keys.sorted() }

    package subscript(name: String) -> TensorView? { tensors[name] }

    private static func isSaved(_ storage: ByteStorage) -> Bool {
        let magic = CheckedBytes(storage).word(at: 0, as: UInt32.self) ?? 0
        return magic == 0x0403_4B50 || magic & 0xFFFF == 0x0280
    }

    /// Where training scripts put a model's state dictionary when they save more beside it.
    private static let usualKeys: [PickleValue] = [.text("state_dict"), .text("model_state_dict"), .text("model")]

    private static func stateDictionary(_ saved: TorchSave) throws(PT2Error) -> [TensorView] {
        var candidates = [saved.root]
        if case .dictionary(let place) = saved.root {
            for key in usualKeys { candidates += saved.heap.dictionaries[place].filter { $0.key == key }.map(\.value) }
        }
        for candidate in candidates {
            guard let named = try saved.namedTensors(candidate), !named.isEmpty else { continue }
            var views: [TensorView] = []
            for (name, tensor) in named { views.append(try saved.view(tensor, name: name)) }
            return views
        }
        throw .malformedPickle(.notThis("it holds no state dictionary"))
    }
}
