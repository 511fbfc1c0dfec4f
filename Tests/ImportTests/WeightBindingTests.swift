import Basics
import GraphPasses
import Operators
import PT2
import TensorIR
import Testing

/// Weights are found in the archive or in a checkpoint, in place, and by content.
@Suite struct WeightBindingTests {
    private func bind(_ name: String, _ checkpoint: WeightBinding.Checkpoint? = nil) throws -> (ImportedProgram, [WeightBinding.Weight]) {
        let (program, archive) = try Archives.program(name)
        let imported = try ImportProgram.apply(to: program, operators: OperatorSet.standard)
        let weights = try archive.weights(of: program)
        return (imported, try WeightBinding(imported, weights, file: "\(name).pt2", checkpoint: checkpoint).weights)
    }

    /// A checkpoint of the program's own weights after an edit of them.
    private func checkpoint(_ name: String, edit: (inout [WeightBinding.Weight]) -> Void) throws -> WeightBinding.Checkpoint {
        var weights = try bind(name).1
        edit(&weights)
        var writer = SafetensorsWriter()
        for weight in weights {
            writer.add(weight.name, weight.tensor.type.element, shape: weight.tensor.type.shape, weight.tensor.storage)
        }
        return WeightBinding.Checkpoint(try Checkpoint(ByteStorage(writer.bytes())), file: "weights.safetensors")
    }

    private func refusal(_ name: String, _ checkpoint: WeightBinding.Checkpoint) throws -> [Diagnostic] {
        do { _ = try bind(name, checkpoint) } catch let error as DiagnosticList { return error.diagnostics }
        return []
    }

    @Test("Every constant and state of the graph has its content, in the graph's order")
    func complete() throws {
        let (imported, weights) = try bind("storages")
        #expect(weights.map(\.input) == imported.graph.inputs.filter { $0.kind.weightName != nil }.map(\.value))
        #expect(weights.allSatisfy { $0.tensor.type == imported.graph.type($0.input) })
    }

    @Test("Contiguous weights are bytes of the mapped file, found twice at one address")
    func mapped() throws {
        let (program, archive) = try Archives.program("tiny_cnn")
        let imported = try ImportProgram.apply(to: program, operators: OperatorSet.standard)
        let weights = try archive.weights(of: program)
        let first = try WeightBinding(imported, weights, file: "").weights
        let second = try WeightBinding(imported, weights, file: "").weights
        #expect(zip(first, second).allSatisfy { $0.tensor.storage.bytes.baseAddress == $1.tensor.storage.bytes.baseAddress })
    }

    @Test("Equal contents have one fingerprint whatever their names; other contents have another")
    func fingerprints() throws {
        let original = try bind("tiny_cnn").1.map(\.fingerprint)
        #expect(try bind("tiny_cnn.renamed").1.map(\.fingerprint) == original)
        #expect(try bind("tiny_cnn.reordered").1.map(\.fingerprint) == original)
        #expect(try bind("tiny_cnn.reweighted").1.map(\.fingerprint) != original)
    }

    @Test("A checkpoint replaces the archive's contents")
    func checkpointWins() throws {
        let other = try bind("tiny_cnn.reweighted").1
        let replaced = try bind("tiny_cnn", try checkpoint("tiny_cnn.reweighted") { _ in }).1
        #expect(replaced.map(\.fingerprint) == other.map(\.fingerprint))
    }

    @Test("A checkpoint that keeps one of two tied weights is enough")
    func tied() throws {
        let checkpoint = try checkpoint("storages") { weights in
            guard let index = weights.firstIndex(where: { $0.name == "decode.weight" }) else { return }
            weights[index] = WeightBinding.Weight(input: weights[index].input, name: "embedding.weight", tensor: weights[index].tensor)
        }
        #expect(checkpoint.tensors["decode.weight"] == nil)
        #expect(try bind("storages", checkpoint).1.map(\.fingerprint) == bind("storages").1.map(\.fingerprint))
    }

    @Test("What a checkpoint lacks, has in another shape or has too much is named, all at once")
    func misfits() throws {
        let checkpoint = try checkpoint("tiny_cnn") { weights in
            weights.removeAll { $0.name == "stem.0.weight" }
            guard let index = weights.firstIndex(where: { $0.name == "classify.bias" }) else { return }
            let (old, type) = (weights[index], TensorIR.TensorType(.f32, [5, 1]))
            weights[index] = WeightBinding.Weight(input: old.input, name: old.name, tensor: Tensor(type, storage: old.tensor.storage))
            weights.append(WeightBinding.Weight(input: old.input, name: "optimiser.step", tensor: old.tensor))
        }
        let text = try refusal("tiny_cnn", checkpoint).map(\.description).joined(separator: "\n") + "\n"
        try expectCase("Errors/checkpoint", text)
    }
}
