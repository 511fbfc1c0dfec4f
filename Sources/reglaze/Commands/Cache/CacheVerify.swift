import ArgumentParser
import Basics
import Pipeline
import QueryEngine

struct CacheVerify: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "verify",
        abstract: "Compare every record and file with its checksum, follow all references, and compute a sample of the results again.",
        discussion: """
            What is damaged is dropped, and computed again when it is needed. Exit code 3 when anything was found; 1 when a model cannot be built, so that its \
            results were not computed again.
            """)

    @Option(name: .long, help: "Of the results that the workspace's models use, compute this share again: 5%, 1/32 or 0.")
    var sample = Share(every: 20)

    @OptionGroup var target: TargetOptions
    @OptionGroup var workspace: WorkspaceOptions
    @OptionGroup var output: OutputOptions

    func run() async throws {
        let console = output.console
        let session = try Session.open(workspace, console: console) { options, store in
            options.audit = Audit(every: sample.every, salt: EngineHistory(store: store).generations().first?.generation ?? 0)
        }
        let report = try session.requiringStore(console) { StoreVerifier(store: session.store).verify() }
        var statistics = Statistics()
        var diagnostics: [Diagnostic] = []
        if sample.every > 0, let manifest = session.workspace.manifest, !manifest.models.isEmpty {
            let outcome = try await session.build(
                try ModelReference.resolve([], in: session.workspace), targets: try session.targets(target.target),
                precision: target.precision)
            statistics = outcome.statistics
            diagnostics = outcome.diagnostics.filter { $0.severity == .error }
        }
        let document = CacheVerificationDocument(report, statistics)
        try output.print(document, document.lines)
        diagnostics.forEach(console.report)
        guard document.isClean, !session.isStoreAnew else { throw ExitCode(3) }
        if !diagnostics.isEmpty { throw CommandFailure.end(diagnostics, console) }
    }
}
