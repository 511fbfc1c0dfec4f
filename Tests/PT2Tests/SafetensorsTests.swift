import Basics
import PT2
import Testing

@Suite struct SafetensorsTests {
    private func file(_ header: String, data: Int = 0, length: UInt64? = nil) -> [UInt8] {
        withUnsafeBytes(of: (length ?? UInt64(header.utf8.count)).littleEndian) { Array($0) } + Array(header.utf8)
            + [UInt8](repeating: 0, count: data)
    }

    @Test func `What is written is read back, in one order whatever the order of adding`() throws {
        let floats = ByteStorage(ProgramText.floats([1, -2, 3]))
        let flags = ByteStorage([1, 0])
        func written(_ reversed: Bool) -> [UInt8] {
            var writer = SafetensorsWriter()
            writer.metadata = ["format": "pt", "note": "a \"b\"\n"]
            let additions: [(String, ElementType, [Int], ByteStorage)] = [
                ("output.0", .f32, [3, 1], floats), ("output.1", .bool, [2], flags), ("output.2", .i64, [0], ByteStorage([])),
            ]
            for (name, type, shape, bytes) in reversed ? additions.reversed() : additions {
                writer.add(name, type, shape: shape, bytes)
            }
            return writer.bytes()
        }
        #expect(written(false) == written(true))
        let tensors = try Safetensors(ByteStorage(written(false)))
        #expect(tensors.numbered("output").map(\.sizes) == [[3, 1], [2], [0]])
        #expect(tensors.numbered("output").map(\.scalarType) == [.f32, .bool, .i64])
        #expect(tensors["output.0"]?.contiguousBytes()?.fingerprint == floats.fingerprint)
        #expect(tensors["output.9"] == nil && tensors.numbered("input").isEmpty)
        #expect(tensors.metadata.map(\.key) == ["format", "note"] && tensors.metadata.map(\.value) == ["pt", "a \"b\"\n"])
        #expect((written(false).prefix(8).first ?? 1) % 8 == 0)
    }

    @Test func `Every element type keeps its name`() throws {
        for type in ElementType.allCases {
            var writer = SafetensorsWriter()
            writer.add("t", type, shape: [1], ByteStorage([UInt8](repeating: 0, count: type.sizeBytes)))
            #expect(try Safetensors(ByteStorage(writer.bytes()))["t"]?.scalarType.elementType == type)
        }
    }

    private static let one = #""a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}"#

    @Test func `A broken file is refused with one diagnostic`() throws {
        let cases: [(String, [UInt8])] = [
            ("empty", []), ("short", [1, 2, 3]), ("header beyond the file", file("{}", length: 100)),
            ("absurd header", file("{}", length: .max)), ("cut header", file("{\"a\":")), ("not an object", file("[]")),
            ("data missing", file("{\(Self.one)}", data: 7)), ("data left over", file("{\(Self.one)}", data: 9)),
            ("gap", file(#"{"a":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}}"#, data: 8)),
            ("overlap", file("{\(Self.one),\(Self.one.replacing("\"a\"", with: "\"b\""))}", data: 8)),
            ("duplicate", file("{\(Self.one),\(Self.one)}", data: 8)),
            ("unknown type", file(#"{"a":{"dtype":"F31","shape":[2],"data_offsets":[0,8]}}"#, data: 8)),
            ("shape too large", file(#"{"a":{"dtype":"F32","shape":[3],"data_offsets":[0,8]}}"#, data: 8)),
            (
                "shape overflows",
                file(#"{"a":{"dtype":"F32","shape":[9223372036854775807,9223372036854775807],"data_offsets":[0,8]}}"#, data: 8)
            ),
            ("negative shape", file(#"{"a":{"dtype":"F32","shape":[-2],"data_offsets":[0,8]}}"#, data: 8)),
            ("reversed range", file(#"{"a":{"dtype":"F32","shape":[2],"data_offsets":[8,0]}}"#, data: 8)),
            ("negative range", file(#"{"a":{"dtype":"F32","shape":[2],"data_offsets":[-8,0]}}"#, data: 8)),
            ("no range", file(#"{"a":{"dtype":"F32","shape":[2]}}"#, data: 8)),
            ("no type", file(#"{"a":{"shape":[2],"data_offsets":[0,8]}}"#, data: 8)),
        ]
        var text = ""
        for (name, bytes) in cases {
            do throws(PT2Error) {
                _ = try Safetensors(ByteStorage(bytes))
                Issue.record("\(name) was read without complaint")
            } catch { text += "\(name)\n\(error.diagnostic(in: "reference.safetensors"))\n\n" }
        }
        try Cases.expect(text, in: "safetensors")
    }
}
