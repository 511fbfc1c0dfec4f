import Basics
import TensorIR

/// Along `dimension`, as many elements of a graph's output are there as the output `count` (i32[]) says; the rest is padding.
package struct CountedOutput: Hashable, Sendable {
    package let output: Int
    package let dimension: Int
    package let count: Int
}

extension CountedOutput: CanonicalCodable {
    package func encode(into encoder: inout CanonicalEncoder) {
        encoder.append(output)
        encoder.append(dimension)
        encoder.append(count)
    }

    package init(from decoder: inout CanonicalDecoder) throws(CanonicalDecodingError) {
        self.init(output: try decoder.int(), dimension: try decoder.int(), count: try decoder.int())
    }
}

extension CountedDimensions {
    /// Makes further outputs of what counts those that the graph has.
    package func countOutputs(of graph: inout Graph) -> [CountedOutput] {
        var found: [CountedOutput] = []
        for (output, value) in graph.outputs.enumerated() {
            for (dimension, count) in self[value].sorted(by: { $0.key < $1.key }) {
                let place = graph.outputs.firstIndex(of: count) ?? graph.outputs.count
                if place == graph.outputs.count { graph.outputs.append(count) }
                found.append(CountedOutput(output: output, dimension: dimension, count: place))
            }
        }
        return found
    }
}

extension [CountedOutput] {
    /// The first `limit` outputs of a run, without padding.
    package func cut(_ outputs: [Tensor], to limit: Int) -> [Tensor] {
        reduce(into: [Tensor](outputs.prefix(limit))) { results, counted in
            results[counted.output] = results[counted.output].first(outputs[counted.count].ints[0], along: counted.dimension)
        }
    }
}

extension Tensor {
    /// The first elements along a dimension.
    fileprivate func first(_ count: Int, along dimension: Int) -> Tensor {
        var type = type
        type.shape[dimension] = count
        return gathered(StridedView(self.type).sliced(dimension, start: 0, count: count, step: 1), type)
    }
}
