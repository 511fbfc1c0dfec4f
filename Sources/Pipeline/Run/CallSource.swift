import Basics
import QueryEngine

/// Where the inputs and the expected outputs of one call come from.
enum CallSource: Sendable, Hashable {
    /// A safetensors file, relative to the workspace.
    case file(String)
    /// What PyTorch computed when the program was captured: the call of this number.
    case captured(Int)
}

extension CallSource: CanonicalEncodable {
    func encode(into encoder: inout CanonicalEncoder) {
        switch self {
        case .file(let path):
            encoder.append(UInt8(0))
            encoder.append(path)
        case .captured(let call):
            encoder.append(UInt8(1))
            encoder.append(call)
        }
    }

    /// The values, with a dependency on where they come from.
    func values(of specification: ProgramSpecification, _ context: QueryContext) async throws -> CallValues {
        switch self {
        case .file(let path): return try CallValues(context.read(path), file: path)
        case .captured(let call):
            guard case .source(let source) = specification.program else { throw Self.absent(call, specification) }
            let captured = try await context.get(CaptureQuery(source, specification.capturing))
            guard captured.references.indices.contains(call) else { throw Self.absent(call, specification) }
            return try CallValues(context.open(captured.references[call]), file: Self.name(call, specification))
        }
    }

    /// What a captured call is named in diagnostics.
    static func name(_ call: Int, _ specification: ProgramSpecification) -> String { "call \(call) of \(specification.program.name)" }

    private static func absent(_ call: Int, _ specification: ProgramSpecification) -> Diagnostic {
        Diagnostic(.noReference, "\(specification.program.name) was captured without call \(call)")
    }
}
