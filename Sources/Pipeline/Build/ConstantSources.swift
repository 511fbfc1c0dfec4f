import Basics
import GraphPasses
import TensorIR

/// Finds the tensors behind a region's constants: weights of the archive by their place in the imported graph, literals in the prepared graph.
struct ConstantSources {
    struct Leaf {
        let tensor: Tensor
        let fingerprint: Fingerprint
    }

    private var leaves: [ValueID: Leaf] = [:]

    init(_ partitioned: PartitionedProgram, _ imported: ImportedProgram, _ weights: WeightBinding) {
        let bound = Dictionary(weights.weights.map { ($0.input, $0) }, uniquingKeysWith: { first, _ in first })
        for (index, input) in partitioned.graph.inputs.enumerated() {
            if case .constant(.literal(let bytes)) = input.kind {
                let tensor = Tensor(partitioned.graph.type(input.value).with(layout: .rowMajor), storage: ByteStorage(bytes))
                leaves[input.value] = Leaf(tensor: tensor, fingerprint: tensor.contentFingerprint)
            } else if let place = partitioned.importedInputs[index], imported.graph.inputs.indices.contains(place),
                let weight = bound[imported.graph.inputs[place].value]
            {
                leaves[input.value] = Leaf(tensor: weight.tensor, fingerprint: weight.fingerprint)
            }
        }
    }

    /// What the recipe reads of the region's constants, in the order of its inputs that are fed.
    func leaves(of recipe: Recipe, in region: Region) throws -> [Leaf] {
        try recipe.inputs.compactMap { input in
            guard let input else { return nil }
            guard region.inputs.indices.contains(input), let leaf = leaves[region.inputs[input]] else {
                throw Diagnostic.ownFault(.inconsistentGraph, "a constant has no content")
            }
            return leaf
        }
    }
}
