import Basics
import Testing

@Suite struct PrintableTests {
    @Test(arguments: [
        ("stem.conv", "stem.conv"), ("größe_1 → 网络", "größe_1 → 网络"), ("", ""), ("a\u{1B}[31mb\u{7}", "a\\u001b[31mb\\u0007"),
        ("a\nb\tc", "a\\u000ab\\u0009c"), ("a\r\nb", "a\\u000d\\u000ab"), ("\u{9B}2J\u{7F}", "\\u009b2J\\u007f"),
        ("x\u{202E}y\u{2066}z\u{2028}", "x\\u202ey\\u2066z\u{2028}"),
    ])
    func `What acts on a terminal is written out`(text: String, shown: String) {
        #expect(text.escapingControls() == shown)
    }

    @Test func `Line breaks stay where a text is made of lines`() {
        #expect("a\n\tb\u{1B}c\r\n".escapingControls(keepingLines: true) == "a\n\tb\\u001bc\\u000d\n")
    }

    @Test func `No line of a diagnostic can be taken for another one`() {
        let diagnostic = Diagnostic(DiagnosticCode("I020"), "x\r\nerror[S001]: y", notes: ["one\n::error::two"], help: "do\nthis")
        #expect(
            diagnostic.description == """
                error[I020]: x\r
                         | error[S001]: y
                   = note: one
                         | ::error::two
                   = help: do
                         | this
                """)
    }
}
