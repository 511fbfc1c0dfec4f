import Basics
import Linking
import Machine

/// What is compiled: a program, for a target, in a precision.
struct ProgramSpecification: Sendable {
    /// The model's name, for people.
    let model: String
    let program: ProgramOrigin
    /// What captures a program that is given by its source; not part of the key.
    let capturing: Capturing
    /// The checkpoint that replaces an archive's weights, relative to the workspace or absolute.
    let weights: String?
    let target: TargetDescription
    let precision: Precision

    var label: String { "\(model)/\(target.name)" }

    /// Where the image goes, relative to the workspace.
    var image: String { "build/\(model).\(target.name).rgi" }
}

extension ProgramSpecification {
    /// Runs `body`; a diagnostic of it that names no place is the program's.
    func inProgram<Result>(_ body: () async throws -> Result) async throws -> Result {
        do { return try await body() } catch let list as DiagnosticList {
            throw DiagnosticList(list.diagnostics.map(placed))
        } catch let diagnostic as Diagnostic {
            throw placed(diagnostic)
        }
    }

    /// The image of a request, or the linker's diagnostic.
    func link(_ request: LinkRequest) throws -> LinkedProgram {
        do { return try linkProgram(request) } catch { throw placed(error.diagnostic(for: request)) }
    }

    private func placed(_ diagnostic: Diagnostic) -> Diagnostic {
        var placed = diagnostic
        if placed.position == nil { placed.position = SourcePosition(file: program.file) }
        return placed
    }
}

extension [ProgramSpecification] {
    /// Refuses programs of which one would take the place of another's image: archives of one name in two folders, or a dot that may end the model's name
    /// as well as be part of the target's.
    func checkImages() throws(DiagnosticList) {
        let shared = Dictionary(grouping: self, by: \.image).filter { _, programs in
            programs.count > 1 && Set(programs.map(\.fingerprint)).count > 1
        }
        guard !shared.isEmpty else { return }
        throw DiagnosticList(
            shared.sorted { $0.key < $1.key }.map { image, programs in
                Diagnostic(
                    .usage, "\(programs.count) programs have one image, \(image)",
                    notes: programs.map { "model \($0.model), \($0.program.name), for \($0.target.name)" },
                    help: "give them names of their own in the manifest ([models.NAME]), or build them in different workspaces")
            })
    }
}

extension ProgramSpecification: CanonicalEncodable {
    func encode(into encoder: inout CanonicalEncoder) {
        encoder.append(program)
        encoder.append(weights)
        encoder.append(target)
        encoder.append(precision.rawValue)
    }
}
