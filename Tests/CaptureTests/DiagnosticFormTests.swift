import Basics
import Pipeline
import Testing

/// One record, several forms.
@Suite struct DiagnosticFormTests {
    private let diagnostic = Diagnostic(
        DiagnosticCode("C104"), "forward depends on a value: 50%", at: SourcePosition(file: "models/a,b.py", line: 84),
        notes: ["in forward"],
        help: "one\ntwo")

    @Test func `SARIF names rule, place and ways out`() throws {
        let text = try SARIFDocument([diagnostic, diagnostic], version: "1").text()
        for part in [
            #""$schema" : "https://json.schemastore.org/sarif-2.1.0.json""#, #""ruleId" : "C104""#, #""startLine" : 84"#,
            #""uri" : "models/a,b.py""#, #""level" : "error""#, #"\none\ntwo""#,
        ] { #expect(text.contains(part), "\(part) in \(text)") }
        #expect(text.split(separator: "shortDescription").count == 2)
    }

    @Test func `An annotation escapes what GitHub would take for its own`() {
        #expect(
            GitHubAnnotation.text(diagnostic)
                == "::error file=models/a%2Cb.py,line=84,title=C104::forward depends on a value: 50%25%0Ain forward%0Aone%0Atwo")
    }
}
