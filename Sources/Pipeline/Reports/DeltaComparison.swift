import Basics
import KernelCodegen
import Machine
import QueryEngine
import Simulation

/// Two builds or images, and what differs between the programs that both have.
package struct DeltaComparison: Sendable {
    package struct Delta: Sendable {
        package let model: String
        package let target: String
        package let delta: DeltaProgram
    }

    package let from: DeltaSide
    package let to: DeltaSide
    /// Empty when nothing matches.
    package let deltas: [Delta]

    /// Throws a reference that is none, and an image that cannot be read. A build that is not there is a side without programs.
    package init(from: String, to: String, in session: Session) throws(DiagnosticList) {
        let history = session.history
        let (old, new) = (try DeltaReference(from), try DeltaReference(to))
        let (left, right) = (try Self.side(from, old, history), try Self.side(to, new, history))
        var compiled: [Fingerprint: [String]] = [:]
        if let first = left.generation, let last = right.generation, first < last { compiled = history.compiled(in: (first + 1)...last) }
        self.from = left
        self.to = right
        deltas = Self.pairs(left, right).map { before, after in
            Delta(
                model: after.model ?? before.model ?? FilePath.stem(to), target: after.target,
                delta: DeltaProgram(from: before.program, to: after.program, compiled: compiled, ingredients: history.ingredients))
        }
    }

    private static func side(
        _ text: String, _ reference: DeltaReference, _ history: EngineHistory
    ) throws(DiagnosticList) -> DeltaSide {
        var side: DeltaSide?
        switch reference {
        case .image(let path): side = DeltaSide(reference: text, generation: nil, programs: [try image(path)])
        case .last(let back): side = history.builds.dropFirst(back).first { _ in true }
        case .generation(let number): side = history.builds.first { $0.generation == number }
        }
        side?.reference = text
        return side ?? DeltaSide(reference: text, generation: nil, programs: [])
    }

    /// The programs of both sides that are the same model for the same target; an image is compared with the only program of its target.
    private static func pairs(_ from: DeltaSide, _ to: DeltaSide) -> [(DeltaSide.Program, DeltaSide.Program)] {
        let hasImage = (from.programs + to.programs).contains { $0.model == nil }
        guard hasImage else {
            return to.programs.compactMap { after in
                from.programs.first { $0.model == after.model && $0.target == after.target }.map { ($0, after) }
            }
        }
        if let before = from.programs.first, let after = to.programs.first, from.programs.count == 1, to.programs.count == 1 {
            return [(before, after)]
        }
        return to.programs.flatMap { after in
            from.programs.filter { $0.target == after.target }.map { ($0, after) }
        }.onlyOne
    }

    private static func image(_ path: String) throws(DiagnosticList) -> DeltaSide.Program {
        do {
            let image = try ProgramImage(reading: ByteStorage(mapping: path))
            return DeltaSide.Program(
                model: nil, target: image.target.name, program: try BuiltProgram(image, bytes: FilePath.sizeBytes(path)))
        } catch let error as FileError {
            throw DiagnosticList([Diagnostic(.unreadableFile, error.description)])
        } catch let error as ProgramImageError {
            throw DiagnosticList([
                Diagnostic(.usage, "\(path) is no program image: \(error)", help: "name a file that `reglaze build` wrote")
            ])
        } catch {
            throw DiagnosticList([Diagnostic(.damagedImage, "\(path) cannot be timed: \(error)", help: "build it again")])
        }
    }

    /// What the comparison says when nothing matches.
    package var mismatch: String {
        for side in [from, to] where side.programs.isEmpty { return "there is no build \(side.reference), or it is no longer kept" }
        func names(_ side: DeltaSide) -> String {
            side.programs.map { "\($0.model ?? side.reference)/\($0.target)" }.joined(separator: ", ")
        }
        return "\(from.reference) has \(names(from)), and \(to.reference) has \(names(to)): no program is in both"
    }

    /// The comparison as text.
    package func lines(isDetailed: Bool) -> [String] {
        deltas.flatMap { delta in
            let place = [from, to].map { side in side.generation.map { "@\($0)" } ?? side.reference }.joined(separator: " -> ")
            let counts =
                "\(Format.count(delta.delta.compiledKernels, "kernel")) compiled, \(delta.delta.reusedKernels) reused, "
                + "\(Format.count(delta.delta.relinkedSteps, "use")) re-linked"
            return ["\(delta.model)/\(delta.target)  \(place)  \(counts)"]
                + DeltaText(isDetailed: isDetailed).lines(delta.delta).map { "  \($0)" }
        }
    }
}

extension Array {
    /// The array when it has one element, else nothing: an ambiguity is no answer.
    fileprivate var onlyOne: Self { count == 1 ? self : [] }
}

extension BuiltProgram {
    /// What an image says of itself, timed on its own target. It has no source positions, and neither keys nor requests of its kernels.
    init(_ image: ProgramImage, bytes: Int) throws(TimingError) {
        let codes = image.kernels.map(\.fingerprint)
        var firstUse = [String](repeating: "", count: codes.count)
        var steps: [Step] = []
        var timing = ProgramTiming()
        timing.clockHertz = image.target[.clockMegahertz] * 1_000_000
        timing.sramPeakBytes = image.memory.sramBytes
        timing.sramPeakStep = -1
        for (index, step) in image.steps.enumerated() {
            var cost = KernelTiming()
            var kernel: Int?
            if case .kernel(let use) = step {
                kernel = use.kernel
                let object = image.kernels[use.kernel]
                if firstUse[use.kernel].isEmpty { firstUse[use.kernel] = image.names.steps[index] }
                cost = try timeKernel(object, spaces: use.bindings.map(\.space), view: TargetView(image.target))
                timing.macs += object.macs
            }
            timing.cycles += cost.cycles
            timing.dramReadBytes += cost.dramReadBytes
            timing.dramWriteBytes += cost.dramWriteBytes
            timing.energyPicojoules += Double(cost.energyFemtojoules) / 1000
            steps.append(
                Step(
                    name: image.names.steps[index], kernel: kernel, cycles: cost.cycles, dramReadBytes: cost.dramReadBytes,
                    dramWriteBytes: cost.dramWriteBytes, binding: step.bindingFingerprint, feeds: [], source: nil))
        }
        timing.peakMacs = timing.cycles * image.target[.arrayRows] * image.target[.arrayColumns] * image.target[.cores]
        self.init(
            imageDigest: Fingerprint(high: 0, low: 0), imageBytes: bytes,
            kernels: zip(image.kernels, zip(codes, firstUse)).map { object, place in
                Kernel(name: place.1, key: place.0, code: place.0, source: nil, codeBytes: object.code.count)
            },
            steps: steps, subgraphs: 0, constants: image.constants.count, hostOperators: [], timing: timing,
            weightsBytes: image.constantBytes)
    }
}
