/// The element type of a tensor, of a tile or of a machine operand.
public enum ElementType: UInt8, CaseIterable, Hashable, Sendable {
    case bool, u8, i8, i16, i32, i64, f16, bf16, f32, f64

    /// Bytes of one element; a boolean takes one.
    public var sizeBytes: Int {
        switch self {
        case .bool, .u8, .i8: 1
        case .i16, .f16, .bf16: 2
        case .i32, .f32: 4
        case .i64, .f64: 8
        }
    }

    public var isFloatingPoint: Bool {
        switch self {
        case .f16, .bf16, .f32, .f64: true
        default: false
        }
    }

    public var isInteger: Bool { !isFloatingPoint && self != .bool }

    /// The name used in every text form: `f32`, `bf16`, `i8`.
    public var name: String { Self.names[Int(rawValue)] }

    public init?(name: some StringProtocol) {
        guard let type = Self.byName[String(name)] else { return nil }
        self = type
    }

    private static let names = allCases.map { String(describing: $0) }
    private static let byName = Dictionary(uniqueKeysWithValues: allCases.map { ($0.name, $0) })
}

extension ElementType: CanonicalCodable {
    public func encode(into encoder: inout CanonicalEncoder) { encoder.append(rawValue) }

    public init(from decoder: inout CanonicalDecoder) throws(CanonicalDecodingError) {
        guard let type = ElementType(rawValue: try decoder.uint8()) else {
            throw .invalid("element type", at: decoder.position - 1)
        }
        self = type
    }
}
