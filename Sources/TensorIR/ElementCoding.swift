import Basics

/// Reads and writes elements of any type as doubles or as integers: the reference evaluator's one door to bytes.
package enum ElementCoding {
    /// Widens every element of `bytes`.
    package static func doubles(_ bytes: UnsafeRawBufferPointer, as element: ElementType) -> [Double] {
        switch element {
        case .bool, .u8: read(bytes, UInt8.self) { Double($0) }
        case .i8: read(bytes, Int8.self) { Double($0) }
        case .i16: read(bytes, Int16.self) { Double($0) }
        case .i32: read(bytes, Int32.self) { Double($0) }
        case .i64: read(bytes, Int64.self) { Double($0) }
        case .f16: read(bytes, UInt16.self) { Double(NarrowFloat.float(f16: $0)) }
        case .bf16: read(bytes, UInt16.self) { Double(NarrowFloat.float(bf16: $0)) }
        case .f32: read(bytes, UInt32.self) { Double(Float(bitPattern: $0)) }
        case .f64: read(bytes, UInt64.self) { Double(bitPattern: $0) }
        }
    }

    /// Every element of `bytes` as an integer.
    package static func ints(_ bytes: UnsafeRawBufferPointer, as element: ElementType) -> [Int] {
        switch element {
        case .i64: read(bytes, Int64.self) { Int($0) }
        case .i32: read(bytes, Int32.self) { Int($0) }
        default: doubles(bytes, as: element).map { Int(exactly: $0.rounded(.towardZero)) ?? ($0 > 0 ? .max : $0 < 0 ? .min : 0) }
        }
    }

    /// Rounds each value once, to nearest even, and writes it. Integers wrap as PyTorch's casts do; booleans are "not zero".
    package static func store(_ values: [Double], as element: ElementType, into buffer: UnsafeMutableRawBufferPointer) {
        switch element {
        case .f16: write(values, buffer) { Float16($0).bitPattern }
        case .bf16: write(values, buffer) { NarrowFloat.bf16(Float($0)) }
        case .f32: write(values, buffer) { Float($0).bitPattern }
        case .f64: write(values, buffer) { $0.bitPattern }
        case .bool: write(values, buffer) { $0 != 0 ? 1 as UInt8 : 0 }
        default:
            store(values.map { Int(exactly: $0.rounded(.towardZero)) ?? ($0 > 0 ? .max : $0 < 0 ? .min : 0) }, as: element, into: buffer)
        }
    }

    /// Writes integers; those that do not fit wrap.
    package static func store(_ values: [Int], as element: ElementType, into buffer: UnsafeMutableRawBufferPointer) {
        switch element {
        case .bool: write(values, buffer) { $0 != 0 ? 1 as UInt8 : 0 }
        case .u8: write(values, buffer) { UInt8(truncatingIfNeeded: $0) }
        case .i8: write(values, buffer) { Int8(truncatingIfNeeded: $0) }
        case .i16: write(values, buffer) { Int16(truncatingIfNeeded: $0) }
        case .i32: write(values, buffer) { Int32(truncatingIfNeeded: $0) }
        case .i64: write(values, buffer) { Int64($0) }
        default: store(values.map(Double.init), as: element, into: buffer)
        }
    }

    private static func read<Word, Result>(
        _ bytes: UnsafeRawBufferPointer, _ word: Word.Type, _ convert: (Word) -> Result
    ) -> [Result] {
        let size = MemoryLayout<Word>.size
        let count = bytes.count / size
        return [Result](unsafeUninitializedCapacity: count) { buffer, initialised in
            for index in 0..<count {
                buffer.initializeElement(at: index, to: convert(bytes.loadUnaligned(fromByteOffset: index * size, as: Word.self)))
            }
            initialised = count
        }
    }

    private static func write<Value, Word>(
        _ values: [Value], _ buffer: UnsafeMutableRawBufferPointer, _ convert: (Value) -> Word
    ) {
        let size = MemoryLayout<Word>.size
        for (index, value) in values.enumerated() {
            buffer.storeBytes(of: convert(value), toByteOffset: index * size, as: Word.self)
        }
    }
}
