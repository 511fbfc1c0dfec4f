import ArgumentParser
import Basics
import Pipeline

/// In what form diagnostics are written on the error stream.
enum DiagnosticFormat: String, CaseIterable, ExpressibleByArgument, Sendable {
    /// For people.
    case text
    /// Annotations of GitHub's workflows, which are read from both streams.
    case github
}

/// Where diagnostics go besides the terminal.
struct DiagnosticOptions: ParsableArguments {
    @Option(name: .long, help: "Write the diagnostics to this file, too, in SARIF 2.1.0.")
    var sarif: String?

    @Option(name: .long, help: "How diagnostics are written: text or github (annotations).")
    var format: DiagnosticFormat = .text

    /// Reports them in every form that was asked for.
    func report(_ diagnostics: [Diagnostic], _ console: Console) throws {
        switch format {
        case .text: diagnostics.forEach(console.report)
        case .github: diagnostics.map(GitHubAnnotation.text).forEach(console.chatter)
        }
        if let sarif {
            let document = SARIFDocument(diagnostics, version: Reglaze.configuration.version)
            try FilePath.write(Array(try document.text().utf8), to: sarif)
        }
    }
}
