import Basics

/// A directory with a manifest, or nothing but the working directory when models are named by path.
package struct Workspace: Sendable {
    package static let manifestName = "reglaze.toml"

    /// The directory of the manifest, as a path that works from the working directory.
    package let root: String
    /// Nil where no manifest was found.
    package let manifest: Manifest?

    package init(root: String, manifest: Manifest?) {
        self.root = root
        self.manifest = manifest
    }

    /// Finds and reads the manifest: in `directory` when one is named, else in the working directory and upwards, as Cargo does.
    /// Without a manifest the workspace is the working directory; whoever needs a model by name finds out then.
    package static func open(directory: String?) throws(DiagnosticList) -> Workspace {
        guard let root = try findRoot(directory) else { return Workspace(root: ".", manifest: nil) }
        let path = FilePath.join(root, manifestName)
        let text: String?
        do { text = try FilePath.text(path) } catch {
            throw DiagnosticList([Diagnostic(.unreadableFile, error.description)])
        }
        guard let text else {
            throw DiagnosticList([Diagnostic(.manifestSyntax, "the manifest is not UTF-8 text", at: SourcePosition(file: manifestName))])
        }
        return Workspace(root: root, manifest: try ManifestReader.read(text, file: manifestName))
    }

    private static func findRoot(_ directory: String?) throws(DiagnosticList) -> String? {
        if let directory {
            guard FilePath.exists(FilePath.join(directory, manifestName)) else {
                throw DiagnosticList([
                    Diagnostic(.noWorkspace, "\(directory) has no \(manifestName)", help: "name the directory that holds the manifest")
                ])
            }
            return directory
        }
        var current = FilePath.workingDirectory
        while true {
            if FilePath.exists(FilePath.join(current, manifestName)) { return current }
            if current == "/" || current == "." { return nil }
            current = FilePath.directory(current)
        }
    }

    /// A path of the manifest, as a path that works from the working directory.
    package func path(_ relative: String) -> String { FilePath.join(root, relative) }

    /// A path that works from the working directory, as a path of the workspace: absolute only where it leads outside. However it is spelt, it is one path.
    package func relative(_ path: String) -> String {
        let working = FilePath.workingDirectory
        // Without a working directory there is nothing to compare with.
        guard working != "." else { return FilePath.plain(path) }
        let absolute = FilePath.plain(FilePath.join(working, path))
        let top = FilePath.plain(FilePath.join(working, root))
        let base = top == "/" ? top : top + "/"
        return absolute.hasPrefix(base) ? String(absolute.dropFirst(base.count)) : absolute
    }
}

/// A model that a command works on: by name from the manifest, or a `.pt2` file by path.
package struct ModelReference: Sendable, Hashable {
    package let name: String
    package let program: ProgramOrigin
    /// A checkpoint whose tensors take the place of an archive's weights, relative to the workspace. A source is captured with it.
    package let weights: String?
    package let references: [String]
    package let precision: Precision?
    package let check: Manifest.Check

    /// `program` is an archive's path.
    package init(name: String, program: String, references: [String], precision: Precision?, check: Manifest.Check) {
        self.init(name: name, program: .archive(program), references: references, precision: precision, check: check)
    }

    package init(
        name: String, program: ProgramOrigin, weights: String? = nil, references: [String], precision: Precision?, check: Manifest.Check
    ) {
        self.name = name
        self.program = program
        self.weights = weights
        self.references = references
        self.precision = precision
        self.check = check
    }

    /// Resolves the models named on the command line; all models of the manifest when none is named.
    package static func resolve(_ names: [String], in workspace: Workspace) throws(DiagnosticList) -> [ModelReference] {
        guard !names.isEmpty else {
            guard let manifest = workspace.manifest else { throw DiagnosticList([noWorkspace]) }
            return try collect(manifest.models) { model throws(DiagnosticList) in try reference(model, workspace) }
        }
        return try collect(names) { name throws(DiagnosticList) in
            if name.hasSuffix(".pt2") {
                return ModelReference(
                    name: FilePath.stem(name), program: workspace.relative(name), references: [], precision: nil, check: .init())
            }
            guard let manifest = workspace.manifest else { throw DiagnosticList([noWorkspace]) }
            guard let model = manifest.model(name) else {
                let near = EditDistance.nearest(name, manifest.models.map(\.name))
                throw DiagnosticList([
                    Diagnostic(
                        .unknownModel, "the manifest has no model `\(name)`", at: SourcePosition(file: Workspace.manifestName),
                        help: near.map { "did you mean `\($0)`?" }
                            ?? "models here: \(manifest.models.map(\.name).joined(separator: ", "))")
                ])
            }
            return try reference(model, workspace)
        }
    }

    private static let noWorkspace = Diagnostic(
        .noWorkspace, "no \(Workspace.manifestName) in this directory or above it",
        help: "name a captured program by path (model.pt2 --target headset), or work in a workspace")

    private static func reference(_ model: Manifest.Model, _ workspace: Workspace) throws(DiagnosticList) -> ModelReference {
        guard let program = model.program.map({ ProgramOrigin.archive(FilePath.plain($0)) }) ?? model.capture.map(ProgramOrigin.source)
        else {
            throw DiagnosticList([
                Diagnostic(
                    .noProgram, "model \(model.name) has neither program nor source",
                    at: SourcePosition(file: Workspace.manifestName, line: model.line))
            ])
        }
        return ModelReference(
            name: model.name, program: program, weights: model.program == nil ? nil : model.weights,
            references: model.references.map(workspace.path), precision: model.precision, check: model.check)
    }

    /// Maps every element, gathering the diagnostics of all that fail.
    private static func collect<Element, Result>(
        _ elements: [Element], _ transform: (Element) throws(DiagnosticList) -> Result
    ) throws(DiagnosticList) -> [Result] {
        var results: [Result] = []
        var diagnostics: [Diagnostic] = []
        for element in elements {
            do { results.append(try transform(element)) } catch { diagnostics += error.diagnostics }
        }
        if !diagnostics.isEmpty { throw DiagnosticList(diagnostics) }
        return results
    }
}
