import Basics

extension QueryIdentity {
    func encode(short encoder: inout CanonicalEncoder) {
        encoder.append(key)
        encoder.append(short: kind)
        encoder.append(short: label)
    }

    init(short decoder: inout CanonicalDecoder) throws(CanonicalDecodingError) {
        let key = try Fingerprint(from: &decoder)
        let kind = try decoder.shortString()
        self.init(kind: kind, label: try decoder.shortString(), key: key)
    }
}

extension RoleRecord {
    /// Whether the record's key is this one: it comes first, so that nothing else need be read.
    static func isOf(_ key: Fingerprint, _ bytes: [UInt8]) -> Bool {
        var decoder = CanonicalDecoder(bytes)
        return (try? Fingerprint(from: &decoder)) == key
    }

    var bytes: [UInt8] {
        var encoder = CanonicalEncoder()
        identity.encode(short: &encoder)
        encoder.append(short: ingredients) { $1.encode(short: &$0) }
        return encoder.bytes
    }

    init(bytes: [UInt8]) throws(CanonicalDecodingError) {
        var decoder = CanonicalDecoder(bytes)
        identity = try QueryIdentity(short: &decoder)
        ingredients = try decoder.shortArray(Ingredient.init(short:))
        try decoder.finish()
    }
}

extension GenerationRecord {
    var bytes: [UInt8] {
        var encoder = CanonicalEncoder()
        encoder.append(variable: generation)
        encoder.append(variable: time)
        encoder.append(count: executed)
        encoder.append(short: roots) { encoder, root in
            root.identity.encode(short: &encoder)
            encoder.append(root.outcome)
        }
        return encoder.bytes
    }

    init(bytes: [UInt8]) throws(CanonicalDecodingError) {
        var decoder = CanonicalDecoder(bytes)
        generation = try decoder.variable()
        time = try decoder.variable()
        executed = Int(truncatingIfNeeded: try decoder.variable())
        roots = try decoder.shortArray { decoder throws(CanonicalDecodingError) in
            let identity = try QueryIdentity(short: &decoder)
            return Root(identity: identity, outcome: try Fingerprint(from: &decoder))
        }
        try decoder.finish()
    }
}

extension ExecutedQuery {
    /// Several of them, as one record.
    static func bytes(_ executions: ArraySlice<ExecutedQuery>) -> [UInt8] {
        var encoder = CanonicalEncoder(reservingCapacity: 96 * executions.count)
        encoder.append(count: executions.count)
        for executed in executions { executed.encode(short: &encoder) }
        return encoder.bytes
    }

    static func list(_ bytes: [UInt8]) throws(CanonicalDecodingError) -> [ExecutedQuery] {
        var decoder = CanonicalDecoder(bytes)
        let executions = try decoder.shortArray(ExecutedQuery.init(short:))
        try decoder.finish()
        return executions
    }

    private func encode(short encoder: inout CanonicalEncoder) {
        identity.encode(short: &encoder)
        encoder.append(role)
        encoder.append(cause)
        encoder.append(variable: durationMicroseconds)
        encoder.append(succeeded)
        reason.encode(short: &encoder)
    }

    private init(short decoder: inout CanonicalDecoder) throws(CanonicalDecodingError) {
        identity = try QueryIdentity(short: &decoder)
        role = try decoder.optional(String.self)
        cause = try decoder.optional(String.self)
        durationMicroseconds = try decoder.variable()
        succeeded = try decoder.bool()
        reason = try ExecutionReason(short: &decoder)
    }
}

extension ExecutionReason {
    fileprivate func encode(short encoder: inout CanonicalEncoder) {
        switch self {
        case .neverComputed: encoder.append(0 as UInt8)
        case .ingredientsChanged(let changes):
            encoder.append(1 as UInt8)
            encoder.append(short: changes) { encoder, change in
                encoder.append(short: change.name)
                encoder.append(change.old)
                encoder.append(change.new)
            }
        case .versionChanged(let kind, let old, let new):
            encoder.append(2 as UInt8)
            encoder.append(short: kind)
            encoder.append(old)
            encoder.append(new)
        case .evicted: encoder.append(3 as UInt8)
        case .corrupt: encoder.append(4 as UInt8)
        case .forced: encoder.append(5 as UInt8)
        }
    }

    fileprivate init(short decoder: inout CanonicalDecoder) throws(CanonicalDecodingError) {
        switch try decoder.uint8() {
        case 0: self = .neverComputed
        case 1:
            self = .ingredientsChanged(
                try decoder.shortArray { decoder throws(CanonicalDecodingError) in
                    let name = try decoder.shortString()
                    let old = try decoder.optional(String.self)
                    return IngredientChange(name: name, old: old, new: try decoder.optional(String.self))
                })
        case 2:
            let kind = try decoder.shortString()
            let old = try decoder.uint32()
            self = .versionChanged(kind: kind, old: old, new: try decoder.uint32())
        case 3: self = .evicted
        case 4: self = .corrupt
        case 5: self = .forced
        default: throw .invalid("reason", at: decoder.position - 1)
        }
    }
}
