/// Every key word of the format: one spelling each, found by its bytes without making a string.
package enum Field: String, CaseIterable, Hashable, Sendable {
    // the program
    case graphModule = "graph_module"
    case opsetVersion = "opset_version"
    case rangeConstraints = "range_constraints"
    case schemaVersion = "schema_version"
    case torchVersion = "torch_version"
    case guardsCode = "guards_code"
    case major, minor
    case minVal = "min_val"
    case maxVal = "max_val"
    case graph, signature
    case moduleCallGraph = "module_call_graph"
    case treespecNamedtupleFields = "treespec_namedtuple_fields"
    // a graph and its nodes
    case inputs, outputs, nodes
    case tensorValues = "tensor_values"
    case symIntValues = "sym_int_values"
    case symBoolValues = "sym_bool_values"
    case symFloatValues = "sym_float_values"
    case customObjValues = "custom_obj_values"
    case isSingleTensorReturn = "is_single_tensor_return"
    case target, metadata, name, arg, kind
    case isHopSingleTensorReturn = "is_hop_single_tensor_return"
    case stackTrace = "stack_trace"
    case nnModuleStack = "nn_module_stack"
    // a tensor's type
    case dtype, sizes, strides, device, layout, type, index
    case requiresGrad = "requires_grad"
    case storageOffset = "storage_offset"
    case exprStr = "expr_str"
    case hint
    // the kinds of an argument
    case asNone = "as_none"
    case asTensor = "as_tensor"
    case asTensors = "as_tensors"
    case asNestedTensors = "as_nested_tensors"
    case asOptionalTensor = "as_optional_tensor"
    case asOptionalTensors = "as_optional_tensors"
    case asInt = "as_int"
    case asInts = "as_ints"
    case asIntLists = "as_int_lists"
    case asFloat = "as_float"
    case asFloats = "as_floats"
    case asFloatLists = "as_float_lists"
    case asBool = "as_bool"
    case asBools = "as_bools"
    case asString = "as_string"
    case asStrings = "as_strings"
    case asComplex = "as_complex"
    case real, imag
    case asScalarType = "as_scalar_type"
    case asMemoryFormat = "as_memory_format"
    case asLayout = "as_layout"
    case asDevice = "as_device"
    case asName = "as_name"
    case asExpr = "as_expr"
    case asSymInt = "as_sym_int"
    case asSymInts = "as_sym_ints"
    case asSymFloat = "as_sym_float"
    case asSymFloats = "as_sym_floats"
    case asSymBool = "as_sym_bool"
    case asSymBools = "as_sym_bools"
    case asGraph = "as_graph"
    case asCustomObj = "as_custom_obj"
    case asOperator = "as_operator"
    case asStringToArgument = "as_string_to_argument"
    case classFqn = "class_fqn"
    // the signature
    case inputSpecs = "input_specs"
    case outputSpecs = "output_specs"
    case userInput = "user_input"
    case parameter, buffer, token, value, persistent
    case tensorConstant = "tensor_constant"
    case customObj = "custom_obj"
    case constantInput = "constant_input"
    case parameterName = "parameter_name"
    case bufferName = "buffer_name"
    case tensorConstantName = "tensor_constant_name"
    case customObjName = "custom_obj_name"
    case userInputName = "user_input_name"
    case userOutput = "user_output"
    case lossOutput = "loss_output"
    case bufferMutation = "buffer_mutation"
    case parameterMutation = "parameter_mutation"
    case userInputMutation = "user_input_mutation"
    case gradientToParameter = "gradient_to_parameter"
    case gradientToUserInput = "gradient_to_user_input"
    // the calling convention
    case fqn, context
    case inSpec = "in_spec"
    case outSpec = "out_spec"
    case forwardArgNames = "forward_arg_names"
    case childrenSpec = "children_spec"
    // payload tables and tensor files
    case config
    case pathName = "path_name"
    case isParam = "is_param"
    case usePickle = "use_pickle"
    case tensorMeta = "tensor_meta"
    case shape
    case dataOffsets = "data_offsets"
}

/// Finds a key word by its bytes: an open-addressing table over a hash of the length and of the first and last bytes.
struct FieldTable {
    static let shared = FieldTable()

    private static let slotCount = 512
    private let slots: [UInt8]
    private let spellings: [[UInt8]]
    private let fields: [Field]

    private init() {
        fields = Field.allCases
        spellings = fields.map { Array($0.rawValue.utf8) }
        var slots = [UInt8](repeating: .max, count: Self.slotCount)
        for (index, spelling) in spellings.enumerated() {
            let middle = spelling[spelling.count / 2]
            var slot = Self.slot(count: spelling.count, first: spelling[0], middle: middle, last: spelling[spelling.count - 1])
            while slots[slot] != .max { slot = (slot + 1) % Self.slotCount }
            slots[slot] = UInt8(index)
        }
        self.slots = slots
    }

    /// The key word spelled by `range` of `bytes`, or nil. `range` must not be empty and lie inside.
    @inline(__always)
    func field(_ bytes: CheckedBytes, _ range: Range<Int>) -> Field? {
        let middle = bytes.byte(at: range.lowerBound + range.count / 2)
        var slot = Self.slot(
            count: range.count, first: bytes.byte(at: range.lowerBound), middle: middle,
            last: bytes.byte(at: range.upperBound - 1))
        while slots[slot] != .max {
            let index = Int(slots[slot])
            if bytes.equal(range, spellings[index]) { return fields[index] }
            slot = (slot + 1) % Self.slotCount
        }
        return nil
    }

    private static func slot(count: Int, first: UInt8, middle: UInt8, last: UInt8) -> Int {
        (count &* 31 &+ Int(first) &* 7 &+ Int(middle) &* 131 &+ Int(last) &* 17) % slotCount
    }
}
