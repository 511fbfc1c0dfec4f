import Basics
import Capture
import QueryEngine

/// A model's source as an archive with PyTorch's own answers. Named: it depends on the files that capture read and on the versions that it ran with. A refusal is a
/// result like any other; a process that died is none.
package struct CaptureQuery: Query {
    package static let kind = "CaptureProgram"
    package static let version = SourceVersion.of(.capturing)
    package static let storage = QueryStorage.byTrace

    let specification: CaptureSpecification
    let capturing: Capturing

    package init(_ specification: CaptureSpecification, _ capturing: Capturing) {
        self.specification = specification
        self.capturing = capturing
    }

    package var label: String { specification.source }

    package func encode(into encoder: inout CanonicalEncoder) { encoder.append(specification) }

    package func compute(_ context: QueryContext) async throws -> CapturedProgram {
        _ = try context.volatile(CaptureIngredients.ownPackage)
        _ = try context.volatile(CaptureIngredients.python)
        _ = try context.volatile(CaptureIngredients.pythonPath)
        // A file that was edited while capture read it gives a result that nobody may have: once more, a few times.
        var moved = InputMoved(path: specification.source)
        for _ in 0..<3 {
            let scratch = try ScratchDirectory(below: capturing.directory)
            switch try capturing.capture(specification, into: scratch.path) {
            case .done(let files):
                guard let inputs = inputs(files.inputs, &moved) else { continue }
                try inputs.note(in: context)
                try noteVersions(Set(files.versions.keys).union(files.required), context)
                files.diagnostics.forEach(context.report)
                return try captured(files, context)
            case .refused(let diagnostics, let found):
                guard let inputs = inputs(found, &moved) else { continue }
                try inputs.note(in: context)
                try noteRefusal(inputs, context)
                if found.isPassing { context.keepForThisBuildOnly() }
                throw DiagnosticList(diagnostics)
            default: throw CaptureError.protocolViolation("capture answers with something else than a program")
            }
        }
        throw moved
    }

    /// What a capture was made from; nil when one of the files has changed since.
    private func inputs(_ inputs: CapturedFiles.Inputs, _ moved: inout InputMoved) -> ReadInputs? {
        do { return try ReadInputs(inputs, in: capturing.environment.workspace) } catch { moved = error }
        return nil
    }

    private func captured(_ files: CapturedFiles, _ context: QueryContext) throws -> CapturedProgram {
        do {
            return CapturedProgram(
                archive: context.blob(try ByteStorage(mapping: files.archive)),
                references: try files.references.map { context.blob(try ByteStorage(mapping: $0)) }, rung: files.rung, nodes: files.nodes,
                parameters: files.parameters?.total ?? 0, capturedParameters: files.parameters?.captured ?? 0,
                hostPlan: files.hostPlan?.text)
        } catch let error as FileError { throw CaptureError.file(error) }
    }

    private func noteVersions(_ names: Set<String>, _ context: QueryContext) throws {
        for name in names.sorted() where name != CaptureIngredients.python {
            // A module whose distribution has another name stands for all that is installed.
            if try context.volatile(CaptureIngredients.packagePrefix + name) == nil {
                _ = try context.volatile(CaptureIngredients.allPackages)
            }
        }
    }

    /// What may be different when the same request succeeds one day: any installed package, a file that is not there yet, a module beside those that were read.
    private func noteRefusal(_ inputs: ReadInputs, _ context: QueryContext) throws {
        _ = try context.volatile(CaptureIngredients.allPackages)
        let named =
            [specification.weights, specification.calibration].compactMap { $0 }
            + ([specification.source] + specification.passes).map { String($0.prefix(while: { $0 != ":" })) }
        // What cannot be read is an input, too.
        for file in named { _ = try? context.file(file) }
        for folder in Set(inputs.paths.map(FilePath.directory)).sorted() { _ = try context.directory(folder) }
    }
}

/// What a capture was made from: the files that it read, each still what it was then, and what it looked for.
private struct ReadInputs {
    let paths: [String]
    private let fingerprints: [Fingerprint]
    private let lookups: CapturedFiles.Lookups?
    private let workspace: String

    /// Throws when one of the files has changed since.
    init(_ inputs: CapturedFiles.Inputs, in workspace: String) throws(InputMoved) {
        var paths: [String] = []
        var fingerprints: [Fingerprint] = []
        for file in inputs.read {
            let path = Self.path(file.path, in: workspace)
            guard let storage = try? ByteStorage(contentsOf: file.path),
                withExtendedLifetime(storage, { SHA256.hex(of: storage.bytes) }) == file.digest
            else { throw InputMoved(path: path) }
            paths.append(path)
            fingerprints.append(storage.fingerprint)
        }
        self.paths = paths
        self.fingerprints = fingerprints
        self.workspace = workspace
        lookups = inputs.lookups
    }

    private static func path(_ absolute: String, in workspace: String) -> String {
        absolute.hasPrefix(workspace + "/") ? String(absolute.dropFirst(workspace.count + 1)) : absolute
    }

    /// Records them as dependencies: what was hashed here is what the build sees, or the build begins again.
    func note(in context: QueryContext) throws {
        for (path, fingerprint) in zip(paths, fingerprints) where try context.file(path) != fingerprint { throw InputMoved(path: path) }
        guard let lookups else { return }
        for (absolute, isThere) in lookups.found.sorted(by: { $0.key < $1.key }) {
            let path = Self.path(absolute, in: workspace)
            guard try context.exists(path) == isThere else { throw InputMoved(path: path) }
        }
        for (absolute, names) in lookups.listed.sorted(by: { $0.key < $1.key }) {
            let path = Self.path(absolute, in: workspace)
            // In whatever order: Swift and Python order texts differently.
            guard try Set(context.directory(path)) == Set(names) else { throw InputMoved(path: path) }
        }
        for (absolute, target) in lookups.links.sorted(by: { $0.key < $1.key }) {
            let path = Self.path(absolute, in: workspace)
            guard try context.link(path) ?? "" == target else { throw InputMoved(path: path) }
        }
        for (absolute, state) in (lookups.stated ?? [:]).sorted(by: { $0.key < $1.key }) {
            let path = Self.path(absolute, in: workspace)
            let now = try context.volatile(CaptureIngredients.statePrefix + path)
            guard now?.fingerprint == IngredientValue(state).fingerprint else { throw InputMoved(path: path) }
        }
        for name in lookups.variables { _ = try context.volatile(CaptureIngredients.variablePrefix + name) }
    }
}

extension Diagnostic {
    /// Files that change whenever they are read: no build sees all its inputs at rest.
    static func restless(_ paths: [String]) -> Diagnostic {
        Diagnostic(
            .restlessInput,
            paths.count > 1
                ? "\(paths.joined(separator: ", ")) change whenever they are read"
                : "\(paths.first ?? "an input") changes whenever it is read",
            notes: ["something writes there during each capture or build: the model's own code, or another program"],
            help: "keep what a run writes apart from what it reads, or stop what writes it")
    }
}
