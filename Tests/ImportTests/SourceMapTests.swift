import Basics
import GraphPasses
import Operators
import PT2
import TensorIR
import Testing

/// Every node knows where it comes from.
@Suite struct SourceMapTests {
    @Test("A node has its captured name, module, class and line")
    func places() throws {
        let imported = try Archives.imported("tiny_cnn")
        #expect(imported.source.placeOfNode.count == imported.graph.nodes.count)
        let convolutions = imported.graph.nodes.indices.filter { imported.graph.nodes[$0].operation == "convolution" }
        let place = imported.source[NodeID(convolutions[2])]
        #expect(place.node == "conv2d_2")
        #expect(place.module == "first.depthwise")
        #expect(place.moduleClass == "Conv2d")
        #expect(place.position == SourcePosition(file: "Tests/Networks/fixture_models.py", line: 29))
    }

    @Test("A call that became several nodes gives all of them its place")
    func severalNodes() throws {
        let imported = try Archives.imported("tiny_attention")
        let unbound = imported.graph.nodes.indices.filter { imported.source[NodeID($0)].node == "unbind" }
        #expect(unbound.count == 4)
    }

    @Test("Folding and dead code keep the map in step")
    func folded() throws {
        let imported = try Archives.imported("constants")
        for (index, node) in imported.graph.nodes.enumerated() where node.operation == "softmax" {
            #expect(imported.source[NodeID(index)].node == "softmax")
        }
        #expect(!imported.source.places.contains { $0.node == "arange" })
    }

    @Test("A view that is taken anew for a result has the place of the view")
    func viewAsResult() throws {
        var program = try Archives.program("inplace").program
        program.graph.nodes.removeAll { $0.name == "sum_2" }
        program.signature.outputs[2].value = .tensor("view")
        let imported = try ImportProgram.apply(to: program, operators: OperatorSet.standard)
        #expect(imported.source.placeOfNode.count == imported.graph.nodes.count)
        #expect(imported.source.places.last?.node == "view")
    }
}
