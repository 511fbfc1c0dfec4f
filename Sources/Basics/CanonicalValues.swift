// Canonical forms of the standard library's values, so that arrays and optionals of them encode alike.

extension Int: CanonicalCodable {
    public func encode(into encoder: inout CanonicalEncoder) { encoder.append(self) }
    public init(from decoder: inout CanonicalDecoder) throws(CanonicalDecodingError) { self = try decoder.int() }
}

extension UInt64: CanonicalCodable {
    public func encode(into encoder: inout CanonicalEncoder) { encoder.append(self) }
    public init(from decoder: inout CanonicalDecoder) throws(CanonicalDecodingError) { self = try decoder.uint64() }
}

extension UInt32: CanonicalCodable {
    public func encode(into encoder: inout CanonicalEncoder) { encoder.append(self) }
    public init(from decoder: inout CanonicalDecoder) throws(CanonicalDecodingError) { self = try decoder.uint32() }
}

extension Bool: CanonicalCodable {
    public func encode(into encoder: inout CanonicalEncoder) { encoder.append(self) }
    public init(from decoder: inout CanonicalDecoder) throws(CanonicalDecodingError) { self = try decoder.bool() }
}

extension Double: CanonicalCodable {
    public func encode(into encoder: inout CanonicalEncoder) { encoder.append(self) }
    public init(from decoder: inout CanonicalDecoder) throws(CanonicalDecodingError) { self = try decoder.double() }
}

extension Float: CanonicalCodable {
    public func encode(into encoder: inout CanonicalEncoder) { encoder.append(self) }
    public init(from decoder: inout CanonicalDecoder) throws(CanonicalDecodingError) { self = try decoder.float() }
}

extension String: CanonicalCodable {
    public func encode(into encoder: inout CanonicalEncoder) { encoder.append(self) }
    public init(from decoder: inout CanonicalDecoder) throws(CanonicalDecodingError) { self = try decoder.string() }
}
