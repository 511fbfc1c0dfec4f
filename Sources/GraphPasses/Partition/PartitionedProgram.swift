import Basics
import TensorIR

/// A part of a program that is optimised by itself: one anchor with what fuses into it, or one operator on the host.
package struct Region: Hashable, Sendable {
    package enum Placement: Hashable, Sendable {
        case device
        /// Why the operator has no form on the machine.
        case host(String)
    }

    /// Closed: inputs are activations, constants bound by position, or literals of a few bytes; in the order of first use. Its canonical bytes are
    /// the key under which the region is optimised, so that equal blocks share everything.
    package var graph: Graph
    package var placement: Placement
    /// For each input of `graph`, the value of the prepared graph that feeds it.
    package var inputs: [ValueID]
    /// For each output of `graph`, the value of the prepared graph that it makes.
    package var results: [ValueID]
    /// The place of the anchor's origin among the imported graph's nodes; `noOrigin` for a literal.
    package var origin: Int

    /// The origin of what no node made.
    package static let noOrigin = -1
}

/// A program cut into regions, in an order in which each finds its operands made.
package struct PartitionedProgram: Hashable, Sendable {
    /// The prepared graph: types and layouts of all values.
    package var graph: Graph
    package var regions: [Region]
    /// For each input of `graph`, its place among the imported graph's inputs; nil for literals that the passes made.
    package var importedInputs: [Int?]
}

extension Region: CanonicalCodable {
    package func encode(into encoder: inout CanonicalEncoder) {
        encoder.append(graph)
        switch placement {
        case .device: encoder.append(nil as String?)
        case .host(let reason): encoder.append(reason as String?)
        }
        encoder.append(inputs.map(\.index))
        encoder.append(results.map(\.index))
        encoder.append(origin)
    }

    package init(from decoder: inout CanonicalDecoder) throws(CanonicalDecodingError) {
        let graph = try Graph(from: &decoder)
        let reason = try decoder.optional(String.self)
        let inputs = try decoder.array(of: Int.self)
        let results = try decoder.array(of: Int.self)
        guard inputs.count == graph.inputs.count, results.count == graph.outputs.count else {
            throw .invalid("region", at: decoder.position)
        }
        self.init(
            graph: graph, placement: reason.map { .host($0) } ?? .device, inputs: inputs.map(ValueID.init),
            results: results.map(ValueID.init),
            origin: try decoder.int())
    }
}

extension PartitionedProgram: CanonicalCodable {
    package func encode(into encoder: inout CanonicalEncoder) {
        encoder.append(graph)
        encoder.append(regions)
        encoder.append(importedInputs.count)
        for input in importedInputs { encoder.append(input) }
    }

    package init(from decoder: inout CanonicalDecoder) throws(CanonicalDecodingError) {
        graph = try Graph(from: &decoder)
        regions = try decoder.array()
        importedInputs = []
        for _ in 0..<(try decoder.count()) { importedInputs.append(try decoder.optional(Int.self)) }
        let values = graph.values.indices
        guard importedInputs.count == graph.inputs.count,
            regions.allSatisfy({ ($0.inputs + $0.results).allSatisfy { values.contains($0.index) } })
        else { throw .invalid("partitioned program", at: decoder.position) }
    }
}
