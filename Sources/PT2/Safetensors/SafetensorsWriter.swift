import Basics

/// Makes the bytes of a `.safetensors` file: the same bytes for the same tensors, whatever the order in which they were added.
///
/// ```
/// var writer = SafetensorsWriter()
/// writer.add("output.0", .f32, shape: [1, 1000], bytes)
/// let file = writer.bytes()
/// ```
package struct SafetensorsWriter {
    private var tensors: [(name: String, type: String, shape: [Int], bytes: ByteStorage)] = []
    /// Notes for the header, written sorted by key.
    package var metadata: [String: String] = [:]

    package init() {}

    /// Adds a tensor, given row-major and little-endian. A later tensor of the same name takes the place of an earlier one.
    /// - Precondition: the format has the element type, and `bytes` holds the elements of `shape` exactly.
    package mutating func add(_ name: String, _ type: ElementType, shape: [Int], _ bytes: ByteStorage) {
        precondition(shape.reduce(type.sizeBytes, *) == bytes.count, "a tensor's bytes must be those of its shape")
        tensors.removeAll { $0.name == name }
        tensors.append((name, type.name.uppercased(), shape, bytes))
    }

    /// The file's bytes: tensors by falling alignment of their elements, then by name, so that every tensor is aligned to its element.
    package func bytes() -> [UInt8] {
        let sorted = tensors.sorted { left, right in
            (-alignment(left), left.name) < (-alignment(right), right.name)
        }
        var header = "{"
        if !metadata.isEmpty {
            let entries = metadata.sorted { $0.key < $1.key }.map { "\(quoted($0.key)):\(quoted($0.value))" }
            header += "\"__metadata__\":{\(entries.joined(separator: ","))}"
        }
        var offset = 0
        for tensor in sorted {
            if header.utf8.count > 1 { header += "," }
            let shape = tensor.shape.map(String.init).joined(separator: ",")
            header += "\(quoted(tensor.name)):{\"dtype\":\"\(tensor.type)\",\"shape\":[\(shape)],"
            header += "\"data_offsets\":[\(offset),\(offset + tensor.bytes.count)]}"
            offset += tensor.bytes.count
        }
        header += "}"
        header += String(repeating: " ", count: (8 - header.utf8.count % 8) % 8)
        var file: [UInt8] = []
        file.reserveCapacity(8 + header.utf8.count + offset)
        withUnsafeBytes(of: UInt64(header.utf8.count).littleEndian) { file.append(contentsOf: $0) }
        file.append(contentsOf: header.utf8)
        for tensor in sorted { tensor.bytes.withBytes { file.append(contentsOf: $0) } }
        return file
    }

    private func alignment(_ tensor: (name: String, type: String, shape: [Int], bytes: ByteStorage)) -> Int {
        ScalarType(safetensorsName: tensor.type)?.sizeBytes ?? 1
    }

    /// `text` as a JSON string.
    private func quoted(_ text: String) -> String {
        var result = "\""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"": result += "\\\""
            case "\\": result += "\\\\"
            case "\u{0}"..<"\u{20}":
                let digits = String(scalar.value, radix: 16)
                result += "\\u" + String(repeating: "0", count: 4 - digits.utf8.count) + digits
            default: result.unicodeScalars.append(scalar)
            }
        }
        return result + "\""
    }
}
