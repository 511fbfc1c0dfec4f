/// The classes and functions that a pickle may name: a closed list with a meaning here. Nothing else is accepted, and nothing is ever called.
enum PickleSymbol: Hashable, Sendable {
    case orderedDictionary
    case size
    /// `(storage, offset, sizes, strides, requires_grad, hooks)`
    case rebuildTensor
    /// `(untyped storage, offset, sizes, strides, requires_grad, hooks, element type)`
    case rebuildTypedTensor
    /// `(element type, sizes, strides, requires_grad)`: a tensor without content
    case rebuildMetaTensor
    /// `(tensor, requires_grad, hooks)`, and in one of its two forms attributes that a tracer left there
    case rebuildParameter
    /// The class of a storage; nil for the one without an element type.
    case storage(ScalarType?)
    case elementType(ScalarType)

    private static let known: [String: PickleSymbol] = {
        var known: [String: PickleSymbol] = [
            "collections.OrderedDict": .orderedDictionary,
            "torch.Size": .size,
            "torch._utils._rebuild_tensor_v2": .rebuildTensor,
            "torch._utils._rebuild_tensor_v3": .rebuildTypedTensor,
            "torch._utils._rebuild_meta_tensor_no_storage": .rebuildMetaTensor,
            "torch._utils._rebuild_parameter": .rebuildParameter,
            "torch._utils._rebuild_parameter_with_state": .rebuildParameter,
            "torch.storage.UntypedStorage": .storage(nil),
        ]
        let storages: [(String, ScalarType)] = [
            ("Double", .f64), ("Float", .f32), ("Half", .f16), ("BFloat16", .bf16), ("Long", .i64), ("Int", .i32), ("Short", .i16),
            ("Char", .i8), ("Byte", .u8), ("Bool", .bool), ("ComplexDouble", .complex128), ("ComplexFloat", .complex64),
        ]
        for (name, type) in storages { known["torch.\(name)Storage"] = .storage(type) }
        let types: [(String, ScalarType)] = [
            ("float64", .f64), ("float32", .f32), ("float16", .f16), ("bfloat16", .bf16), ("int64", .i64), ("int32", .i32),
            ("int16", .i16), ("int8", .i8), ("uint8", .u8), ("uint16", .u16), ("uint32", .u32), ("uint64", .u64), ("bool", .bool),
            ("complex32", .complex32), ("complex64", .complex64), ("complex128", .complex128), ("float8_e4m3fn", .f8e4m3fn),
            ("float8_e5m2", .f8e5m2), ("float8_e4m3fnuz", .f8e4m3fnuz), ("float8_e5m2fnuz", .f8e5m2fnuz), ("float8_e8m0fnu", .f8e8m0fnu),
        ]
        for (name, type) in types { known["torch.\(name)"] = .elementType(type) }
        return known
    }()

    /// The symbol of this qualified name, or nil when it is none of the list.
    init?(qualifiedName: String) {
        guard let symbol = Self.known[qualifiedName] else { return nil }
        self = symbol
    }
}
