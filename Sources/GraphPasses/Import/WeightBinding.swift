import Basics
import PT2
import TensorIR

/// The contents of a program's weights: for each constant and each state that the graph reads its elements, in place where they lie row by row,
/// and their identity.
package struct WeightBinding: Sendable {
    package struct Weight: Sendable {
        /// The input of the graph.
        package let input: ValueID
        /// The qualified name.
        package let name: String
        package let tensor: Tensor
        /// Of content and type, never of the name: equal for tied and for equal weights.
        package let fingerprint: Fingerprint

        package init(input: ValueID, name: String, tensor: Tensor) {
            self.input = input
            self.name = name
            self.tensor = tensor
            fingerprint = tensor.contentFingerprint
        }
    }

    /// In the order of the graph's inputs.
    package let weights: [Weight]

    /// A file of weights that take the place of those of the archive.
    package struct Checkpoint: Sendable {
        package let tensors: PT2.Checkpoint
        /// The path as the user gave it.
        package let file: String

        package init(_ tensors: PT2.Checkpoint, file: String) {
            self.tensors = tensors
            self.file = file
        }
    }

    /// Finds and fingerprints all weights, at 7–10 GB/s.
    ///
    /// A checkpoint must have every parameter and persistent buffer that is read, under its own name or one that it is tied to, and nothing that
    /// the program does not know; constants and other buffers come from the archive where the checkpoint lacks them.
    /// - Throws: everything that is missing or does not fit (I027, I028), in one diagnostic a file; the checkpoint's or the archive's fault.
    package init(
        _ program: ImportedProgram, _ archive: Weights, file: String, checkpoint: Checkpoint? = nil
    ) throws(DiagnosticList) {
        let sources = WeightSources(archive: archive, file: file, checkpoint: checkpoint)
        var weights: [Weight] = []
        var problems: [WeightProblem] = []
        for input in program.graph.inputs {
            guard let name = input.kind.weightName else { continue }
            do throws(WeightProblem) {
                let tensor = try sources.tensor(name, program.graph.type(input.value))
                weights.append(Weight(input: input.value, name: name, tensor: tensor))
            } catch { problems.append(error) }
        }
        problems += sources.unexpected.map { .unexpected($0) }
        guard problems.isEmpty else {
            throw DiagnosticList(WeightProblem.diagnostics(problems, archive: file, checkpoint: checkpoint?.file))
        }
        self.weights = weights
    }
}

extension Tensor {
    /// The identity of type and elements.
    package var contentFingerprint: Fingerprint {
        var encoder = CanonicalEncoder()
        encoder.append(type)
        encoder.append(storage.fingerprint)
        return encoder.fingerprint
    }
}

/// Where the content of a weight is looked for.
private struct WeightSources {
    let archive: Weights
    let file: String
    let checkpoint: WeightBinding.Checkpoint?

    /// What the checkpoint holds and the program does not know, sorted.
    var unexpected: [String] {
        guard let checkpoint else { return [] }
        let known = Set(archive.names)
        return checkpoint.tensors.names.filter { !known.contains($0) }
    }

    func tensor(_ name: String, _ type: TensorIR.TensorType) throws(WeightProblem) -> Tensor {
        let (view, isReplaced) = try find(name)
        guard view.scalarType.elementType == type.element, view.sizes == type.shape else {
            throw .mismatch("\(name) is \(view.scalarType.name)\(view.sizes), the program wants \(type)", inCheckpoint: isReplaced)
        }
        guard let bytes = view.contiguousBytes(), bytes.count == type.sizeBytes else {
            throw .missing(name, fromCheckpoint: isReplaced)
        }
        return Tensor(type, storage: bytes)
    }

    private func find(_ name: String) throws(WeightProblem) -> (TensorView, isReplaced: Bool) {
        if let checkpoint, let view = checkpoint.tensors[name] { return (view, true) }
        let (own, isOptional) = try archived(name)
        guard let checkpoint, !isOptional else { return (own, false) }
        // Checkpoints keep one of several tied weights.
        // LIMIT: an archive without contents does not say which weights are tied; its checkpoint must have the name that the program kept.
        for tied in archive.names where tied != name {
            if let view = checkpoint.tensors[tied], let other = try? archived(tied).view, own.showsSameElements(as: other) {
                return (view, true)
            }
        }
        throw .missing(name, fromCheckpoint: true)
    }

    /// The archive's view; optional are the constants, which no checkpoint holds.
    private func archived(_ name: String) throws(WeightProblem) -> (view: TensorView, isOptional: Bool) {
        do throws(PT2Error) {
            if let view = try archive.tensor(for: .parameter(name)) { return (view, false) }
        } catch {
            guard case .missingWeight = error else { throw .unreadable(error) }
        }
        do throws(PT2Error) {
            if let view = try archive.tensor(for: .tensorConstant(name)) { return (view, true) }
        } catch { throw .unreadable(error) }
        throw .missing(name, fromCheckpoint: false)
    }
}

/// Why one weight has no content.
private enum WeightProblem: Error {
    case missing(String, fromCheckpoint: Bool)
    case mismatch(String, inCheckpoint: Bool)
    case unexpected(String)
    case unreadable(PT2Error)

    /// One diagnostic for each file that is at fault, with all that is wrong with it.
    static func diagnostics(_ problems: [WeightProblem], archive: String, checkpoint: String?) -> [Diagnostic] {
        var (own, absent, misfits) = ([String](), [String](), (missing: [String](), mismatched: [String](), unexpected: [String]()))
        var diagnostics: [Diagnostic] = []
        for problem in problems {
            switch problem {
            case .missing(let name, fromCheckpoint: true): misfits.missing.append(name)
            case .missing(let name, fromCheckpoint: false): absent.append(name)
            case .mismatch(let text, inCheckpoint: true): misfits.mismatched.append(text)
            case .mismatch(let text, inCheckpoint: false): own.append(text)
            case .unexpected(let name): misfits.unexpected.append(name)
            case .unreadable(let error): diagnostics.append(error.diagnostic(in: archive))
            }
        }
        if !absent.isEmpty {
            diagnostics.append(
                Diagnostic(
                    .weightWithoutContent, "\(absent.count) of the program's weights have no content", at: SourcePosition(file: archive),
                    notes: list("without content", absent),
                    help: "the model was captured without its weights: name a checkpoint (`weights` of the model in reglaze.toml)"))
        }
        if !own.isEmpty {
            diagnostics.append(
                Diagnostic(
                    .weightMismatch, "the archive's weights are not those of its program", at: SourcePosition(file: archive),
                    notes: list("of another type", own), help: "capture the model again"))
        }
        let notes =
            list("missing", misfits.missing) + list("of another type", misfits.mismatched)
            + list("not in the program", misfits.unexpected)
        if let checkpoint, !notes.isEmpty {
            diagnostics.append(
                Diagnostic(
                    .weightMismatch, "the checkpoint does not fit the program", at: SourcePosition(file: checkpoint), notes: notes,
                    help: "save the checkpoint from this version of the model, rename its tensors, or capture the model again"))
        }
        return diagnostics
    }

    /// A line for each, of many only the first.
    private static func list(_ what: String, _ names: [String]) -> [String] {
        let shown = 12
        let rest = names.count > shown ? ["\(what): \(names.count - shown) more"] : []
        return names.prefix(shown).map { "\(what): \($0)" } + rest
    }
}

extension TensorView {
    /// Whether two views name the same elements of one storage.
    fileprivate func showsSameElements(as other: TensorView) -> Bool {
        guard let storage, let otherStorage = other.storage else { return false }
        return storage.bytes.baseAddress == otherStorage.bytes.baseAddress && storageOffset == other.storageOffset
            && sizes == other.sizes && strides == other.strides && scalarType == other.scalarType
    }
}
