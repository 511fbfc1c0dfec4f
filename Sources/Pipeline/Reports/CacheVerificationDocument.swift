import QueryEngine

/// The JSON document `reglaze.cache-verify/1`, and its text.
package struct CacheVerificationDocument: Encodable {
    let schema = "reglaze.cache-verify/1"
    let records: Int, damagedRecords: Int
    let files: Int, damagedFiles: Int
    /// Records with a right checksum that cannot be read.
    let unreadable: Int
    /// Results whose value or files were collected: misses, and no damage.
    let incomplete: Int
    let audit: AuditDocument

    package init(_ report: VerificationReport, _ statistics: Statistics) {
        records = report.check.records
        damagedRecords = report.check.damagedRecords
        files = report.check.blobs
        damagedFiles = report.check.damagedBlobs
        unreadable = report.unreadable
        incomplete = report.incomplete
        audit = AuditDocument(statistics)
    }

    package var isClean: Bool { damagedRecords + damagedFiles + unreadable + audit.disagreements.count == 0 }

    package var lines: [String] {
        var lines = [
            "records    \(records) checked, \(damagedRecords) damaged, \(unreadable) unreadable, \(incomplete) without a value",
            "files      \(files) checked, \(damagedFiles) damaged",
            "results    \(audit.audited) computed again, \(audit.disagreements.count) different",
        ]
        if damagedRecords + damagedFiles + unreadable > 0 { lines.append("what was damaged has been dropped, and is computed again") }
        return lines
    }
}

/// What computing reused results again has shown.
package struct AuditDocument: Encodable {
    struct Disagreement: Encodable {
        let kind: String, label: String, key: String
    }

    let audited: Int
    let disagreements: [Disagreement]

    init(_ statistics: Statistics) {
        audited = statistics.audited
        disagreements = statistics.disagreements.map { Disagreement(kind: $0.kind, label: $0.label, key: $0.key.hex) }
    }
}
