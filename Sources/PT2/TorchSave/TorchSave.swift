import Basics

/// A file or a member that `torch.save` wrote: a ZIP file of a pickle and of the storages of its tensors, in place and never copied.
struct TorchSave: Sendable {
    let root: PickleValue
    let heap: PickleHeap

    private static let pickle = "data.pkl"

    init(_ storage: ByteStorage) throws(PT2Error) {
        if Self.isPlainPickle(storage) { throw .unsupportedArchive(.plainPickle) }
        let members = try MemberTable(storage)
        guard let length = members.bytes(of: Self.pickle)?.count else { throw .missingMember(Self.pickle) }
        guard length <= Limits.pickleBytes else { throw .malformedPickle(.tooLong(length)) }
        if members.contains("constants.pkl") { throw .unsupportedArchive(.torchScript) }
        try members.checkByteOrder(isStated: false)
        let bytes = try members.verifiedBytes(of: Self.pickle)
        var reader = PickleReader(bytes) { members.bytes(of: "data/" + $0) }
        do { root = try reader.read() } catch { throw .malformedPickle(error) }
        heap = reader.heap
    }

    /// Reads a member of an archive.
    init(member: String, of archive: Archive) throws(PT2Error) {
        let bytes = try archive.verifiedBytes(of: member)
        do { self = try TorchSave(bytes) } catch { throw .inMember(member, error) }
    }

    /// Before PyTorch 1.6 a file was a pickle without a ZIP file around it.
    private static func isPlainPickle(_ storage: ByteStorage) -> Bool {
        CheckedBytes(storage).word(at: 0, as: UInt16.self) == 0x0280
    }

    /// A tensor of the heap as a checked view.
    func view(_ place: Int, name: String) throws(PT2Error) -> TensorView {
        let tensor = heap.tensors[place]
        return try TensorView(
            name: name, scalarType: tensor.scalarType, sizes: tensor.sizes, strides: tensor.strides,
            storageOffset: tensor.storageOffset, storage: tensor.bytes)
    }

    /// The tensors of a dictionary from names to tensors and other things, in its order. Nil for any other value.
    func namedTensors(_ value: PickleValue) throws(PT2Error) -> [(name: String, tensor: Int)]? {
        guard case .dictionary(let place) = value else { return nil }
        var names: Set<String> = []
        var tensors: [(String, Int)] = []
        for (key, value) in heap.dictionaries[place] {
            guard case .text(let name) = key, case .tensor(let tensor) = value else { continue }
            guard names.insert(name).inserted else { throw .malformedPickle(.notThis("'\(name)' occurs twice in it")) }
            tensors.append((name, tensor))
        }
        return tensors
    }
}
