import ArgumentParser
import Basics
import Capture
import Glibc
import Pipeline

struct CaptureCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "capture", abstract: "PyTorch source to a .pt2 archive with reference values; or a whole suite, with a scorecard.")

    @Argument(help: "FILE.py:NAME, a class, a function without arguments or a module.")
    var source: String?

    @Option(name: .shortAndLong, help: "The archive to write; with --suite, a directory for all of them.")
    var output: String?

    @OptionGroup(title: "The model") var model: CapturedModelOptions
    @OptionGroup(title: "A suite") var suite: SuiteOptions

    @Flag(name: .long, help: "Capture incrementally and whole, and compare.")
    var verifyCapture = false

    @Flag(name: .long, help: "Start a Python process for this capture alone.")
    var noServer = false

    @Option(name: .shortAndLong, help: "The directory that holds reglaze.toml. Default: found upwards from here; else this one.")
    var workspace: String?

    @OptionGroup var diagnostics: DiagnosticOptions
    @OptionGroup(title: "Output") var out: OutputOptions

    func validate() throws {
        switch (source, suite.suite) {
        case (nil, nil): throw ValidationError("name a source, FILE.py:NAME, or a suite with --suite FILE.py")
        case (_?, _?): throw ValidationError("name a source or a suite, not both")
        case (let source?, nil):
            if !source.contains(".py:") { throw ValidationError("'\(source)' is not FILE.py:NAME") }
            if output == nil { throw ValidationError("name the archive to write: -o FILE.pt2") }
        case (nil, _?): break
        }
    }

    func run() throws {
        let place = try Workspace.open(directory: workspace)
        var environment = CaptureEnvironment(
            workspace: FilePath.join(FilePath.workingDirectory, place.root == "." ? "" : place.root), usesServer: !noServer)
        place.manifest?.capture.configure(&environment)
        if let suite = suite.suite {
            try SuiteRun(suite: suite, output: output, options: self.suite, environment: environment, diagnostics: diagnostics, out: out)
                .run()
        } else if let source, let output {
            try capture(source, to: output, place, environment)
        }
    }

    private func capture(_ source: String, to output: String, _ place: Workspace, _ environment: CaptureEnvironment) throws {
        let console = out.console
        let specification = try model.specification(source, passes: place.manifest?.capture.passes ?? [], environment)
        let archive = FilePath.join(FilePath.workingDirectory, output)
        let stem = FilePath.join(FilePath.directory(archive), FilePath.stem(archive))
        var request = CaptureRequest(.capture(specification, output: archive, reference: stem), environment)
        request.comparesWithWhole = verifyCapture
        request.isIncremental = environment.usesServer || verifyCapture
        if place.manifest != nil { request.memo = "\(environment.workspace)/.reglaze/capture" }
        try FilePath.makeDirectory(FilePath.directory(archive))
        let found = Self.answer(request, environment, console)
        try diagnostics.report(found.diagnostics, console)
        if out.json {
            console.result(try JSONDocument.text(CaptureDocument(source: source, found.files, diagnostics: found.diagnostics)))
        } else if let files = found.files {
            for line in CaptureSummary.lines(source: source, files) { console.status(line.verb, line.text) }
        }
        if found.files == nil { throw CommandFailure.end(found.diagnostics, console) }
    }

    /// What came of a request: files, or errors.
    private static func answer(
        _ request: CaptureRequest, _ environment: CaptureEnvironment, _ console: Console
    ) -> (files: CapturedFiles?, diagnostics: [Diagnostic]) {
        do throws(CaptureError) {
            let answer = try Capture(environment).answer(
                request, isCancelled: { false },
                observe: { event in
                    if case .phase(let name, let seconds) = event { console.transient("\(name) \(Format.decimal(seconds, places: 2))s") }
                })
            switch answer {
            case .done(let files): return (files, files.diagnostics)
            case .refused(let diagnostics, _): return (nil, diagnostics)
            default: throw CaptureError.protocolViolation("capture answers with something else than a program")
            }
        } catch { return (nil, error.diagnostics) }
    }
}
