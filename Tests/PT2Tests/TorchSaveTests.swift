import Basics
import PT2
import Testing

/// Members that `torch.save` wrote are read as data, by releases that kept tensors there and in checkpoints.
@Suite struct TorchSaveTests {
    /// The fixtures of one model, by the release that wrote them.
    static let releases = ["older.torch2.5", "older.torch2.7", "older.torch2.8"]

    private func tensors(_ archive: Archive) throws -> [(name: String, view: TensorView)] {
        let program = try archive.program()
        let weights = try archive.weights(of: program)
        return try program.signature.inputs.compactMap { input in
            try weights.tensor(for: input.kind).map { (input.name ?? "", $0) }
        }
    }

    @Test(arguments: releases) func `An older archive holds the tensors of the current one`(_ name: String) throws {
        let current = try tensors(try Fixture.archive("older"))
        let older = try tensors(try Fixture.archive(name))
        #expect(older.map(\.name) == current.map(\.name))
        for (one, other) in zip(older, current) {
            #expect(one.view.fingerprint == other.view.fingerprint, "\(one.name)")
            #expect(one.view.strides == other.view.strides, "\(one.name)")
        }
    }

    @Test(arguments: releases + ["older"]) func `The arguments of the capture are those of the reference`(_ name: String) throws {
        let archive = try Fixture.archive(name)
        let inputs = try #require(try archive.sampleInputs(of: archive.program())).tensors
        let reference = try Safetensors(mapping: Fixture.path("older", ".safetensors")).numbered("input")
        #expect(inputs.map(\.fingerprint) == reference.map(\.fingerprint))
    }

    @Test(arguments: releases) func `Older archives keep text of the exporter, and damage to tensors is found`(_ name: String) throws {
        let archive = try Fixture.archive(name)
        #expect(try archive.extraText("note") == "written once")
        try archive.verifyTensors()
    }

    @Test func `Tensors stay in the mapped file, and shared storages are shared`() throws {
        let file = try ByteStorage(mapping: Fixture.path("older.torch2.7"))
        let start = try #require(file.bytes.baseAddress)
        let views = Dictionary(try tensors(Archive(file)).map { ($0.name, $0.view) }, uniquingKeysWith: { first, _ in first })
        for (name, view) in views {
            let offset = try #require(view.storage?.bytes.baseAddress) - start
            #expect(offset > 0 && offset < file.count, "\(name)")
        }
        let tied = try ["p_first_weight", "p_second_weight"].map { try #require(views[$0]?.storage?.bytes.baseAddress) }
        #expect(tied[0] == tied[1])
        #expect(views["p_transposed"]?.sizes == [8, 5] && views["p_transposed"]?.strides == [1, 8])
        #expect(views["b_mask"]?.scalarType == .bool)
    }

    @Test func `Archives that are built as older releases built them are read`() throws {
        for builder in [ArchiveBuilder.flat(), .folders(weights: .weights), .flat().with { $0.hasZip64 = false }] {
            let archive = try builder.archive()
            try readAll(archive)
            #expect(try tensors(archive).map(\.view.sizes) == [[2, 3]])
            #expect(try archive.sampleInputs(of: archive.program()) == nil)
        }
        #expect(try ArchiveBuilder.flat().archive().extraText("note") == "kept")
    }

    @Test func `A state dictionary is a checkpoint, and so is one under its usual key`() throws {
        let fixtures = "\(Fixture.root)/Tests/Fixtures"
        let saved = try Checkpoint(mapping: "\(fixtures)/older.reweighted.pt")
        let plain = try Checkpoint(mapping: "\(fixtures)/older.reweighted.weights.safetensors")
        #expect(Set(saved.names).subtracting(plain.names) == ["first.weight"] && plain.names.count == 11)
        for name in plain.names {
            #expect(saved[name]?.contiguousBytes()?.fingerprint == plain[name]?.contiguousBytes()?.fingerprint, "\(name)")
        }
        #expect(saved["transposed"]?.isContiguous == false)
        for key in ["state_dict", "model"] {
            let nested = PickleText { $0.dictionary([("epoch", { $0.integer(3) }), (key, { $0.dictionary([("w", { $0.tensor() })]) })]) }
            #expect(try Checkpoint(ByteStorage(ArchiveBuilder.saved(nested).bytes())).names == ["w"])
        }
    }

    @Test func `A checkpoint without tensors is refused`() {
        for pickle in [PickleText { $0.op("}") }, PickleText { $0.dictionary([("epoch", { $0.integer(3) })]) }, .memoBomb] {
            #expect(throws: PT2Error.malformedPickle(.notThis("it holds no state dictionary"))) {
                try Checkpoint(ByteStorage(ArchiveBuilder.saved(pickle).bytes()))
            }
        }
    }

    @Test func `A pickle that is too long is refused before it is read`() {
        let builder = ArchiveBuilder.saved(.weights).changing("data.pkl") {
            $0.bytes = [UInt8](repeating: 0, count: (1 << 23) + 1)
            $0.checksum = 0
        }
        #expect(throws: PT2Error.malformedPickle(.tooLong((1 << 23) + 1))) { try Checkpoint(ByteStorage(builder.bytes())) }
    }

    @Test func `Arguments of every kind are read in order, and those that nest without end are refused`() throws {
        func inputs(_ pickle: PickleText) throws -> SampleInputs? {
            let member = ArchiveBuilder.Member(name: "net/data/sample_inputs/model.pt", bytes: ArchiveBuilder.saved(pickle).bytes())
            let archive = try ArchiveBuilder().with { $0.members.append(member) }.archive()
            return try archive.sampleInputs(of: archive.program())
        }
        let some = try inputs(
            PickleText {
                $0.op("(")
                $0.tensor()
                $0.integer(-7)
                $0.op("G", [0x3F, 0xF8, 0, 0, 0, 0, 0, 0])
                $0.raw([0x88])
                $0.op("N")
                $0.dictionary([("mode", { $0.text("fast") })])
                $0.op("t")
            })
        let leaves = try #require(some).leaves
        #expect(leaves.count == 6)
        guard case .tensor(let view) = leaves[0], case .integer(-7) = leaves[1], case .float(1.5) = leaves[2],
            case .boolean(true) = leaves[3], case .none = leaves[4], case .text("fast") = leaves[5]
        else {
            Issue.record("\(leaves)")
            return
        }
        #expect(view.sizes == [2, 3])
        let endless = PT2Error.inMember("data/sample_inputs/model.pt", .malformedPickle(.notThis("its arguments nest without end")))
        #expect(throws: endless) { try inputs(.memoBomb) }
        #expect(throws: endless) {
            // A list that holds itself.
            try inputs(
                PickleText {
                    $0.op("]")
                    $0.op("q", [0])
                    $0.op("h", [0])
                    $0.op("a")
                })
        }
    }
}
