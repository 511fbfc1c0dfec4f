import ArgumentParser
import Basics
import Capture
import Pipeline

struct ExplainCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "explain", abstract: "What a diagnostic means; for capture, the smallest program with it and the smallest change.")

    @Argument(help: "A code such as C104. Default: list all codes.")
    var code: String?

    @OptionGroup var output: OutputOptions

    func run() throws {
        let console = output.console
        guard let code = code?.uppercased() else {
            let all = DiagnosticMeanings.codes.map { ExplanationDocument($0, package: nil) }.compactMap(\.self)
            console.result(output.json ? try JSONDocument.text(all) : all.map { "\($0.code)  \($0.meaning)" }.joined(separator: "\n"))
            return
        }
        guard let document = ExplanationDocument(code, package: .besideExecutable()) else {
            throw DiagnosticList([
                Diagnostic(
                    .usage, "there is no diagnostic \(code)",
                    help: EditDistance.nearest(code, DiagnosticMeanings.codes).map { "did you mean \($0)?" }
                        ?? "`reglaze explain` lists all")
            ])
        }
        if output.json {
            console.result(try JSONDocument.text(document))
        } else {
            document.lines.forEach(console.result)
        }
    }
}
