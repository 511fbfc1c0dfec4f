import Basics
import Linking
import Machine
import TensorIR
import Testing

@Suite struct LinkProgramTests {
    private func kernelSteps(_ image: ProgramImage) -> [KernelStep] {
        image.steps.compactMap { if case .kernel(let step) = $0 { step } else { nil } }
    }

    @Test func everyOperandIsBoundToItsPlace() throws {
        let request = LinkCases.towers()
        let program = try linkProgram(request)
        try program.image.validate()
        #expect(program.plan.faults(for: program.planRequest).isEmpty)
        let steps = kernelSteps(program.image)
        #expect(steps[0].bindings[0] == program.image.inputs[0].binding)
        #expect(steps[0].bindings[1].space == .constants)
        #expect(steps[0].bindings[2] == steps[1].bindings[0])
        #expect(steps[3].bindings[2] == program.image.outputs[0].binding)
        // `left.half` is the second half of `left.pool`, in place.
        #expect(steps[3].bindings[0].space == .sram)
        #expect(steps[3].bindings[0].address == steps[1].bindings[2].address + 3200)
        #expect(steps[3].bindings[0].bytes == 3200)
        #expect(program.image.names.steps == ["left.conv", "left.pool", "right.conv", "right.sort", "join"])
    }

    @Test func hostStepsSeeDRAMOnly() throws {
        let program = try linkProgram(LinkCases.towers())
        guard case .host(let step) = program.image.steps[3] else { return #expect(Bool(false), "not a host step") }
        #expect(step.operation == "sort" && step.attributes == "dim=2")
        #expect((step.inputs + step.results).allSatisfy { $0.binding.space == .dram && $0.shape == [1, 8, 100] })
    }

    @Test func theReportGivesTheSpacesThatTimingDependsOn() throws {
        let report = try linkProgram(LinkCases.towers()).report
        #expect(
            report.operandSpaces == [
                [.dram, .constants, .sram], [.sram, .sram, .sram], [.dram, .constants, .dram], [], [.sram, .dram, .dram],
            ])
        #expect(report.sramPeakBytes == 2048 + 640 + 2 * 6400)
        #expect(report.sramPeakStep == 1)
    }

    @Test func unusedConstantsAreLeftOutAndEqualOnesStandOnce() throws {
        var request = LinkCases.towers()
        request.constants[2] = LinkCases.constant(576, seed: 1)
        request.steps.append(request.steps[0])
        request.steps[5].operands[1] = .constant(2)
        request.steps[5].results = [5]
        request.values[5].type = TensorType(.f32, [1600])
        let image = try linkProgram(request).image
        try image.validate()
        #expect(image.constants.map(\.offset) == [0, 576])
        #expect(image.constantBytes == 576 + 288)
        let steps = kernelSteps(image)
        #expect(steps[0].bindings[1] == steps[4].bindings[1])
    }

    /// A collision of fingerprints is no equality.
    @Test func constantsWithEqualFingerprintsButOtherBytesStandApart() throws {
        var request = LinkCases.towers()
        for index in request.constants.indices { request.constants[index].fingerprint = Fingerprint(high: 1, low: 2) }
        #expect(try linkProgram(request).image.constants.count == 2)
    }

    @Test func constantsStandAtMultiplesOf64InTheOrderOfFirstUse() throws {
        var request = LinkCases.towers()
        request.kernels[0].operands[1].bytes = 77
        request.steps[0].operands[1] = .constant(2)
        let image = try linkProgram(request).image
        try image.validate()
        #expect(image.constants.map(\.offset) == [0, 128])
        #expect(image.constants.map(\.storage.count) == [77, 288])
    }

    @Test func equalKernelsStandOnce() throws {
        var request = LinkCases.towers()
        request.kernels.append(request.kernels[0])
        request.values.append(request.values[1])
        request.steps.insert(LinkStep(.kernel(4), operands: [.value(0), .constant(1)], results: [7]), at: 1)
        let image = try linkProgram(request).image
        #expect(image.kernels.count == 4)
        #expect(kernelSteps(image).map(\.kernel) == [0, 0, 1, 2, 3])
    }

    /// Law L3 at this floor: the linker patches, nothing else does.
    @Test func lawL3WhenOnlyAddressesMoveNoKernelChanges() throws {
        let before = try linkProgram(LinkCases.towers(rightChannels: 8)).image
        let after = try linkProgram(LinkCases.towers(rightChannels: 2)).image
        let (old, new) = (kernelSteps(before), kernelSteps(after))
        // The right tower is narrower: its own kernel is another one, and what stood behind its values in DRAM moves.
        #expect(before.outputs[0].binding == after.outputs[0].binding)
        #expect(before.memory.dramBytes > after.memory.dramBytes)
        #expect(before.constants[1].storage.count > after.constants[1].storage.count)
        for kernel in [0, 1] { #expect(before.kernels[kernel] == after.kernels[kernel]) }
        #expect(before.kernels[2] != after.kernels[2])
        #expect(old.map(\.kernel) == new.map(\.kernel))
    }

    /// An unrelated tensor shrinks, every address of a tower moves, and every kernel keeps its bytes.
    @Test func lawL3MovedAddressesChangeBindingsOnly() throws {
        var request = LinkCases.towers()
        request.values.append(LinkValue(TensorType(.f32, [4000]), name: "unrelated"))
        request.kernels.append(LinkCases.kernel(reads: [1200], writes: [64], workspace: 64, code: 7))
        request.kernels.append(LinkCases.kernel(reads: [64], writes: [40], workspace: 64, code: 8))
        request.values.append(LinkValue(TensorType(.f32, [10]), name: "second"))
        request.steps.insert(LinkStep(.kernel(4), operands: [.value(0)], results: [7]), at: 0)
        request.steps.append(LinkStep(.kernel(5), operands: [.value(7)], results: [8]))
        request.outputs.append(LinkPort("second", .value(8)))
        let before = try linkProgram(request)
        request.values[7].type = TensorType(.f32, [16])
        let after = try linkProgram(request)
        #expect(before.image.kernels == after.image.kernels)
        #expect(before.report.operandSpaces == after.report.operandSpaces)
        let (old, new) = (kernelSteps(before.image), kernelSteps(after.image))
        #expect(old[1].bindings[2].address != new[1].bindings[2].address)
        #expect(zip(old, new).allSatisfy { $0.kernel == $1.kernel })
        try after.image.validate()
    }

    /// Law L4 at this floor: new weights change the constants segment and nothing else.
    @Test func lawL4NewWeightsChangeConstantsOnly() throws {
        var request = LinkCases.towers()
        let before = try linkProgram(request).image
        request.constants[1] = LinkCases.constant(576, seed: 200)
        let after = try linkProgram(request).image
        #expect(before.kernels == after.kernels && before.steps == after.steps && before.memory == after.memory)
        #expect(contents(before.constants[0].storage) != contents(after.constants[0].storage))
        #expect(contents(before.constants[1].storage) == contents(after.constants[1].storage))
    }

    @Test func statesAreInputsAndOutputsAfterTheCallers() throws {
        var request = LinkCases.towers()
        request.values += [LinkValue(TensorType(.f32, [16])), LinkValue(TensorType(.f32, [16]))]
        request.kernels.append(LinkCases.kernel(reads: [64], writes: [64], workspace: 0, code: 9))
        request.steps.append(LinkStep(.kernel(4), operands: [.value(7)], results: [8]))
        request.states = [LinkState("history", current: 7, next: 8)]
        let program = try linkProgram(request)
        try program.image.validate()
        #expect(program.report.states == [.init(input: 1, output: 1)])
        #expect(program.image.names.inputs == ["image", "history"] && program.image.names.outputs == ["gaze", "history"])
        let step = kernelSteps(program.image)[4]
        #expect(step.bindings.map(\.space) == [.dram, .dram] && step.workspaceBase == 0)
        #expect(program.image.inputs[1].binding == step.bindings[0] && program.image.outputs[1].binding == step.bindings[1])
    }

    @Test func anOutputMayBeAnInputAPartOrAConstant() throws {
        var request = LinkCases.towers()
        request.constants[2].type = TensorType(.u8, [7, 11])
        request.outputs += [LinkPort("echo", .value(0)), LinkPort("half", .value(6)), LinkPort("table", .constant(2))]
        let program = try linkProgram(request)
        try program.image.validate()
        #expect(program.image.outputs.map(\.binding.space) == [.dram, .dram, .dram, .constants])
        #expect(program.image.outputs[1].binding == program.image.inputs[0].binding)
        #expect(program.plan.faults(for: program.planRequest).isEmpty)
    }

    @Test func lawL7EqualRequestsGiveEqualFiles() throws {
        let path = "/tmp/reglaze-linking-\(UInt64.random(in: 0...UInt64.max)).rgi"
        defer { removeFile(path) }
        let digests = try (0..<3).map { _ in try linkProgram(LinkCases.towers()).image.write(to: path).digest }
        #expect(Set(digests).count == 1)
        let read = try ProgramImage(contentsOf: path)
        #expect(read.steps == (try linkProgram(LinkCases.towers()).image.steps))
    }

    @Test func thePlanReadsWithTheNamesOfTheRequest() throws {
        let request = LinkCases.towers()
        let text = try linkProgram(request).planText(for: request)
        #expect(text.contains("|..###|  left.half (part)") || text.contains("|.####|  left.half (part)"))
        #expect(text.contains("host  right.sort") && text.contains("|.#...|  scratch"))
    }
}

@Suite struct LinkErrorTests {
    private static let mistakes: [(change: @Sendable (inout LinkRequest) -> Void, error: LinkError)] = [
        ({ $0.steps[0].work = .kernel(9) }, .malformed(.unknownKernel(9, step: 0))),
        ({ $0.steps[0].operands[1] = .constant(3) }, .malformed(.unknownConstant(3))),
        ({ $0.steps[0].operands[0] = .value(7) }, .malformed(.unknownValue(7))),
        ({ $0.outputs[0].operand = .value(-1) }, .malformed(.unknownValue(-1))),
        ({ $0.steps[0].operands.removeLast() }, .malformed(.operandCount(step: 0, expected: 2, found: 1))),
        ({ $0.steps[4].results = [] }, .malformed(.resultCount(step: 4, expected: 1, found: 0))),
        (
            { $0.steps[0].operands[1] = .constant(2) },
            .malformed(.operandTooSmall(step: 0, operand: 1, needed: 576, found: 77))
        ),
        (
            { $0.values[0].type.layout = .channelsLast },
            .malformed(.notRowMajor(TensorType(.f32, [1, 3, 100], layout: .channelsLast)))
        ),
        ({ $0.steps[3].operands = [.constant(2)] }, .malformed(.untypedConstant(2))),
        ({ $0.inputs[0].operand = .constant(0) }, .malformed(.inputIsConstant("image"))),
        ({ $0.steps.swapAt(0, 1) }, .plan(.malformed(.readBeforeWritten(value: 1, step: 0)))),
        (
            { $0.kernels[1].workspaceBytes = 300_000 },
            .plan(.workspaceTooLarge(step: 1, bytes: 300_000, capacity: 262_144))
        ),
        ({ $0.dramBytes = 1000 }, .plan(.dramTooSmall(bytes: 7680, capacity: 1000))),
    ]

    @Test(arguments: mistakes.indices) func mistakesAreRefused(index: Int) {
        var request = LinkCases.towers()
        Self.mistakes[index].change(&request)
        #expect(throws: Self.mistakes[index].error) { try linkProgram(request) }
    }

    @Test func aWorkspaceThatDoesNotFitIsToldWithItsStepAndTarget() {
        let request = LinkCases.towers()
        let error = LinkError.plan(.workspaceTooLarge(step: 1, bytes: 300_000, capacity: 262_144))
        #expect(
            error.diagnostic(for: request).description == """
                error[M001]: left.pool needs 300000 bytes of on-chip memory, glasses has 262144
                   = note: the workspace holds the tiles of one kernel while it runs; activations come on top where they fit
                   = help: use a target with more scratchpad, or make the layer smaller
                """)
    }
}
