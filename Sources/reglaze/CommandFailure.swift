import ArgumentParser
import Basics
import Pipeline

/// How a command ends when it fails: diagnostics on stderr, and the exit code of the contract.
enum CommandFailure {
    /// The exit code of a set of diagnostics: usage before store before gate before model, because the first makes the others meaningless.
    static func exitCode(_ diagnostics: [Diagnostic]) -> ExitCode {
        let codes = Set(diagnostics.filter { $0.severity == .error }.map(\.code.exitCode))
        for code: Int32 in [2, 6, 5, 1, 3] where codes.contains(code) { return ExitCode(code) }
        return .success
    }

    /// Ends the process for an error that reached the top.
    static func report(_ error: any Error, fallback: () -> String, usage: Bool) -> Never {
        let console = Console(progress: .auto, color: .auto, quiet: false, verbose: false)
        switch error {
        case let list as DiagnosticList:
            list.diagnostics.forEach(console.report)
            Reglaze.exit(withError: exitCode(list.diagnostics))
        case let diagnostic as Diagnostic:
            console.report(diagnostic)
            Reglaze.exit(withError: exitCode([diagnostic]))
        case let file as FileError:
            console.report(Diagnostic(.unreadableFile, file.description))
            Reglaze.exit(withError: ExitCode(2))
        default:
            if usage {
                console.chatter(fallback())
                Reglaze.exit(withError: ExitCode(2))
            }
            let path = "reglaze-internal-error.txt"
            let text = "reglaze \(Reglaze.configuration.version)\n\(CommandLine.arguments.dropFirst().joined(separator: " "))\n\(error)\n"
            try? FilePath.write(Array(text.utf8), to: path)
            console.chatter("internal error: \(error)\nplease report it with \(path)")
            Reglaze.exit(withError: ExitCode(101))
        }
    }
}
