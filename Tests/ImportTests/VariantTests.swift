import Basics
import GraphPasses
import Operators
import PT2
import TensorIR
import Testing

/// Edits of the source that change nothing of what is computed leave the graph, byte for byte, as it is.
@Suite struct VariantTests {
    @Test(
        "New names, moved lines, reordered definitions and new weights leave the same graph",
        arguments: ["tiny_cnn.renamed", "tiny_cnn.moved", "tiny_cnn.reordered", "tiny_cnn.reweighted"])
    func variantHasSameGraph(_ name: String) throws {
        let (original, variant) = (try Archives.imported("tiny_cnn"), try Archives.imported(name))
        #expect(original.graph.canonicalBytes == variant.graph.canonicalBytes)
        #expect((original == variant) == ["tiny_cnn.reordered", "tiny_cnn.reweighted"].contains(name))
    }

    @Test("A width that is edited changes the graph")
    func editChangesGraph() throws {
        let (original, edited) = (try Archives.imported("tiny_cnn"), try Archives.imported("tiny_cnn.edited"))
        #expect(original.graph.canonicalBytes != edited.graph.canonicalBytes)
    }

    @Test(
        "Importing twice gives the same bytes, and they read back", arguments: ["tiny_cnn", "inplace", "buffers", "constants", "wakeword"])
    func storedFormIsStable(_ name: String) throws {
        let imported = try Archives.imported(name)
        #expect(try Archives.imported(name).canonicalBytes == imported.canonicalBytes)
        #expect(try ImportedProgram(canonicalBytes: imported.canonicalBytes) == imported)
    }

    @Test("A stored program that is cut or changed is an error, never a trap")
    func damagedStoredForm() throws {
        let bytes = try Archives.imported("buffers").canonicalBytes
        for count in stride(from: 0, to: bytes.count, by: 7) {
            #expect(throws: CanonicalDecodingError.self) { try ImportedProgram(canonicalBytes: Array(bytes[..<count])) }
        }
        for index in bytes.indices {
            var damaged = bytes
            damaged[index] ^= 0x55
            _ = try? ImportedProgram(canonicalBytes: damaged)
        }
    }
}
