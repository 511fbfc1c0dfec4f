import Basics
import GraphPasses
import Operators
import TensorIR

/// Finds the outputs that hang on a decision: on operators that put floats in order and give their places. Rounding that nobody would notice in the
/// floats themselves turns near ties round, and then the outputs are others altogether.
struct Decisions {
    private static let operations: Set<String> = [
        Sort.name, ArgumentOfExtremum.name, MaxPoolPlaces.name, NonMaximumSuppression.name,
    ]

    /// For each output of the program, the last decision on the way to it.
    private(set) var ofOutputs: [String?] = []

    init(_ imported: ImportedProgram) {
        let graph = imported.graph
        var decisions: [Int: Int] = [:]
        for (index, node) in graph.nodes.enumerated() {
            let isDecision =
                Self.operations.contains(node.operation) && node.operands.contains { graph.type($0).element.isFloatingPoint }
            guard let decision = isDecision ? index : node.operands.compactMap({ decisions[$0.index] }).max() else { continue }
            for result in node.results where !isDecision || graph.type(result).element.isInteger { decisions[result.index] = decision }
        }
        ofOutputs = graph.outputs.map { output in
            decisions[output.index].map { node in
                let place = imported.source[NodeID(node)]
                return "'\(graph.nodes[node].operation)'" + (place.position.map { " at \($0.text)" } ?? "")
            }
        }
    }
}
