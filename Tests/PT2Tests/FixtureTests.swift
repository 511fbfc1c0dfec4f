import Basics
import PT2
import Testing

@Suite struct FixtureTests {
    @Test(arguments: Fixture.small + Fixture.networks)
    func `Everything in a captured archive is read`(_ name: String) throws {
        let archive = try Fixture.archive(name)
        try archive.verifyTensors()
        try readAll(archive, hasStaticSizes: !Fixture.counted.contains(name))
        let program = try archive.program()
        #expect(program.warnings.isEmpty)
        #expect(program.graph.inputs.count == program.signature.inputs.count)
    }

    @Test(arguments: Fixture.small) func `A captured program has the text that is kept`(_ name: String) throws {
        let program = try Fixture.archive(name).program()
        let origins = program.origins.resolved()
        let places = program.graph.nodes.map { node in
            let origin = origins[node.origin]
            let position = origin.position.map { "\($0.file):\($0.line ?? 0)" } ?? "-"
            return "\(node.name) in \(origin.module.map { "\($0.path) (\($0.shortClassName))" } ?? "-") at \(position)\n"
        }
        try Cases.expect(program.description + "\n" + places.joined(), in: "Programs/\(name)")
    }

    @Test(arguments: Fixture.small + Fixture.networks)
    func `A type that is stored for a weight is the type of its value in the graph`(_ name: String) throws {
        let archive = try Fixture.archive(name)
        let program = try archive.program()
        let weights = try archive.weights(of: program)
        for input in program.signature.inputs {
            guard let value = input.name, let view = try weights.tensor(for: input.kind) else { continue }
            let type = try #require(program.graph.tensors[value])
            #expect(type.scalarType == view.scalarType)
            #expect(type.sizes == view.sizes.map { .constant($0) })
        }
    }

    @Test(arguments: Fixture.small + Fixture.networks)
    func `The reference values have the types of the program's inputs and outputs`(_ name: String) throws {
        let program = try Fixture.archive(name).program()
        let reference = try Safetensors(mapping: Fixture.path(name, ".safetensors"))
        let symbols = Specialisation(program)
        func check(_ views: [TensorView], _ values: [Program.Argument]) throws {
            let types = values.flatMap(\.tensorNames).compactMap { program.graph.tensors[$0] }
            #expect(views.count == types.count)
            for (view, type) in zip(views, types) {
                #expect(view.scalarType == type.scalarType)
                if type.sizes.allSatisfy({ $0.hint != nil }) { #expect(try symbols.values(of: type.sizes) == view.sizes) }
            }
        }
        try check(
            reference.numbered("input"),
            program.signature.inputs.compactMap { if case .user(let value) = $0.kind { value } else { nil } })
        try check(reference.numbered("output"), program.signature.outputs.filter { $0.kind == .user }.map(\.value))
    }

    @Test func `A moved line and a renamed module change origins alone`() throws {
        let program = try Fixture.archive("tiny_cnn").program()
        let moved = try Fixture.archive("tiny_cnn.moved").program()
        #expect(program.description == moved.description)
        let origins = (program.origins.resolved(), moved.origins.resolved())
        #expect(
            zip(program.graph.nodes, moved.graph.nodes).contains { origins.0[$0.origin].position != origins.1[$1.origin].position })
    }

    @Test func `Tied weights and views of one storage share its bytes`() throws {
        let archive = try Fixture.archive("storages")
        let weights = try archive.weights(of: try archive.program())
        func view(_ name: String, isBuffer: Bool = false) throws -> TensorView {
            try #require(try weights.tensor(for: isBuffer ? .buffer(name, isPersistent: true) : .parameter(name)))
        }
        let tied = (try view("embedding.weight"), try view("decode.weight"))
        #expect(tied.0.storage === tied.1.storage)
        #expect(tied.0.fingerprint == tied.1.fingerprint)
        let turned = try view("turned")
        #expect(turned.sizes == [4, 6] && turned.strides == [1, 4] && !turned.isContiguous)
        let slice = try view("slice", isBuffer: true)
        #expect(slice.storageOffset == 8 && slice.span.count == 32 && slice.isContiguous)
        #expect(try view("empty", isBuffer: true).elementCount == 0)
    }
}
