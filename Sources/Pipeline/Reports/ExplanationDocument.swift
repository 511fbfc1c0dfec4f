import Basics
import Capture

/// What `explain` says about a code: the JSON document `reglaze.explain/1`, and its text.
package struct ExplanationDocument: Encodable {
    let schema = "reglaze.explain/1"
    package let code: String
    package let meaning: String
    let exitCode: Int32
    /// A paragraph on how it comes about.
    let text: String?
    /// The smallest program with the diagnostic, and the same after the smallest change that removes it.
    let before: String?
    let after: String?

    /// Nil for a code that there is not. Examples come from `package`.
    package init?(_ code: String, package: PythonPackage?) {
        guard let meaning = DiagnosticMeanings.meaning(of: code) else { return nil }
        self.code = code
        self.meaning = meaning
        exitCode = DiagnosticCode(code).exitCode
        text = package?.explanation(code, "README")
        before = package?.explanation(code, "before.py")
        after = package?.explanation(code, "after.py")
    }

    package var lines: [String] {
        var lines = ["\(code): \(meaning)"]
        func add(_ title: String?, _ content: String?) {
            guard let content else { return }
            lines.append("")
            if let title { lines += [title, ""] }
            let body = content.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
            lines += (body.last == "" ? Array(body.dropLast()) : body).map { title == nil || $0.isEmpty ? $0 : "    \($0)" }
        }
        add(nil, text)
        add("The smallest program that has it:", before)
        add("The same, after the smallest change:", after)
        return lines
    }
}
