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

    /// A file of weights that replace those of the archive.
    package struct Checkpoint: Sendable {
        package let tensors: Safetensors
        /// The path as the user gave it.
        package let file: String

        package init(_ tensors: Safetensors, file: String) {
            self.tensors = tensors
            self.file = file
        }
    }

    /// Finds and fingerprints all weights, at 7–10 GB/s.
    ///
    /// A checkpoint must have every parameter and persistent buffer that is read, under its own name or one that it is tied to; constants and
    /// other buffers come from the archive where the checkpoint lacks them.
    /// - Throws: everything that is missing or does not fit (I027, I028), the checkpoint's or the archive's fault.
    package init(
        _ program: ImportedProgram, _ archive: Weights, file: String, checkpoint: Checkpoint? = nil
    ) throws(DiagnosticList) {
        let sources = WeightSources(archive: archive, file: file, checkpoint: checkpoint)
        var weights: [Weight] = []
        var diagnostics: [Diagnostic] = []
        for input in program.graph.inputs where !input.kind.weightName.isEmpty {
            let name = input.kind.weightName
            do throws(Diagnostic) {
                let tensor = try sources.tensor(name, program.graph.type(input.value))
                weights.append(Weight(input: input.value, name: name, tensor: tensor))
            } catch { diagnostics.append(error) }
        }
        guard diagnostics.isEmpty else { throw DiagnosticList(diagnostics) }
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

    func tensor(_ name: String, _ type: TensorIR.TensorType) throws(Diagnostic) -> Tensor {
        let (view, file) = try find(name)
        guard view.scalarType.elementType == type.element, view.sizes == type.shape else {
            throw Diagnostic(
                .weightMismatch, "weight '\(name)' is \(view.scalarType.name)\(view.sizes), the program wants \(type)",
                at: SourcePosition(file: file), help: "use weights of this version of the model, or capture it again")
        }
        guard let bytes = view.contiguousBytes(), bytes.count == type.sizeBytes else { throw absent(name, in: file) }
        return Tensor(type, storage: bytes)
    }

    private func find(_ name: String) throws(Diagnostic) -> (TensorView, file: String) {
        if let checkpoint, let view = checkpoint.tensors[name] { return (view, checkpoint.file) }
        let (own, isOptional) = try archived(name)
        guard let checkpoint, !isOptional else {
            if own.isAbsent { throw absent(name, in: file) }
            return (own, file)
        }
        // Checkpoints keep one of several tied weights.
        for tied in archive.names where tied != name {
            if let view = checkpoint.tensors[tied], let other = try? archived(tied).view, own.showsSameElements(as: other) {
                return (view, checkpoint.file)
            }
        }
        throw absent(name, in: checkpoint.file)
    }

    /// The archive's view; optional are the constants, which no checkpoint holds.
    private func archived(_ name: String) throws(Diagnostic) -> (view: TensorView, isOptional: Bool) {
        do throws(PT2Error) {
            if let view = try archive.tensor(for: .parameter(name)) { return (view, false) }
        } catch {
            guard case .missingWeight = error else { throw error.diagnostic(in: file) }
        }
        do throws(PT2Error) {
            if let view = try archive.tensor(for: .tensorConstant(name)) { return (view, true) }
        } catch { throw error.diagnostic(in: file) }
        throw absent(name, in: file)
    }

    private func absent(_ name: String, in file: String) -> Diagnostic {
        Diagnostic(
            .weightWithoutContent, "weight '\(name)' has no content", at: SourcePosition(file: file),
            help: checkpoint == nil
                ? "the model was captured without its weights: name a checkpoint (`weights` of the model in reglaze.toml)"
                : "save the checkpoint from this version of the model, or rename its tensors")
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
