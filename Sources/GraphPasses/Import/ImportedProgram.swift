import Basics
import Operators
import TensorIR

/// A program as graph: functional, typed, without housekeeping, constants folded.
///
/// What the caller gives comes first, in the order of the call, even what nobody reads; then come weights, states and literals in the order in
/// which nodes first read them. Weights that nobody reads are left out.
package struct ImportedProgram: Hashable, Sendable {
    package var graph: Graph
    package var source: SourceMap
    /// What a person should be told although the program was imported; what reading it had to say is in `Program.warnings`.
    package var warnings: [Diagnostic]
    /// For each activation of the graph, in order, its place among the leaves of the call's arguments.
    package var argumentLeaves: [Int]
    /// For each output of the graph, in order, its place among the leaves of the call's results.
    package var resultLeaves: [Int]
    /// Outputs of the graph that are padded to the greatest size that they can have. Their counts are outputs too, behind those that are leaves.
    package var countedOutputs: [CountedOutput]

    package init(
        graph: Graph, source: SourceMap, warnings: [Diagnostic] = [], argumentLeaves: [Int] = [], resultLeaves: [Int] = [],
        countedOutputs: [CountedOutput] = []
    ) {
        self.graph = graph
        self.source = source
        self.warnings = warnings
        self.argumentLeaves = argumentLeaves
        self.resultLeaves = resultLeaves
        self.countedOutputs = countedOutputs
    }
}

extension ImportedProgram {
    /// The outputs of a run as the caller sees them: those that are leaves of the results, without padding.
    package func results(_ outputs: [Tensor]) -> [Tensor] {
        countedOutputs.cut(outputs, to: resultLeaves.count)
    }
}

/// Unlike the graph's own canonical form this one holds all names: it is the stored value of a query, not an ingredient of a key.
extension ImportedProgram: CanonicalCodable {
    package func encode(into encoder: inout CanonicalEncoder) {
        encoder.append(graph)
        encoder.append(graph.name)
        encoder.append(graph.inputs.map { $0.kind.weightName ?? "" })
        encoder.append(graph.canonicalOrder.map { graph[$0].name })
        encoder.append(source)
        encoder.append(warnings)
        encoder.append(argumentLeaves)
        encoder.append(resultLeaves)
        encoder.append(countedOutputs)
    }

    package init(from decoder: inout CanonicalDecoder) throws(CanonicalDecodingError) {
        graph = try Graph(from: &decoder)
        graph.name = try decoder.string()
        let weights = try decoder.array(of: String.self)
        guard weights.count == graph.inputs.count else { throw .invalid("weight names", at: decoder.position) }
        for (index, name) in weights.enumerated() { graph.inputs[index].kind = graph.inputs[index].kind.named(name) }
        let names = try decoder.array(of: String.self)
        guard names.count == graph.values.count else { throw .invalid("value names", at: decoder.position) }
        for (index, name) in names.enumerated() { graph[ValueID(index)].name = name }
        source = try SourceMap(from: &decoder)
        guard source.placeOfNode.count == graph.nodes.count else { throw .invalid("source map", at: decoder.position) }
        warnings = try decoder.array()
        argumentLeaves = try decoder.array()
        resultLeaves = try decoder.array()
        countedOutputs = try decoder.array()
    }
}

extension Graph {
    /// The values as the canonical form numbers them: inputs, then results in order of execution.
    fileprivate var canonicalOrder: [ValueID] { inputs.map(\.value) + nodes.flatMap(\.results) }
}

extension InputKind {
    /// The qualified name of a weight or of a state's initial content; nil for other inputs.
    package var weightName: String? {
        switch self {
        case .constant(.weight(let name)), .state(let name): name
        default: nil
        }
    }

    /// The kind with the weight name that the graph's canonical form left out.
    fileprivate func named(_ name: String) -> InputKind {
        switch self {
        case .constant(.operand): .constant(.weight(name))
        case .state: .state(name)
        default: self
        }
    }
}
