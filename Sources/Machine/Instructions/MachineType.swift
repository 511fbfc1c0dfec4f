import Basics

/// The element types the machine computes with. A boolean tensor is u8 of 0 and 1; i64 and f64 stay on the host.
package enum MachineType: UInt8, FieldChoice {
    package static let fieldBits = 3
    case i8, u8, i16, i32, f16, bf16, f32

    package var sizeBytes: Int {
        switch self {
        case .i8, .u8: 1
        case .i16, .f16, .bf16: 2
        case .i32, .f32: 4
        }
    }

    package var isFloatingPoint: Bool {
        switch self {
        case .f16, .bf16, .f32: true
        case .i8, .u8, .i16, .i32: false
        }
    }

    package var elementType: ElementType {
        switch self {
        case .i8: .i8
        case .u8: .u8
        case .i16: .i16
        case .i32: .i32
        case .f16: .f16
        case .bf16: .bf16
        case .f32: .f32
        }
    }

    /// nil for i64 and f64, which no unit of the machine computes with.
    package init?(_ type: ElementType) {
        switch type {
        case .bool, .u8: self = .u8
        case .i8: self = .i8
        case .i16: self = .i16
        case .i32: self = .i32
        case .f16: self = .f16
        case .bf16: self = .bf16
        case .f32: self = .f32
        case .i64, .f64: return nil
        }
    }
}
