import Basics

/// A `.safetensors` file over mapped bytes: an 8-byte length, a JSON header, and the tensors' bytes in place, row-major.
///
/// As the reference implementation demands, the tensors cover the file's data exactly: no gap, no overlap, nothing left over.
/// The data need not be aligned to the element.
package struct Safetensors: Sendable {
    /// The tensors in order of their bytes in the file.
    package let tensors: [TensorView]
    /// What the writer noted, sorted by key.
    package let metadata: [(key: String, value: String)]
    private let index: [String: Int]

    /// Maps the file at `path`, which must not be truncated while it is used.
    package init(mapping path: String) throws(PT2Error) {
        let storage: ByteStorage
        do { storage = try ByteStorage(mapping: path) } catch { throw .unreadable(error) }
        try self.init(storage)
    }

    package init(_ storage: ByteStorage) throws(PT2Error) {
        defer { withExtendedLifetime(storage) {} }
        guard let stated = CheckedBytes(storage).word(at: 0, as: UInt64.self) else {
            throw .malformedSafetensors(.truncated)
        }
        guard let length = Int(exactly: stated), length <= Limits.safetensorsHeaderBytes else {
            throw .malformedSafetensors(.headerLength(stated))
        }
        guard length <= storage.count - 8 else { throw .malformedSafetensors(.truncated) }
        let header: Header
        do { header = try Header(ByteStorage(storage, range: 8..<8 + length)) } catch {
            throw .malformedSafetensors(.header(error))
        }
        let data = ByteStorage(storage, range: 8 + length..<storage.count)
        metadata = header.metadata.sorted { $0.key < $1.key }
        tensors = try Self.tensors(header.entries, in: data)
        index = Dictionary(tensors.enumerated().map { ($0.element.name, $0.offset) }, uniquingKeysWith: { first, _ in first })
    }

    /// The tensor of this name.
    package subscript(name: String) -> TensorView? { index[name].map { tensors[$0] } }

    /// The tensors `prefix.0`, `prefix.1`, … up to the first that is missing: the inputs or outputs of a reference.
    package func numbered(_ prefix: String) -> [TensorView] {
        var found: [TensorView] = []
        while let tensor = self["\(prefix).\(found.count)"] { found.append(tensor) }
        return found
    }

    private static func tensors(_ entries: [Entry], in data: ByteStorage) throws(PT2Error) -> [TensorView] {
        var tensors: [TensorView] = []
        var position = 0
        for entry in entries.sorted(by: { ($0.start, $0.end, $0.name) < ($1.start, $1.end, $1.name) }) {
            guard entry.start >= 0, entry.start <= entry.end, entry.end <= data.count else {
                throw .malformedSafetensors(.range(tensor: entry.name))
            }
            guard entry.start == position else { throw .malformedSafetensors(.gap(at: position)) }
            position = entry.end
            guard let type = ScalarType(safetensorsName: entry.type) else {
                throw .malformedSafetensors(.elementType(entry.type, tensor: entry.name))
            }
            let tensor = try TensorView(
                name: entry.name, scalarType: type, sizes: entry.shape, strides: Self.rowMajor(entry.shape), storageOffset: 0,
                storage: ByteStorage(data, range: entry.start..<entry.end))
            guard tensor.elementCount * type.sizeBytes == entry.end - entry.start else {
                throw .malformedSafetensors(.shape(tensor: entry.name))
            }
            tensors.append(tensor)
        }
        guard position == data.count else { throw .malformedSafetensors(.gap(at: position)) }
        return tensors
    }

    /// Strides of a contiguous tensor; wrapping, since the view is checked afterwards.
    private static func rowMajor(_ shape: [Int]) -> [Int] {
        var strides = shape
        var stride = 1
        for dimension in shape.indices.reversed() {
            strides[dimension] = max(stride, 0)
            stride = stride &* max(shape[dimension], 1)
        }
        return strides
    }
}

extension Safetensors {
    fileprivate struct Entry {
        var name: String
        var type: String
        var shape: [Int]
        var start: Int
        var end: Int
    }

    fileprivate struct Header {
        var entries: [Entry] = []
        var metadata: [(key: String, value: String)] = []

        init(_ storage: ByteStorage) throws(JSONError) {
            var json = JSONReader(storage)
            var names: Set<String> = []
            try json.beginObject()
            while let name = try json.nextKey() {
                guard names.insert(name).inserted else { throw json.failure(.duplicateName(name)) }
                if name == "__metadata__" {
                    try json.beginObject()
                    while let key = try json.nextKey() { metadata.append((key, try json.string())) }
                } else {
                    entries.append(try Self.entry(name, &json))
                }
            }
            try json.finish()
        }

        private static func entry(_ name: String, _ json: inout JSONReader) throws(JSONError) -> Entry {
            var type: String?
            var shape: [Int]?
            var offsets: [Int] = []
            try json.beginObject()
            while let field = try json.nextField() {
                switch field {
                case .dtype: type = try json.string()
                case .shape: shape = try json.list { (json) throws(JSONError) in try json.integer() }
                case .dataOffsets: offsets = try json.list { (json) throws(JSONError) in try json.integer() }
                default: try json.skip()
                }
            }
            guard let type else { throw json.failure(.missingField(.dtype, of: name)) }
            guard let shape else { throw json.failure(.missingField(.shape, of: name)) }
            guard offsets.count == 2 else { throw json.failure(.missingField(.dataOffsets, of: name)) }
            return Entry(name: name, type: type, shape: shape, start: offsets[0], end: offsets[1])
        }
    }
}

extension ScalarType {
    /// The name in a safetensors header, or nil when the format has none.
    package var safetensorsName: String? {
        switch self {
        case .bool: "BOOL"
        case .f8e4m3fn: "F8_E4M3"
        case .f8e5m2: "F8_E5M2"
        case .f8e8m0fnu: "F8_E8M0"
        case .complex64: "C64"
        case .complex32, .complex128, .f8e4m3fnuz, .f8e5m2fnuz: nil
        case .u8, .i8, .u16, .i16, .u32, .i32, .u64, .i64, .f16, .bf16, .f32, .f64: name.uppercased()
        }
    }

    init?(safetensorsName: String) {
        guard let type = Self.allCases.first(where: { $0.safetensorsName == safetensorsName }) else { return nil }
        self = type
    }
}
