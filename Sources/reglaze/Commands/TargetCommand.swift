import ArgumentParser
import Basics
import Machine
import Pipeline

struct TargetCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "target", abstract: "The machines that models are compiled for.", subcommands: [List.self, Show.self, New.self])

    struct List: ParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Built-in targets and the workspace's own.")

        @Option(name: .shortAndLong, help: "The directory that holds reglaze.toml.")
        var workspace: String?
        @OptionGroup var output: OutputOptions

        func run() throws {
            let targets = TargetReader(try Workspace.open(directory: workspace)).all()
            if output.json {
                output.console.result(try JSONDocument.text(TargetListDocument(targets)))
            } else {
                for target in targets {
                    output.console.result("\(target.name)\(String(repeating: " ", count: max(1, 12 - target.name.count)))\(target.summary)")
                }
            }
        }
    }

    struct Show: ParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Every fact of a target, with its unit and its source.")

        @Argument(help: "The target's name.")
        var target: String
        @Flag(name: .long, help: "Print the instruction set's reference page instead.")
        var isa = false
        @Option(name: .shortAndLong, help: "The directory that holds reglaze.toml.")
        var workspace: String?
        @OptionGroup var output: OutputOptions

        func run() throws {
            let description = try TargetReader(try Workspace.open(directory: workspace)).target(named: target)
            if isa {
                let document = InstructionSetDocument()
                try output.print(document, document.lines)
            } else {
                try output.print(TargetDocument(description), [description.toml])
            }
        }
    }

    struct New: ParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Write targets/NAME.toml to edit, from a built-in target.")

        @Argument(help: "The new target's name.")
        var name: String
        @Option(name: .long, help: "The built-in target to start from.")
        var from: String
        @Option(name: .shortAndLong, help: "The directory that holds reglaze.toml.")
        var workspace: String?
        @OptionGroup var output: OutputOptions

        func run() throws {
            let place = try Workspace.open(directory: workspace)
            let base = try TargetReader.preset(named: from)
            guard FilePath.isName(name) else {
                throw Diagnostic(.usage, "`\(name)` cannot be a target's name", help: "use letters, digits, `-` and `_`")
            }
            let relative = "targets/\(name).toml"
            let file = place.path(relative)
            if FilePath.exists(file) || TargetDescription.preset(named: name) != nil {
                throw Diagnostic(.usage, "there is a target `\(name)` already")
            }
            try FilePath.makeDirectory(FilePath.directory(file))
            try FilePath.write(Array("from = \"\(from)\"\n\(base.toml)".utf8), to: file)
            let document = NewTargetDocument(file: relative)
            try output.print(document, document.lines)
        }
    }
}
