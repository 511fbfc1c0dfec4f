import Basics
import Capture
import PT2
import QueryEngine

/// Where a model's program comes from.
package enum ProgramOrigin: Sendable, Hashable {
    /// An archive, relative to the workspace; absolute where it lies outside.
    case archive(String)
    /// PyTorch source, captured when something that it was made from changed.
    case source(CaptureSpecification)

    /// The file that people know the program by.
    package var name: String {
        switch self {
        case .archive(let path): path
        case .source(let specification): specification.source
        }
    }

    /// The file that it is in.
    var file: String {
        switch self {
        case .archive(let path): path
        case .source(let specification): specification.source.split(separator: ":").first.map(String.init) ?? specification.source
        }
    }

    /// For a program of this precision: only a quantised one is captured otherwise.
    func quantised(for precision: Precision) -> ProgramOrigin {
        guard case .source(var specification) = self else { return self }
        specification.precision = precision == .int8 ? "int8" : "float"
        return .source(specification)
    }
}

extension ProgramOrigin: CanonicalEncodable {
    package func encode(into encoder: inout CanonicalEncoder) {
        switch self {
        case .archive(let path):
            encoder.append(UInt8(0))
            encoder.append(path)
        case .source(let specification):
            encoder.append(UInt8(1))
            encoder.append(specification)
        }
    }
}

extension ProgramSpecification {
    /// The program's archive: a file, or what capture made of the source. Either way the query that asks depends on it.
    func openArchive(_ context: QueryContext) async throws -> Archive {
        let storage: ByteStorage
        switch program {
        case .archive(let path):
            do { storage = try context.read(path) } catch let error as FileError {
                throw PT2Error.unreadable(error).diagnostic(in: path)
            }
        case .source(let specification):
            storage = try context.open(try await context.get(CaptureQuery(specification, capturing)).archive)
        }
        do { return try Archive(storage) } catch { throw error.diagnostic(in: program.name) }
    }
}
