import Machine
import Pipeline
import Testing

/// Real networks give PyTorch's numbers on every float target and in every float precision, and the example's models too.
@Suite(.serialized) struct NetworkNumberTests {
    @Test(arguments: CapturedNetworks.names, ["headset", "edge"])
    func `A network's simulated outputs are PyTorch's within the contract's tolerance`(name: String, target: String) async throws {
        guard CapturedNetworks.available() else { return }
        try await check("\(CapturedNetworks.folder)/\(name)", target)
    }

    @Test(arguments: CapturedNetworks.names) func `An edited network gives its own numbers`(name: String) async throws {
        guard CapturedNetworks.available() else { return }
        try await check("\(CapturedNetworks.folder)/\(name).edited", "headset", precisions: [.float])
    }

    @Test(arguments: ["gazenet", "gazenet-edited", "handpose", "wakeword"])
    func `The example's models give PyTorch's numbers`(name: String) async throws {
        for target in ["headset", "edge"] { try await check("\(CapturedNetworks.root)/workspace-example/captured/\(name)", target) }
    }

    @Test(arguments: [
        "tiny_cnn", "tiny_attention", "inplace", "multi_output", "constants", "storages", "data_dependent", "mixed_precision", "unpooled",
    ])
    func `A fixture that compiles gives PyTorch's numbers, host steps included`(name: String) async throws {
        #expect(try await run(fixture: name).comparisons?.isEmpty == false)
    }

    @Test(arguments: ["detections", "postprocessing", "selections"])
    func `Results have as many elements as values decide`(name: String) async throws {
        let outcome = try await run(fixture: name, calls: ["", ".call1", ".call2"])
        let comparisons = try #require(outcome.comparisons)
        #expect(!comparisons.isEmpty && comparisons.allSatisfy(\.passed), "\(comparisons)")
        #expect(RunSummary.lines(outcome).contains { $0.contains("output 0 of call 2: ") })
    }

    @Test(arguments: ["buffers", "key_value_cache", "control_flow"])
    func `State is handed from call to call`(name: String) async throws {
        _ = try await run(fixture: name, calls: ["", ".call1"])
    }

    /// Runs a fixture and compares with its references; nothing that it reports is an error.
    private func run(fixture name: String, calls: [String] = [""]) async throws -> RunOutcome {
        let stem = "\(CapturedNetworks.root)/Tests/Fixtures/\(name)"
        let scratch = try Scratch()
        let request = RunRequest(
            model: scratch.model("\(stem).pt2"), inputs: nil, references: calls.map { "\(stem)\($0).safetensors" }, outputs: nil,
            check: true)
        let outcome = try await scratch.session().run(request, target: .headset, precision: nil)
        #expect(!outcome.diagnostics.contains { $0.severity == .error }, "\(outcome.diagnostics)")
        return outcome
    }

    private func check(_ stem: String, _ target: String, precisions: [Precision] = [.float, .bf16, .fp16]) async throws {
        let scratch = try Scratch()
        let session = try scratch.session()
        let description = try #require(TargetDescription.preset(named: target))
        for precision in precisions {
            let request = RunRequest(
                model: scratch.model("\(stem).pt2"), inputs: nil, references: ["\(stem).safetensors"], outputs: nil, check: true)
            let outcome = try await session.run(request, target: description, precision: precision)
            #expect(!outcome.diagnostics.contains { $0.severity == .error }, "\(stem) \(target) \(precision): \(outcome.diagnostics)")
            let comparisons = try #require(outcome.comparisons)
            #expect(!comparisons.isEmpty && comparisons.allSatisfy(\.passed), "\(stem) \(target) \(precision): \(comparisons)")
        }
    }
}
