import QueryEngine

/// The JSON document `reglaze.cache-gc/1`, and its text.
package struct CacheCollectionDocument: Encodable {
    let schema = "reglaze.cache-gc/1"
    let bytesBefore: Int
    let bytesFreed: Int
    let recordsRemoved: Int
    let filesRemoved: Int

    package init(_ report: CollectionReport) {
        bytesBefore = report.bytesBefore
        bytesFreed = report.bytesFreed
        recordsRemoved = report.recordsRemoved
        filesRemoved = report.blobsRemoved
    }

    package var lines: [String] {
        guard bytesFreed > 0 else { return ["nothing to remove: \(Format.bytes(bytesBefore)) are kept"] }
        return [
            "removed \(Format.count(recordsRemoved, "record")) and \(Format.count(filesRemoved, "file")): "
                + "\(Format.bytes(bytesFreed)) of \(Format.bytes(bytesBefore))"
        ]
    }
}

/// The JSON document `reglaze.cache-clear/1`, and its text.
package struct CacheClearingDocument: Encodable {
    let schema = "reglaze.cache-clear/1"
    let directory: String?
    let bytesFreed: Int

    package init(directory: String?, bytesFreed: Int) {
        self.directory = directory
        self.bytesFreed = bytesFreed
    }

    package var lines: [String] { ["removed everything: \(Format.bytes(bytesFreed)) from \(directory ?? "memory")"] }
}
