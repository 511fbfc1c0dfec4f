import Basics
import Machine
import QueryEngine

/// A model compiled, linked and timed for one target; its image written to a file. The root of a build: checked by the signatures of the files that
/// it read (the image among them: an image that was removed or damaged is written again).
struct BuildQuery: Query {
    static let kind = "BuildProgram"
    static let version = SourceVersion.of(.pipeline)
    static let storage = QueryStorage.byTrace

    let specification: ProgramSpecification
    /// Where the image goes, relative to the workspace.
    let image: String
    /// The same, as a path that works from the working directory.
    let imagePath: String

    var label: String { specification.label }

    func encode(into encoder: inout CanonicalEncoder) {
        encoder.append(specification)
        encoder.append(image)
    }

    func compute(_ context: QueryContext) async throws -> BuiltProgram {
        let compilation = try await Compile(specification: specification, context: context).run()
        let (program, written) = try await LinkAndTime(compilation, specification, context).run(writingTo: imagePath)
        // What was written is now an input of the claim that the image is there.
        try context.wrote(image, written.digest, written.signature)
        return program
    }
}

extension QueryIdentity {
    /// Whose program a build was asked for, by its label; nil of other queries.
    var builtProgram: (model: String, target: String)? {
        let parts = label.split(separator: "/", maxSplits: 1).map(String.init)
        return kind == BuildQuery.kind && parts.count == 2 ? (parts[0], parts[1]) : nil
    }
}
