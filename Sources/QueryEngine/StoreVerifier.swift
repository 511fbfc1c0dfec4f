import Basics

/// What a verification found. What was damaged is dropped, and computed again when it is needed.
public struct VerificationReport: Sendable, Hashable {
    /// Checksums of records and blobs.
    public var check = StoreCheck()
    /// Records with a right checksum that cannot be read: written by another version, or a fault of ours.
    public var unreadable = 0
    /// Results whose value or blobs are gone.
    public var incomplete = 0

    public var isClean: Bool {
        check.damagedRecords == 0 && check.damagedBlobs == 0 && unreadable == 0 && incomplete == 0
    }
}

/// Looks at everything that a store holds: `cache verify`.
public struct StoreVerifier: Sendable {
    let store: any ResultStore

    public init(store: any ResultStore) { self.store = store }

    /// Compares all checksums, reads all results, and looks for all that they refer to.
    public func verify() -> VerificationReport {
        var report = VerificationReport()
        report.check = store.check()
        var blobs: Set<Fingerprint> = []
        store.scanBlobs { fingerprint, _, _ in
            blobs.insert(fingerprint)
            return true
        }
        var dropped: [StoreWrite] = []
        store.scan(.result, prefix: []) { key, bytes in
            guard let record = ResultRecord(wholly: bytes), Fingerprint(hashing: record.key).storeKey == key else {
                report.unreadable += 1
                dropped.append(.remove(.result, key: key))
                return true
            }
            if !record.traces.allSatisfy({ isComplete($0, blobs) }) { report.incomplete += 1 }
            return true
        }
        store.write(dropped)
        store.flush()
        return report
    }

    private func isComplete(_ trace: Trace, _ blobs: Set<Fingerprint>) -> Bool {
        guard trace.blobs.allSatisfy({ blobs.contains($0.fingerprint) }) else { return false }
        switch trace.placement {
        case .inline: return true
        case .blob(let blob): return blobs.contains(blob.fingerprint)
        case .table:
            guard case .found(let bytes) = store.read(.value, key: trace.outcome.storeKey) else { return false }
            return Fingerprint(hashing: bytes) == trace.outcome
        }
    }
}
