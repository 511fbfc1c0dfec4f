import Basics

/// The element type of a tensor in the archive's own numbering, which is not that of `c10::ScalarType`.
package enum ScalarType: Int, CaseIterable, Hashable, Sendable {
    case u8 = 1
    case i8, i16, i32, i64, f16, f32, f64, complex32, complex64, complex128, bool, bf16
    case u16 = 28
    case f8e4m3fn, f8e5m2, f8e4m3fnuz, f8e5m2fnuz, f8e8m0fnu, u32, u64

    /// The name used in text forms: `f32`, `f8e4m3fn`.
    package var name: String { String(describing: self) }

    /// The element type of the compiler's graphs, or nil when they have none for it.
    package var elementType: ElementType? { Self.elementTypes[self] }

    private static let elementTypes = Dictionary(
        uniqueKeysWithValues: allCases.compactMap { type in ElementType(name: type.name).map { (type, $0) } })

    package init?(_ type: ElementType) {
        guard let scalarType = Self.allCases.first(where: { $0.name == type.name }) else { return nil }
        self = scalarType
    }

    /// Bytes of one element; a boolean takes one.
    package var sizeBytes: Int {
        switch self {
        case .bool, .u8, .i8, .f8e4m3fn, .f8e5m2, .f8e4m3fnuz, .f8e5m2fnuz, .f8e8m0fnu: 1
        case .i16, .u16, .f16, .bf16: 2
        case .i32, .u32, .f32, .complex32: 4
        case .i64, .u64, .f64, .complex64: 8
        case .complex128: 16
        }
    }
}

/// How a tensor's elements lie in its storage. Only `strided` is supported; the others are named in messages.
package enum Layout: Int, Hashable, Sendable {
    case sparseCOO = 1
    case sparseCSR, sparseCSC, sparseBSR, sparseBSC, mkldnn, strided

    package var name: String { String(describing: self) }
}

/// The memory format that an operator is asked to give its result.
package enum MemoryFormat: Int, Hashable, Sendable {
    case contiguous = 1
    case channelsLast, channelsLast3d, preserve

    package var name: String { String(describing: self) }
}
