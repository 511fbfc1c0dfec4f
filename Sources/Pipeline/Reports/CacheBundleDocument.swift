import QueryEngine

/// The JSON document `reglaze.cache-bundle/1`, and its text: what an export or an import did.
package struct CacheBundleDocument: Encodable {
    let schema = "reglaze.cache-bundle/1"
    let action: String
    let file: String
    let records: Int
    let files: Int
    /// Entries that were there already.
    let known: Int
    let damaged: Int
    let bytes: Int

    package init(_ report: StoreBundle.Report, _ action: String, file: String) {
        self.action = action
        self.file = file
        records = report.records
        files = report.blobs
        known = report.known
        damaged = report.damaged
        bytes = report.bytes
    }

    package var lines: [String] {
        let rest = [(known, "known already"), (damaged, "damaged")].filter { $0.0 > 0 }.map { ", \($0.0) \($0.1)" }.joined()
        return ["\(action) \(Format.count(records, "record")) and \(Format.count(files, "file")), \(Format.bytes(bytes))\(rest)"]
    }
}
