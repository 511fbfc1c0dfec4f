import Basics

extension EngineHistory {
    /// The canonical arguments of a query by its key, read back as a value that encodes all of them: what was asked for then, without whoever asked.
    /// Nil when the store no longer has the key, when it is of another kind, or when the bytes are of no such value.
    public func arguments<Q: Query, Arguments: CanonicalDecodable>(
        of kind: Q.Type, key: Fingerprint, as type: Arguments.Type
    ) -> Arguments? {
        guard case .found(let bytes) = store.read(.result, key: key.storeKey), let record = try? ResultRecord(bytes: bytes) else {
            return nil
        }
        var decoder = CanonicalDecoder(record.key)
        guard (try? decoder.string()) == Q.kind, let arguments = try? Arguments(from: &decoder), (try? decoder.finish()) != nil else {
            return nil
        }
        return arguments
    }
}
