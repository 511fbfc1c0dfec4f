import Basics
import GraphPasses
import Linking
import Operators
import PT2
import TensorIR

/// A captured program with the inputs and outputs of one call, run on the simulated machine.
struct CapturedCall {
    private let imported: ImportedProgram
    private let weights: WeightBinding
    private let tensors: Safetensors

    /// - Parameters:
    ///   - program: the `.pt2` archive.
    ///   - call: the `.safetensors` file with tensors `input.N` and `output.N`.
    init(program: String, call: String) throws {
        let archive = try Archive(ByteStorage(mapping: program))
        let captured = try archive.program()
        imported = try ImportProgram.apply(to: captured, operators: OperatorSet.standard)
        weights = try WeightBinding(imported, archive.weights(of: captured), file: program)
        tensors = try Safetensors(mapping: call)
    }

    /// What the kernels give and what PyTorch gave, for each result.
    func run() throws -> [(found: Tensor, wanted: Tensor)] {
        let graph = imported.graph
        var leaves = imported.argumentLeaves[...]
        let contents = try graph.inputs.map { input -> Tensor in
            if input.kind == .activation { return try tensor("input", leaves.popFirst(), graph.type(input.value)) }
            if let weight = weights.weights.first(where: { $0.input == input.value }) { return weight.tensor }
            guard let literal = graph.literal(input) else { throw LoweredProgramError("a constant without content") }
            return literal
        }
        let results = imported.results(try LoweredProgram(graph).run(contents))
        return try zip(results, imported.resultLeaves).map { ($0, try tensor("output", $1, $0.type)) }
    }

    private func tensor(_ kind: String, _ leaf: Int?, _ type: TensorType) throws -> Tensor {
        guard let leaf, let view = tensors["\(kind).\(leaf)"], let storage = view.storage else {
            throw LoweredProgramError("no tensor \(kind).\(leaf ?? -1)")
        }
        let dense = DenseView(storage, type.element, shape: view.sizes, strides: view.strides, offset: view.storageOffset)
        return Tensor(type, storage: try dense.rowMajor())
    }
}
