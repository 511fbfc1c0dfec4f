import Basics
import GraphPasses
import Operators
import PT2
import TensorIR
import Testing

/// Imported programs give PyTorch's numbers when their graphs are run by the operators' references.
@Suite struct EvaluationTests {
    static let programs = [
        "inplace", "multi_output", "constants", "data_dependent", "dynamic_batch", "storages", "unpooled", "tiny_cnn", "tiny_cnn.edited",
        "tiny_cnn.renamed",
        "tiny_cnn.reordered", "tiny_cnn.reweighted", "tiny_attention", "wakeword",
    ]

    @Test("Imported programs give PyTorch's numbers", arguments: programs)
    func givesReferenceNumbers(_ name: String) throws {
        var run = try ProgramRun(name)
        try run.call(Archives.path(name, "safetensors"))
    }

    @Test("State that a call leaves is seen by the next", arguments: ["buffers", "key_value_cache", "control_flow"])
    func stateIsKept(_ name: String) throws {
        var run = try ProgramRun(name)
        try run.call(Archives.path(name, "safetensors"))
        try run.call(Archives.path(name, "call1.safetensors"))
    }

    @Test("Results have as many elements as values decide", arguments: ["detections", "postprocessing", "selections"])
    func sizesDependOnValues(_ name: String) throws {
        var run = try ProgramRun(name)
        for call in ["", "call1.", "call2."] { try run.call(Archives.path(name, call + "safetensors")) }
    }

    @Test(
        "Archives of older releases give the numbers and the graph of the current one",
        arguments: ["older.torch2.5", "older.torch2.7", "older.torch2.8"])
    func olderReleases(_ name: String) throws {
        #expect(try Archives.imported(name).graph.canonicalBytes == Archives.imported("older").graph.canonicalBytes)
        var run = try ProgramRun(name)
        try run.call(Archives.path("older", "safetensors"))
    }

    @Test("A program that PyTorch 2.5 had decomposed, with a size that varies, gives its numbers")
    func olderDecomposed() throws {
        var run = try ProgramRun("older.decomposed.torch2.5")
        try run.call(Archives.path("older.decomposed", "safetensors"))
    }

    @Test("The example networks give PyTorch's numbers", arguments: ["gazenet", "gazenet-edited", "handpose"])
    func givesReferenceNumbersOfExamples(_ name: String) throws {
        var run = try ProgramRun(name)
        try run.call(Archives.path(name, "safetensors"))
    }
}

/// A program with its weights and states, called as often as wished.
struct ProgramRun {
    let imported: ImportedProgram
    private var contents: [ValueID: Tensor] = [:]

    init(_ name: String) throws {
        let (program, archive) = try Archives.program(name)
        imported = try ImportProgram.apply(to: program, operators: OperatorSet.standard)
        #expect(imported.graph.verify() == [])
        #expect(OperatorSet.standard.check(imported.graph) == [])
        let binding = try WeightBinding(imported, archive.weights(of: program), file: name)
        for weight in binding.weights { contents[weight.input] = weight.tensor }
        contents.merge(imported.graph.literals()) { _, literal in literal }
    }

    /// Calls the program with a reference's inputs and compares with its outputs.
    mutating func call(_ file: String) throws {
        let reference = try Safetensors(mapping: file)
        var leaves = imported.argumentLeaves[...]
        var inputs: [Tensor] = []
        for input in imported.graph.inputs {
            if input.kind == .activation {
                let leaf = leaves.removeFirst()
                inputs.append(try tensor(reference["input.\(leaf)"]))
            } else {
                let content = try #require(contents[input.value])
                inputs.append(content)
            }
        }
        let results = try OperatorSet.standard.evaluate(imported.graph, inputs: inputs)
        for (update, tensor) in zip(imported.graph.updates, results.updates) { contents[update.state] = tensor }
        let outputs = imported.results(results.outputs)
        #expect(outputs.count == imported.resultLeaves.count)
        for (leaf, output) in zip(imported.resultLeaves, outputs) {
            let wanted = try tensor(reference["output.\(leaf)"])
            #expect(output.type == wanted.type)
            #expect(Self.error(output.doubles, wanted.doubles) <= 1e-4, "output \(leaf)")
        }
    }

    private func tensor(_ view: TensorView?) throws -> Tensor {
        let view = try #require(view)
        let element = try #require(view.scalarType.elementType)
        let bytes = try #require(view.contiguousBytes())
        return Tensor(TensorIR.TensorType(element, view.sizes), storage: bytes)
    }

    /// The greatest difference, relative to the greatest magnitude.
    private static func error(_ found: [Double], _ wanted: [Double]) -> Double {
        let scale = wanted.map(abs).max() ?? 0
        let difference = zip(found, wanted).map { $0 == $1 ? 0 : abs($0 - $1) }.max() ?? 0
        return difference.isNaN ? .infinity : scale == 0 ? difference : difference / scale
    }
}
