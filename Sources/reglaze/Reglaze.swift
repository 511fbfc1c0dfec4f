import ArgumentParser
import Basics

@main struct Reglaze: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "reglaze",
        abstract: "An incremental compiler for PyTorch models on on-device accelerators.",
        version: "0.1.0",
        subcommands: [
            CaptureCommand.self, BuildCommand.self, RunCommand.self, WatchCommand.self, WhyCommand.self, DiffCommand.self,
            ExplainCommand.self, InspectCommand.self,
            CacheCommand.self, TargetCommand.self,
            CostCommand.self, OperatorCommand.self, DoctorCommand.self,
        ])

    static func main() {
        do {
            var command = try parseAsRoot(EngineSwitches.completed(Array(CommandLine.arguments.dropFirst())))
            guard let asynchronous = command as? any AsyncParsableCommand else { return try command.run() }
            runToExit {
                var running = asynchronous
                do { try await running.run() } catch { end(error) }
                return 0
            }
        } catch {
            end(error)
        }
    }

    /// Exit codes are the contract's: what ArgumentParser calls a validation failure is a usage error, 2.
    private static func end(_ error: any Error) -> Never {
        let code = exitCode(for: error)
        guard !(error is ExitCode), code != .success else { Self.exit(withError: error) }
        CommandFailure.report(error, fallback: { fullMessage(for: error) }, usage: code == .validationFailure)
    }
}
