import ArgumentParser
import Basics
import Pipeline

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
        StandardStreams.prepare()
        LostPages.tolerate()
        do {
            var command = try parsed(EngineSwitches.completed(arguments()))
            guard let asynchronous = command as? any AsyncParsableCommand else {
                try command.run()
                return try StandardStreams.check()
            }
            try StandardStreams.requireOthers()
            runToExit {
                var running = asynchronous
                do {
                    try await running.run()
                    try StandardStreams.check()
                } catch { end(error) }
                return 0
            }
        } catch {
            end(error)
        }
    }

    /// What follows the command's name. A static executable learns of it from `/proc`; without that it would take itself for one that was asked for nothing.
    private static func arguments() throws(Diagnostic) -> [String] {
        guard !CommandLine.arguments.isEmpty else {
            throw Diagnostic(
                .noArguments, "the command's arguments cannot be read: there is no /proc", help: "mount it: mount -t proc proc /proc")
        }
        return Array(CommandLine.arguments.dropFirst())
    }

    /// The command that the arguments name. A command that is named first is parsed alone: parsing from the root describes all commands
    /// and their options first, which takes longer than a build in which nothing changed. What is not a valid call of it (help, a mistake)
    /// is parsed from the root, so that its text is the same.
    private static func parsed(_ arguments: [String]) throws -> any ParsableCommand {
        if let named = configuration.subcommands.first(where: { $0.configuration.commandName == arguments.first }),
            named.configuration.subcommands.isEmpty, let command = try? named.parse(Array(arguments.dropFirst()))
        {
            return command
        }
        return try parseAsRoot(arguments)
    }

    /// Exit codes are the contract's: what ArgumentParser calls a validation failure is a usage error, 2.
    private static func end(_ error: any Error) -> Never {
        let code = exitCode(for: error)
        guard !(error is ExitCode), code != .success else { Self.exit(withError: error) }
        CommandFailure.report(error, fallback: { fullMessage(for: error) }, usage: code == .validationFailure)
    }
}
