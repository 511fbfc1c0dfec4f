import Basics
import PT2
import Testing

@Suite struct WeightTests {
    private static let six = ByteStorage(ProgramText.floats([1, 2, 3, 4, 5, 6]))

    private func view(
        _ sizes: [Int], _ strides: [Int], offset: Int = 0, name: String = "w", storage: ByteStorage = six
    ) throws(PT2Error) -> TensorView {
        try TensorView(name: name, scalarType: .f32, sizes: sizes, strides: strides, storageOffset: offset, storage: storage)
    }

    private func values(_ view: TensorView) -> [Float]? {
        view.contiguousBytes().map { storage in
            (0..<storage.count / 4).map { storage.bytes.loadUnaligned(fromByteOffset: $0 * 4, as: Float.self) }
        }
    }

    @Test(arguments: [
        ([2, 3], [3, 1], 0, [1, 2, 3, 4, 5, 6] as [Float]), ([3, 2], [1, 3], 0, [1, 4, 2, 5, 3, 6]), ([2], [3], 1, [2, 5]),
        ([2, 2], [0, 1], 4, [5, 6, 5, 6]), ([], [], 5, [6]), ([0, 4], [4, 1], 0, []), ([1, 2, 1, 2], [9, 1, 7, 2], 0, [1, 3, 2, 4]),
        ([2, 1, 3], [3, 100, 1], 0, [1, 2, 3, 4, 5, 6]),
    ])
    func `A view gives its elements in row-major order`(_ sizes: [Int], _ strides: [Int], _ offset: Int, _ expected: [Float]) throws {
        #expect(values(try view(sizes, strides, offset: offset)) == expected)
    }

    @Test func `Contiguous bytes are not copied`() throws {
        let contiguous = try view([2], [1], offset: 3)
        #expect(contiguous.contiguousBytes()?.bytes.baseAddress == Self.six.bytes.baseAddress.map { $0 + 12 })
    }

    @Test func `A fingerprint is that of the elements, not of the name, the offset or the rest of the storage`() throws {
        let fingerprint = try view([2], [1], offset: 1).fingerprint
        #expect(fingerprint != nil)
        #expect(try view([2], [1], offset: 1, name: "v").fingerprint == fingerprint)
        #expect(try view([2], [1], storage: ByteStorage(ProgramText.floats([2, 3]))).fingerprint == fingerprint)
        #expect(try view([2], [1], offset: 2).fingerprint != fingerprint)
        #expect(try view([1, 2], [2, 1], offset: 1).fingerprint != fingerprint)
        #expect(try view([2], [2], offset: 1).fingerprint != fingerprint)
        #expect(try view([2, 1], [1, 1], offset: 1).fingerprint == view([2, 1], [1, 8], offset: 1).fingerprint)
    }

    @Test func `An empty storage under a tensor with elements means that the weights are elsewhere`() throws {
        let absent = try view([2, 3], [3, 1], storage: ByteStorage([]))
        #expect(absent.isAbsent && absent.fingerprint == nil && absent.contiguousBytes() == nil)
        let empty = try view([0], [1], storage: ByteStorage([]))
        #expect(!empty.isAbsent && empty.contiguousBytes()?.count == 0)
        let archive = try ArchiveBuilder().changing("weight_0") { $0.bytes = [] }.archive()
        let weights = try archive.weights(of: try archive.program())
        #expect(try weights.tensor(for: .parameter("w"))?.isAbsent == true)
    }

    @Test func `Tensors lie in the map at their own place, aligned to 64 bytes`() throws {
        let file = ByteStorage(ArchiveBuilder().bytes())
        let archive = try Archive(file)
        let tensor = try #require(try archive.weights(of: try archive.program()).tensor(for: .parameter("w")))
        let start = try #require(tensor.storage?.bytes.baseAddress)
        let offset = try start - #require(file.bytes.baseAddress)
        #expect(offset > 0 && offset % 64 == 0 && offset < file.count)
    }

    @Test func `A pickled payload that nobody uses does not matter`() throws {
        let table = ProgramText.table().replacing(
            "{\"config\": {",
            with:
                "{\"config\": {\"object\": {\"path_name\": \"custom_obj_0\", \"is_param\": false, \"use_pickle\": true, \"tensor_meta\": null}, "
        )
        let archive = try ArchiveBuilder(weights: table).archive()
        let weights = try archive.weights(of: try archive.program())
        #expect(try weights.tensor(for: .parameter("w")) != nil)
        #expect(throws: PT2Error.pickledPayload("object")) { try weights.tensor(for: .parameter("object")) }
        #expect(throws: PT2Error.pickledPayload("o")) { try weights.tensor(for: .customObject("o")) }
    }

    @Test func `A damaged tensor is found by verifying`() throws {
        let archive = try ArchiveBuilder().changing("weight_0") { $0.checksum = 1 }.archive()
        #expect(throws: PT2Error.self) { try archive.verifyTensors() }
        try ArchiveBuilder().archive().verifyTensors()
    }
}
