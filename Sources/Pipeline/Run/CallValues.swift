import Basics
import GraphPasses
import Linking
import Machine
import PT2
import TensorIR

/// Inputs and expected outputs of one call, from a safetensors file with tensors `input.N` and `output.N`: the leaves of the program's arguments and results.
struct CallValues {
    let file: String
    private let tensors: Safetensors

    init(reading file: String) throws(DiagnosticList) {
        self.file = file
        do { tensors = try Safetensors(mapping: file) } catch { throw DiagnosticList([error.diagnostic(in: file)]) }
    }

    /// The content of `file`.
    init(_ storage: ByteStorage, file: String) throws(DiagnosticList) {
        self.file = file
        do { tensors = try Safetensors(storage) } catch { throw DiagnosticList([error.diagnostic(in: file)]) }
    }

    /// The program's inputs in its order, checked against the places that take them.
    func inputs(_ program: ImportedProgram, _ places: ArraySlice<PlacedTensor>) throws(DiagnosticList) -> [[UInt8]] {
        var found: [[UInt8]] = []
        var problems: [Diagnostic] = []
        for (leaf, place) in zip(program.argumentLeaves, places) {
            do { found.append(try tensor("input.\(leaf)", place.type).bytes) } catch { problems += error.diagnostics }
        }
        if !problems.isEmpty { throw DiagnosticList(problems) }
        return found
    }

    /// A tensor of that name, which must have that type.
    func tensor(_ name: String, _ type: TensorType) throws(DiagnosticList) -> Tensor {
        guard let view = tensors[name] else {
            throw DiagnosticList([Diagnostic(.wrongInputs, "\(file) has no tensor \(name)", help: "the program wants \(type)")])
        }
        guard view.scalarType.elementType == type.element, view.sizes == type.shape, let bytes = try? DenseView(view).rowMajor() else {
            throw DiagnosticList([
                Diagnostic(
                    .wrongInputs, "\(name) in \(file) is \(view.scalarType.name)\(view.sizes), the program has \(type)",
                    help: "capture the program and its reference with the same inputs")
            ])
        }
        return Tensor(type, storage: bytes)
    }
}

extension DenseView {
    /// A view of an archive or a safetensors file. An absent one has no elements.
    init(_ view: TensorView) {
        self.init(
            view.storage ?? ByteStorage([]), view.scalarType.elementType ?? .u8, shape: view.sizes, strides: view.strides,
            offset: view.storageOffset)
    }
}

extension Tensor {
    /// The elements' bytes, copied.
    var bytes: [UInt8] { storage.array }
}
