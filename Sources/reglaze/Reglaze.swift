import ArgumentParser

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

    /// Exit codes are the contract's: what ArgumentParser calls a validation failure is a usage error, 2.
    static func main() async {
        do {
            var command = try parseAsRoot(EngineSwitches.completed(Array(CommandLine.arguments.dropFirst())))
            if var command = command as? any AsyncParsableCommand {
                try await command.run()
            } else {
                try command.run()
            }
        } catch let exit as ExitCode {
            Self.exit(withError: exit)
        } catch {
            let code = exitCode(for: error)
            guard code != .success else { Self.exit(withError: error) }
            CommandFailure.report(error, fallback: { fullMessage(for: error) }, usage: code == .validationFailure)
        }
    }
}
