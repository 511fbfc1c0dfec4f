import Basics
import KernelCodegen
import TensorIR

/// A constant computed from a region's constants when weights are packed: a closed graph with one output.
///
/// A batch norm that was folded into a weight is such a recipe; the kernel knows nothing of it, and new weights only run it again.
package struct Recipe: Hashable, Sendable {
    package var graph: Graph
    /// For each input of `graph`, the region's input that feeds it; literals are fed by none.
    package var inputs: [Int?]

    package init(graph: Graph, inputs: [Int?]) {
        self.graph = graph
        self.inputs = inputs
    }
}

/// What a step of a region reads.
package enum SubgraphOperand: Hashable, Sendable {
    /// An input of the region's graph, by position.
    case input(Int)
    /// The result of a step before.
    case local(Int)
    /// The result of a recipe.
    case constant(Int)
}

/// One step of a region.
package enum SubgraphStep: Hashable, Sendable {
    /// `operands` for each kernel operand that is no result, in operand order; `results` are locals.
    case kernel(KernelRequest, operands: [SubgraphPlace], results: [Int])
    case host(operation: String, attributes: Attributes, operands: [HostOperand], results: [Int])
}

/// A buffer, or a run of elements inside one: what a step binds an operand to, and where a result of the region is. A contiguous slice is a place, so that
/// kernels know nothing of where it was cut.
package struct SubgraphPlace: Hashable, Sendable {
    package var base: SubgraphOperand
    /// In elements.
    package var offset: Int

    package init(_ base: SubgraphOperand, offset: Int = 0) {
        self.base = base
        self.offset = offset
    }
}

/// What a step on the host reads: a row-major tensor inside a buffer, whose own shape may be another one.
package struct HostOperand: Hashable, Sendable {
    package var place: SubgraphPlace
    package var type: TensorType
}

/// What optimising a region gave: kernels to generate, recipes for their constants, and where results are found. Closed like the region: no names, no weights.
package struct OptimisedSubgraph: Hashable, Sendable {
    package var locals: [TensorType] = []
    package var recipes: [Recipe] = []
    package var steps: [SubgraphStep] = []
    package var results: [SubgraphPlace] = []
}

extension Recipe: CanonicalCodable {
    package func encode(into encoder: inout CanonicalEncoder) {
        encoder.append(graph)
        encoder.append(inputs.count)
        for input in inputs { encoder.append(input) }
    }

    package init(from decoder: inout CanonicalDecoder) throws(CanonicalDecodingError) {
        graph = try Graph(from: &decoder)
        inputs = []
        for _ in 0..<(try decoder.count()) { inputs.append(try decoder.optional(Int.self)) }
        guard inputs.count == graph.inputs.count, graph.outputs.count == 1 else { throw .invalid("recipe", at: decoder.position) }
    }
}

extension SubgraphOperand: CanonicalCodable {
    package func encode(into encoder: inout CanonicalEncoder) {
        switch self {
        case .input(let index):
            encoder.append(0 as UInt8)
            encoder.append(index)
        case .local(let index):
            encoder.append(1 as UInt8)
            encoder.append(index)
        case .constant(let index):
            encoder.append(2 as UInt8)
            encoder.append(index)
        }
    }

    package init(from decoder: inout CanonicalDecoder) throws(CanonicalDecodingError) {
        switch try decoder.uint8() {
        case 0: self = .input(try decoder.int())
        case 1: self = .local(try decoder.int())
        case 2: self = .constant(try decoder.int())
        default: throw .invalid("subgraph operand", at: decoder.position - 1)
        }
    }
}

extension SubgraphStep: CanonicalCodable {
    package func encode(into encoder: inout CanonicalEncoder) {
        switch self {
        case .kernel(let request, let operands, let results):
            encoder.append(0 as UInt8)
            encoder.append(request)
            encoder.append(operands)
            encoder.append(results)
        case .host(let operation, let attributes, let operands, let results):
            encoder.append(1 as UInt8)
            encoder.append(operation)
            encoder.append(attributes)
            encoder.append(operands)
            encoder.append(results)
        }
    }

    package init(from decoder: inout CanonicalDecoder) throws(CanonicalDecodingError) {
        switch try decoder.uint8() {
        case 0: self = .kernel(try KernelRequest(from: &decoder), operands: try decoder.array(), results: try decoder.array())
        case 1:
            self = .host(
                operation: try decoder.string(), attributes: try Attributes(from: &decoder), operands: try decoder.array(),
                results: try decoder.array())
        default: throw .invalid("subgraph step", at: decoder.position - 1)
        }
    }
}

extension SubgraphPlace: CanonicalCodable {
    package func encode(into encoder: inout CanonicalEncoder) {
        encoder.append(base)
        encoder.append(offset)
    }

    package init(from decoder: inout CanonicalDecoder) throws(CanonicalDecodingError) {
        self.init(try SubgraphOperand(from: &decoder), offset: try decoder.int())
    }
}

extension HostOperand: CanonicalCodable {
    package func encode(into encoder: inout CanonicalEncoder) {
        encoder.append(place)
        encoder.append(type)
    }

    package init(from decoder: inout CanonicalDecoder) throws(CanonicalDecodingError) {
        self.init(place: try SubgraphPlace(from: &decoder), type: try TensorType(from: &decoder))
    }
}

extension OptimisedSubgraph: CanonicalCodable {
    package func encode(into encoder: inout CanonicalEncoder) {
        encoder.append(locals)
        encoder.append(recipes)
        encoder.append(steps)
        encoder.append(results)
    }

    package init(from decoder: inout CanonicalDecoder) throws(CanonicalDecodingError) {
        locals = try decoder.array()
        recipes = try decoder.array()
        steps = try decoder.array()
        results = try decoder.array()
    }
}
