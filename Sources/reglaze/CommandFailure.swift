import ArgumentParser
import Basics
import Pipeline
import QueryEngine

/// How a command ends when it fails: diagnostics on stderr, and the exit code of the contract.
enum CommandFailure {
    /// The exit code of a set of diagnostics: a fault of ours first, then usage before store before gate before model, because the first makes the others
    /// meaningless.
    static func exitCode(_ diagnostics: [Diagnostic]) -> ExitCode {
        let codes = Set(diagnostics.filter { $0.severity == .error }.map(\.code.exitCode))
        for code in [DiagnosticCode.internalFault, 2, 6, 5, 1, 3] where codes.contains(code) { return ExitCode(code) }
        return .success
    }

    /// How a command ends that has reported these: with their exit code, and with a report file where the fault is ours.
    static func end(_ diagnostics: [Diagnostic], _ console: Console) -> ExitCode {
        let code = exitCode(diagnostics)
        if code.rawValue == DiagnosticCode.internalFault {
            writeReport(diagnostics.map(\.description).joined(separator: "\n\n"), console)
        }
        return code
    }

    /// Leaves what a person can send along in the working directory.
    private static func writeReport(_ text: String, _ console: Console) {
        let path = "reglaze-internal-error.txt"
        let command = CommandLine.arguments.dropFirst().joined(separator: " ")
        let report = "reglaze \(Reglaze.configuration.version)\n\(command)\n\(text)\n"
        guard (try? FilePath.write(Array(report.utf8), to: path)) != nil else { return }
        console.chatter("please report it with \(path)")
    }

    /// Ends the process for an error that reached the top.
    static func report(_ error: any Error, fallback: () -> String, usage: Bool) -> Never {
        let console = Console(progress: .auto, color: .auto, quiet: false, verbose: false)
        switch error {
        case let list as DiagnosticList:
            list.diagnostics.forEach(console.report)
            Reglaze.exit(withError: end(list.diagnostics, console))
        case let diagnostic as Diagnostic:
            console.report(diagnostic)
            Reglaze.exit(withError: end([diagnostic], console))
        case EngineError.blobLost:
            let lost = Diagnostic(
                .storeUnusable, "a file of the store was lost while it was used",
                help: "run the command again: what is lost is computed again. If it happens again, ask `reglaze cache verify`, and the disk"
            )
            console.report(lost)
            Reglaze.exit(withError: end([lost], console))
        case let file as FileError:
            console.report(Diagnostic(.unreadableFile, file.description))
            Reglaze.exit(withError: ExitCode(2))
        default:
            if usage {
                console.chatter(fallback())
                Reglaze.exit(withError: ExitCode(2))
            }
            console.chatter("internal error: \(error)")
            writeReport("\(error)", console)
            Reglaze.exit(withError: ExitCode(DiagnosticCode.internalFault))
        }
    }
}
