/// The JSON document `reglaze.doctor/1`.
package struct DoctorDocument: Encodable {
    package enum Verdict: String, Encodable, Sendable {
        case ok, note, fail
    }

    package struct Finding: Encodable, Sendable {
        package let verdict: Verdict
        package let text: String
        package let remedy: String?

        package init(_ verdict: Verdict, _ text: String, _ remedy: String?) {
            self.verdict = verdict
            self.text = text
            self.remedy = remedy
        }
    }

    let schema = "reglaze.doctor/1"
    let findings: [Finding]

    package init(_ findings: [Finding]) { self.findings = findings }
}
