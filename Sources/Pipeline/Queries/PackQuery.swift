import Basics
import GraphPasses
import KernelCodegen
import Linking
import Operators
import QueryEngine
import TensorIR

/// One constant, computed by its recipe and laid out for a kernel. Keyed by recipe, packing and the fingerprints of the weights; the weights themselves come along unkeyed.
struct PackQuery: Query {
    static let kind = "PackConstant"
    static let version = SourceVersion.of(.graphPasses, .linking)

    let recipe: Recipe
    let packing: ConstantPacking
    /// What the recipe reads, in the order of its inputs that are fed.
    let weights: [Tensor]
    let weightFingerprints: [Fingerprint]
    let label: String

    func encode(into encoder: inout CanonicalEncoder) {
        encoder.append(recipe)
        encoder.append(packing)
        encoder.append(weightFingerprints)
    }

    func compute(_ context: QueryContext) async throws -> Blob {
        do {
            let tensor = try evaluateRecipe(recipe, weights)
            return context.blob(try pack(tensor, as: packing))
        } catch let error as PackingError {
            throw error.diagnostic(constant: label)
        } catch let error as OperatorError {
            throw Diagnostic.ownFault(.inconsistentGraph, "\(label): \(error.message)")
        }
    }
}
