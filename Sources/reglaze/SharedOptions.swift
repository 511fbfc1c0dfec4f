import ArgumentParser
import Pipeline

extension ProgressStyle: ExpressibleByArgument {}
extension ColorChoice: ExpressibleByArgument {}
extension Precision: ExpressibleByArgument {}

/// How a command speaks.
struct OutputOptions: ParsableArguments {
    @Flag(name: .long, help: "Print exactly one JSON document on stdout.")
    var json = false

    @Flag(name: .shortAndLong, help: "Print errors only.")
    var quiet = false

    @Flag(name: .shortAndLong, help: "Print more: every query that ran.")
    var verbose = false

    @Option(name: .long, help: "Progress on stderr: auto, plain or none.")
    var progress: ProgressStyle = .auto

    @Option(name: .long, help: "Coloured text: auto, always or never. NO_COLOR and CLICOLOR_FORCE are honoured.")
    var color: ColorChoice = .auto

    /// Prints a result: the document with `--json`, else its lines.
    func print(_ document: some Encodable, _ lines: [String]) throws {
        guard !json else { return console.result(try JSONDocument.text(document)) }
        lines.forEach(console.result)
    }

    var console: Console { Console(progress: progress, color: color, quiet: quiet, verbose: verbose) }
}

/// Where a command works, and with which store.
struct WorkspaceOptions: ParsableArguments {
    @Option(name: .shortAndLong, help: "The directory that holds reglaze.toml. Default: found upwards from here.")
    var workspace: String?

    @Option(name: .long, help: "Keep the store here. Default: .reglaze in the workspace, or REGLAZE_CACHE_DIR.")
    var cacheDir: String?

    @Flag(name: .long, help: "Use no store: everything is computed, nothing is kept.")
    var noCache = false

    @Flag(name: .long, help: "Capture without a server that stays: a Python process for each capture.")
    var noServer = false

    @Option(
        name: [.long, .customShort("j", allowingJoined: true)], help: "How many queries run at once. Default: the number of processors.")
    var jobs: Int?

    /// The options again, for another process.
    var arguments: [String] {
        var words: [String] = []
        if let workspace { words += ["--workspace", workspace] }
        if let cacheDir { words += ["--cache-dir", cacheDir] }
        if noCache { words.append("--no-cache") }
        if let jobs { words += ["--jobs", "\(jobs)"] }
        return words
    }
}

/// For which machine and arithmetic a model is compiled.
struct TargetOptions: ParsableArguments {
    @Option(name: [.customShort("t"), .long], help: "A target, repeatable: glasses, headset, edge, or a file targets/NAME.toml.")
    var target: [String] = []

    @Option(name: .long, help: "float, bf16, fp16 or int8; overrides the manifest.")
    var precision: Precision?

    /// The options again, for another process.
    var arguments: [String] {
        target.flatMap { ["--target", $0] } + (precision.map { ["--precision", $0.rawValue] } ?? [])
    }
}
