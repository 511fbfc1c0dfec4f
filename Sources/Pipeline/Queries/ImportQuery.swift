import Basics
import GraphPasses
import Operators
import PT2
import QueryEngine

/// The program of an archive as a graph. Keyed by the program's own bytes: weights of another training run import nothing again.
struct ImportQuery: Query {
    static let kind = "ImportProgram"
    static let version = SourceVersion.of(.graphPasses)

    let archive: Archive
    let programName: String
    /// Of the program member's bytes.
    let content: Fingerprint
    /// Files below it are named relative to it in source positions.
    let root: String?
    let label: String

    func encode(into encoder: inout CanonicalEncoder) {
        encoder.append(programName)
        encoder.append(content)
        encoder.append(root)
    }

    func compute(_ context: QueryContext) async throws -> ImportedProgram {
        let program: Program
        // The same content may lie in another file tomorrow: who asks knows in which.
        do { program = try archive.program(named: programName) } catch { throw error.diagnostic(in: nil) }
        let imported = try ImportProgram.apply(to: program, operators: OperatorSet.standard, sourceRoot: root)
        for warning in program.warnings + imported.warnings { context.report(warning) }
        return imported
    }
}

extension ProgramSpecification {
    /// The program of its archive as a graph.
    func importProgram(_ archive: Archive, _ context: QueryContext) async throws -> ImportedProgram {
        let name = archive.mainProgramName
        guard let content = archive.programFingerprint(named: name) else {
            throw PT2Error.unsupportedArchive(.noProgram).diagnostic(in: program.name)
        }
        return try await context.get(
            ImportQuery(archive: archive, programName: name, content: content, root: nil, label: program.name))
    }
}
