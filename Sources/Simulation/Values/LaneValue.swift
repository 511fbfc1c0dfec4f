import Basics
import Machine

/// Single elements: widening to the type the units compute in, and conversion back.
enum LaneValue {
    /// An element as f32: floats exactly, integers rounded to nearest even.
    @inline(__always)
    static func float(at address: UnsafeMutableRawPointer, _ type: MachineType) -> Float {
        switch type {
        case .f32: address.load(as: Float.self)
        case .bf16: NarrowFloat.float(bf16: address.load(as: UInt16.self))
        case .f16: NarrowFloat.float(f16: address.load(as: UInt16.self))
        case .i8, .u8, .i16, .i32: Float(integer(at: address, type))
        }
    }

    /// An integer element as i32. Never called for floats.
    @inline(__always)
    static func integer(at address: UnsafeMutableRawPointer, _ type: MachineType) -> Int32 {
        switch type {
        case .i8: Int32(address.load(as: Int8.self))
        case .u8: Int32(address.load(as: UInt8.self))
        case .i16: Int32(address.load(as: Int16.self))
        case .i32, .f16, .bf16, .f32: address.load(as: Int32.self)
        }
    }

    /// An element widened to 32 bits: f32 for float types, i32 for integers.
    static func word(at address: UnsafeMutableRawPointer, _ type: MachineType) -> UInt32 {
        type.isFloatingPoint ? float(at: address, type).bitPattern : UInt32(bitPattern: integer(at: address, type))
    }

    /// Stores an f32 as the type: narrower floats to nearest even, integers truncated and saturated, NaN as the quiet NaN or 0.
    @inline(__always)
    static func store(_ value: Float, at address: UnsafeMutableRawPointer, _ type: MachineType) {
        switch type {
        case .f32: address.storeBytes(of: canonical(value), as: Float.self)
        case .bf16: address.storeBytes(of: NarrowFloat.bf16(value), as: UInt16.self)
        case .f16: address.storeBytes(of: NarrowFloat.f16(value), as: UInt16.self)
        case .i8, .u8, .i16, .i32: store(truncated(value), at: address, type)
        }
    }

    /// Stores an i32 as the type: narrower integers saturate, floats round to nearest even (f32 first).
    @inline(__always)
    static func store(_ value: Int32, at address: UnsafeMutableRawPointer, _ type: MachineType) {
        switch type {
        case .i8: address.storeBytes(of: Int8(clamping: value), as: Int8.self)
        case .u8: address.storeBytes(of: UInt8(clamping: value), as: UInt8.self)
        case .i16: address.storeBytes(of: Int16(clamping: value), as: Int16.self)
        case .i32: address.storeBytes(of: value, as: Int32.self)
        case .f16, .bf16, .f32: store(Float(value), at: address, type)
        }
    }

    /// The value, every NaN turned into the one quiet NaN.
    @inline(__always)
    static func canonical(_ value: Float) -> Float { value == value ? value : Float(bitPattern: 0x7FC0_0000) }

    /// Toward zero, saturating; NaN gives 0.
    @inline(__always)
    static func truncated(_ value: Float) -> Int32 {
        if value != value { return 0 }
        if value >= 0x1p31 { return .max }
        if value <= -0x1p31 { return .min }
        return Int32(value)
    }

    /// `left` when it is greater or a NaN, else `right`: a NaN in either comes through.
    @inline(__always)
    static func maximum(_ left: Float, _ right: Float) -> Float { left > right || left != left ? left : right }

    @inline(__always)
    static func minimum(_ left: Float, _ right: Float) -> Float { left < right || left != left ? left : right }
}
