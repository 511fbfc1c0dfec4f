import Basics
import GraphPasses
import Linking
import Machine
import QueryEngine
import Simulation

/// The last part of a build: addresses, the image, and cycles.
struct LinkAndTime {
    private let compilation: Compilation
    private let specification: ProgramSpecification
    private let context: QueryContext

    init(_ compilation: Compilation, _ specification: ProgramSpecification, _ context: QueryContext) {
        self.compilation = compilation
        self.specification = specification
        self.context = context
    }

    func run(writingTo path: String) async throws -> (program: BuiltProgram, image: WrittenImage) {
        var builder = LinkRequestBuilder(compilation, target: specification.target, context: context)
        let request = try builder.build()
        let linked = try specification.link(request)
        let written = try write(linked.image, to: path)
        let timings = try await time(linked, builder.origins)
        var program = program(linked, request, builder.origins, timings)
        program.hostOperators = try HostLedger(compilation, specification.target).entries()
        program.timing.hostMacs = program.hostOperators.reduce(0) { $0 + $1.macs }
        program.imageDigest = written.digest
        program.imageBytes = FilePath.sizeBytes(path)
        return (program, written)
    }

    private func write(_ image: ProgramImage, to path: String) throws -> WrittenImage {
        do {
            try FilePath.makeDirectory(FilePath.directory(path))
            return try image.write(to: path)
        } catch let error as FileError, ProgramImageError.file(let error) {
            throw ImageWriteFailure(error: error.reason)
        } catch let error as ProgramImageError {
            throw ImageWriteFailure(error: error.description)
        }
    }

    /// Cycles of each step; a step on the host takes none of the machine's.
    private func time(_ linked: LinkedProgram, _ origins: [(region: Int, kernel: Int?)]) async throws -> [KernelTiming] {
        let fingerprints = compilation.kernels.map { $0.generated.object.fingerprint }
        let queries = origins.enumerated().compactMap { step, origin -> TimeQuery? in
            guard let kernel = origin.kernel else { return nil }
            return TimeQuery(
                kernel: compilation.kernels[kernel].generated.object, kernelFingerprint: fingerprints[kernel],
                spaces: linked.report.operandSpaces[step], target: specification.target, label: compilation.kernels[kernel].name)
        }
        var timings = try await context.getAll(queries)[...]
        return origins.map { $0.kernel == nil ? KernelTiming() : timings.popFirst() ?? KernelTiming() }
    }

    private func program(
        _ linked: LinkedProgram, _ request: LinkRequest, _ origins: [(region: Int, kernel: Int?)], _ timings: [KernelTiming]
    ) -> BuiltProgram {
        let target = specification.target
        var timing = ProgramTiming()
        timing.clockHertz = target[.clockMegahertz] * 1_000_000
        timing.sramPeakBytes = linked.report.sramPeakBytes
        timing.sramPeakStep = linked.report.sramPeakStep
        var steps: [BuiltProgram.Step] = []
        let feeds = request.feeds
        for (index, origin) in origins.enumerated() {
            let cost = timings[index]
            timing.cycles += cost.cycles
            timing.dramReadBytes += cost.dramReadBytes
            timing.dramWriteBytes += cost.dramWriteBytes
            timing.energyPicojoules += Double(cost.energyFemtojoules) / 1000
            timing.macs += origin.kernel.map { compilation.kernels[$0].generated.object.macs } ?? 0
            steps.append(
                BuiltProgram.Step(
                    name: request.steps[index].name, kernel: origin.kernel, cycles: cost.cycles, dramReadBytes: cost.dramReadBytes,
                    dramWriteBytes: cost.dramWriteBytes, binding: linked.image.steps[index].bindingFingerprint, feeds: feeds[index],
                    source: compilation.place(of: compilation.partitioned.regions[origin.region])?.position))
        }
        timing.peakMacs = timing.cycles * target[.arrayRows] * target[.arrayColumns] * target[.cores]
        return BuiltProgram(
            imageDigest: Fingerprint(high: 0, low: 0), imageBytes: 0,
            kernels: compilation.kernels.map {
                BuiltProgram.Kernel(
                    name: $0.name, key: $0.key, code: $0.generated.object.fingerprint, source: $0.source,
                    codeBytes: $0.generated.object.code.count)
            },
            steps: steps, subgraphs: compilation.partitioned.regions.count, constants: compilation.constants.blobs.count,
            hostOperators: [], timing: timing, weightsBytes: linked.report.constantBytes)
    }
}

/// The image could not be written: a failure of this attempt (a full disk), never a result.
struct ImageWriteFailure: Error, CustomStringConvertible {
    let error: String

    var description: String { error }
}

extension LinkRequest {
    /// For each step, the steps that wrote what it reads.
    var feeds: [[BuiltProgram.Step.Feed]] {
        var writers: [Int: [Int]] = [:]
        for (index, step) in steps.enumerated() {
            for value in step.results { writers[whole(value), default: []].append(index) }
        }
        return steps.enumerated().map { index, step in
            step.operands.enumerated().flatMap { position, operand -> [BuiltProgram.Step.Feed] in
                guard case .value(let value) = operand else { return [] }
                return (writers[whole(value)] ?? []).filter { $0 < index }.map { .init(operand: position, step: $0) }
            }
        }
    }

    /// The value whose memory a value lies in.
    private func whole(_ value: Int) -> Int {
        var value = value
        while let part = values[value].part { value = part.whole }
        return value
    }
}

extension ProgramStep {
    /// Of where the operands lie, whatever the step computes.
    var bindingFingerprint: Fingerprint {
        var encoder = CanonicalEncoder()
        switch self {
        case .kernel(let step):
            encoder.append(step.bindings)
            encoder.append(step.workspaceBase)
        case .host(let step):
            encoder.append(step.inputs)
            encoder.append(step.results)
        }
        return encoder.fingerprint
    }
}
