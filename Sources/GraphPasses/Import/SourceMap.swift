import Basics
import TensorIR

/// Where each node of an imported graph comes from in the user's source: kept beside the graph and never part of a key, so that a moved line
/// compiles nothing.
package struct SourceMap: Hashable, Sendable {
    /// A captured call: all nodes that its import rule made share it.
    package struct Place: Hashable, Sendable {
        /// The name of the captured node, for example `conv2d_3`.
        package var node: String
        /// Path of the module in whose `forward` the call stands, for example `layer1.0.conv1`; empty for the root.
        package var module: String
        /// The module's class without its Python module, for example `Conv2d`; empty when the archive does not tell.
        package var moduleClass: String
        package var position: SourcePosition?

        /// The names are an archive's, and become those of kernels: what acts on terminals is written out.
        package init(node: String, module: String = "", moduleClass: String = "", position: SourcePosition? = nil) {
            self.node = node.escapingControls()
            self.module = module.escapingControls()
            self.moduleClass = moduleClass.escapingControls()
            self.position = position
        }
    }

    /// The captured calls that left nodes, in order of execution.
    package private(set) var places: [Place] = []
    /// For each node of the graph an index into `places`.
    package private(set) var placeOfNode: [Int] = []

    package init() {}

    package subscript(node: NodeID) -> Place { places[placeOfNode[node.index]] }

    /// Gives `place` to the nodes from the last one that has a place up to `count`.
    mutating func cover(upTo count: Int, with place: Place) {
        guard count > placeOfNode.count else { return }
        places.append(place)
        placeOfNode.append(contentsOf: repeatElement(places.count - 1, count: count - placeOfNode.count))
    }

    /// The map of a graph that has kept only the nodes `kept`, in order.
    func keeping(_ kept: [NodeID]) -> SourceMap {
        var map = SourceMap()
        var renumbered: [Int: Int] = [:]
        for node in kept {
            let old = placeOfNode[node.index]
            if renumbered[old] == nil {
                renumbered[old] = map.places.count
                map.places.append(places[old])
            }
            map.placeOfNode.append(renumbered[old] ?? 0)
        }
        return map
    }
}

extension SourceMap.Place: CanonicalCodable {
    package func encode(into encoder: inout CanonicalEncoder) {
        encoder.append(node)
        encoder.append(module)
        encoder.append(moduleClass)
        encoder.append(position)
    }

    package init(from decoder: inout CanonicalDecoder) throws(CanonicalDecodingError) {
        self.init(
            node: try decoder.string(), module: try decoder.string(), moduleClass: try decoder.string(),
            position: try decoder.optional(SourcePosition.self))
    }
}

extension SourceMap: CanonicalCodable {
    package func encode(into encoder: inout CanonicalEncoder) {
        encoder.append(places)
        encoder.append(placeOfNode)
    }

    package init(from decoder: inout CanonicalDecoder) throws(CanonicalDecodingError) {
        places = try decoder.array()
        placeOfNode = try decoder.array()
        guard placeOfNode.allSatisfy(places.indices.contains) else { throw .invalid("place", at: decoder.position) }
    }
}
