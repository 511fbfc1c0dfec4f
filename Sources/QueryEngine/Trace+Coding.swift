import Basics

extension Trace {
    func encode(into encoder: inout CanonicalEncoder) {
        Self.encodeInputs(version, codes, facts, dependencies, into: &encoder)
        outcome.encode(into: &encoder)
        switch placement {
        case .inline(let bytes):
            encoder.append(0 as UInt8)
            encoder.append(short: bytes)
        case .table(let count):
            encoder.append(1 as UInt8)
            encoder.append(count: count)
        case .blob(let blob):
            encoder.append(2 as UInt8)
            encoder.append(blob)
        }
        encoder.append(failure != nil)
        if let failure { encoder.append(short: failure.diagnostics) { $0.append($1) } }
        encoder.append(short: reported) { $0.append($1) }
        encoder.append(short: blobs) { $0.append($1) }
        encoder.append(variable: durationMicroseconds)
    }

    convenience init(from decoder: inout CanonicalDecoder, inputs: Fingerprint) throws(CanonicalDecodingError) {
        let version = UInt32(truncatingIfNeeded: try decoder.variable())
        let codes = try decoder.shortArray(KindVersion.init(short:))
        let facts = try decoder.shortArray(Ingredient.init(short:))
        let dependencies = try EncodedList<Dependency>(short: &decoder)
        let outcome = try Fingerprint(from: &decoder)
        let placement = try Placement(from: &decoder)
        let failed = try decoder.bool()
        let failure = failed ? DiagnosticList(try decoder.shortArray(Diagnostic.init(from:))) : nil
        self.init(
            inputs: inputs, version: version, codes: codes, facts: facts, dependencies: dependencies, outcome: outcome,
            placement: placement, failure: failure, reported: try decoder.shortArray(Diagnostic.init(from:)),
            blobs: try decoder.shortArray(Blob.init(from:)), durationMicroseconds: try decoder.variable())
    }

    static func encodeInputs(
        _ version: UInt32, _ codes: [KindVersion], _ facts: [Ingredient], _ dependencies: EncodedList<Dependency>,
        into encoder: inout CanonicalEncoder
    ) {
        encoder.append(variable: UInt64(version))
        encoder.append(short: codes) { $1.encode(short: &$0) }
        encoder.append(short: facts) { $1.encode(short: &$0) }
        dependencies.encode(short: &encoder)
    }
}

extension Trace.Placement {
    fileprivate init(from decoder: inout CanonicalDecoder) throws(CanonicalDecodingError) {
        switch try decoder.uint8() {
        case 0: self = .inline(try decoder.shortBytes())
        case 1: self = .table(count: Int(truncatingIfNeeded: try decoder.variable()))
        case 2: self = .blob(try Blob(from: &decoder))
        default: throw .invalid("placement", at: decoder.position - 1)
        }
    }
}

extension KindVersion: ShortCodable {
    func encode(short encoder: inout CanonicalEncoder) {
        encoder.append(short: kind)
        encoder.append(variable: UInt64(version))
    }

    init(short decoder: inout CanonicalDecoder) throws(CanonicalDecodingError) {
        kind = try decoder.shortString()
        version = UInt32(truncatingIfNeeded: try decoder.variable())
    }
}

extension Ingredient: ShortCodable {
    func encode(short encoder: inout CanonicalEncoder) {
        encoder.append(short: name)
        value.fingerprint.encode(into: &encoder)
        encoder.append(short: value.text)
    }

    init(short decoder: inout CanonicalDecoder) throws(CanonicalDecodingError) {
        let name = try decoder.shortString()
        let fingerprint = try Fingerprint(from: &decoder)
        self.init(name, fingerprint: fingerprint, text: try decoder.shortString())
    }
}

extension Leaf: ShortCodable {
    func encode(short encoder: inout CanonicalEncoder) {
        encoder.append(kind.rawValue)
        encoder.append(short: name)
    }

    init(short decoder: inout CanonicalDecoder) throws(CanonicalDecodingError) {
        guard let kind = Kind(rawValue: try decoder.uint8()) else { throw .invalid("input", at: decoder.position - 1) }
        self.init(kind: kind, name: try decoder.shortString())
    }
}

extension Dependency: ShortCodable {
    func encode(short encoder: inout CanonicalEncoder) {
        switch self {
        case .leaf(let leaf, let state, let text):
            leaf.encode(short: &encoder)
            encoder.append(state != nil)
            state?.encode(into: &encoder)
            encoder.append(short: text)
        case .query(let key, let answer, let label):
            encoder.append(0 as UInt8)
            key.encode(into: &encoder)
            answer.encode(into: &encoder)
            encoder.append(short: label)
        }
    }

    init(short decoder: inout CanonicalDecoder) throws(CanonicalDecodingError) {
        let tag = try decoder.uint8()
        guard tag != 0 else {
            let key = try Fingerprint(from: &decoder)
            let answer = try Fingerprint(from: &decoder)
            self = .query(key: key, answer: answer, label: try decoder.shortString())
            return
        }
        guard let kind = Leaf.Kind(rawValue: tag) else { throw .invalid("dependency", at: decoder.position - 1) }
        let leaf = Leaf(kind: kind, name: try decoder.shortString())
        let state = try decoder.bool() ? try Fingerprint(from: &decoder) : nil
        self = .leaf(leaf, state, text: try decoder.shortString())
    }
}
