import ArgumentParser
import Pipeline

struct OperatorCommand: ParsableCommand {
    static let configuration = CommandConfiguration(commandName: "op", abstract: "The operators.", subcommands: [List.self])

    struct List: ParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Operators: captured as, runs on.")

        @Flag(name: .long, help: "Print a markdown table.")
        var markdown = false
        @OptionGroup var output: OutputOptions

        func run() throws {
            let document = OperatorListDocument()
            if output.json {
                output.console.result(try JSONDocument.text(document))
            } else if markdown {
                output.console.result(document.markdown)
            } else {
                document.lines.forEach(output.console.result)
            }
        }
    }
}
