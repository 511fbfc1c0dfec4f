extension Program {
    /// An argument or a result of a node: one case for each kind that the schema knows.
    package enum Argument: Hashable, Sendable {
        case none
        case tensor(String)
        case tensors([String])
        case nestedTensors([[String]])
        case optionalTensor(String?)
        case optionalTensors([String?])
        case integer(Int)
        case integers([Int])
        case integerLists([[Int]])
        case float(Double)
        case floats([Double])
        case floatLists([[Double]])
        case boolean(Bool)
        case booleans([Bool])
        case string(String)
        case strings([String])
        case complex(real: Double, imaginary: Double)
        case scalarType(ScalarType)
        case memoryFormat(MemoryFormat)
        case layout(Layout)
        case device(Device)
        case symbolicInteger(Operand<Int>)
        case symbolicIntegers([Operand<Int>])
        case symbolicFloat(Operand<Double>)
        case symbolicFloats([Operand<Double>])
        case symbolicBoolean(Operand<Bool>)
        case symbolicBooleans([Operand<Bool>])
        case customObject(name: String, className: String)
        case `operator`(String)
        case dictionary([NamedArgument])
        indirect case graph(name: String, Graph)
    }

    /// A number that is either written down or computed by another node.
    package enum Operand<Value: Hashable & Sendable>: Hashable, Sendable {
        case name(String)
        case value(Value)

        /// The name of the value that is used, or nil.
        package var name: String? {
            if case .name(let name) = self { name } else { nil }
        }
    }

    /// Where a tensor was at capture; programs are compiled for another device, so that it seldom matters.
    package struct Device: Hashable, Sendable {
        package var type: String
        package var index: Int?

        package init(type: String, index: Int? = nil) {
            self.type = type
            self.index = index
        }
    }
}

extension Program.Argument {
    /// The names of the values that the argument uses (or, in a result, defines), in order. Sub-graphs have their own scope.
    package var names: [String] {
        switch self {
        case .tensor(let name): [name]
        case .tensors(let names): names
        case .nestedTensors(let lists): lists.flatMap(\.self)
        case .optionalTensor(let name): name.map { [$0] } ?? []
        case .optionalTensors(let names): names.compactMap(\.self)
        case .symbolicInteger(let operand): operand.name.map { [$0] } ?? []
        case .symbolicIntegers(let operands): operands.compactMap(\.name)
        case .symbolicFloat(let operand): operand.name.map { [$0] } ?? []
        case .symbolicFloats(let operands): operands.compactMap(\.name)
        case .symbolicBoolean(let operand): operand.name.map { [$0] } ?? []
        case .symbolicBooleans(let operands): operands.compactMap(\.name)
        case .customObject(let name, _): [name]
        case .dictionary(let entries): entries.flatMap(\.value.names)
        default: []
        }
    }

    /// The names of the tensors among `names`.
    package var tensorNames: [String] {
        switch self {
        case .tensor, .tensors, .nestedTensors, .optionalTensor, .optionalTensors: names
        case .dictionary(let entries): entries.flatMap(\.value.tensorNames)
        default: []
        }
    }
}
