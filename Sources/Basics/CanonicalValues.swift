// Canonical forms of the standard library's values, so that arrays and optionals of them encode alike.

extension Int: CanonicalCodable {
    @inlinable public func encode(into encoder: inout CanonicalEncoder) { encoder.append(self) }
    @inlinable public init(from decoder: inout CanonicalDecoder) throws(CanonicalDecodingError) { self = try decoder.int() }
}

extension UInt64: CanonicalCodable {
    @inlinable public func encode(into encoder: inout CanonicalEncoder) { encoder.append(self) }
    @inlinable public init(from decoder: inout CanonicalDecoder) throws(CanonicalDecodingError) { self = try decoder.uint64() }
}

extension UInt32: CanonicalCodable {
    @inlinable public func encode(into encoder: inout CanonicalEncoder) { encoder.append(self) }
    @inlinable public init(from decoder: inout CanonicalDecoder) throws(CanonicalDecodingError) { self = try decoder.uint32() }
}

extension Bool: CanonicalCodable {
    @inlinable public func encode(into encoder: inout CanonicalEncoder) { encoder.append(self) }
    @inlinable public init(from decoder: inout CanonicalDecoder) throws(CanonicalDecodingError) { self = try decoder.bool() }
}

extension Double: CanonicalCodable {
    @inlinable public func encode(into encoder: inout CanonicalEncoder) { encoder.append(self) }
    @inlinable public init(from decoder: inout CanonicalDecoder) throws(CanonicalDecodingError) { self = try decoder.double() }
}

extension Float: CanonicalCodable {
    @inlinable public func encode(into encoder: inout CanonicalEncoder) { encoder.append(self) }
    @inlinable public init(from decoder: inout CanonicalDecoder) throws(CanonicalDecodingError) { self = try decoder.float() }
}

extension String: CanonicalCodable {
    @inlinable public func encode(into encoder: inout CanonicalEncoder) { encoder.append(self) }
    @inlinable public init(from decoder: inout CanonicalDecoder) throws(CanonicalDecodingError) { self = try decoder.string() }
}
