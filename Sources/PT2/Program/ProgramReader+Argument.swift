extension ProgramReader {
    /// An argument: a one-key object whose key is its kind.
    mutating func argument() throws(JSONError) -> Program.Argument {
        let start = json.position
        let kind = try json.beginUnion("argument")
        var value = try tensorArgument(kind)
        if value == nil { value = try numberArgument(kind) }
        if value == nil { value = try symbolArgument(kind) }
        if value == nil { value = try otherArgument(kind) }
        guard let value else { throw json.failure(.unknownKind(kind.rawValue, of: "argument"), at: start) }
        try json.endUnion("argument")
        return value
    }

    private mutating func tensorArgument(_ kind: Field) throws(JSONError) -> Program.Argument? {
        switch kind {
        case .asTensor: return .tensor(try named())
        case .asTensors: return .tensors(try list { (reader) throws(JSONError) in try reader.named() })
        case .asNestedTensors:
            return .nestedTensors(
                try list { (reader) throws(JSONError) in
                    try reader.list { (reader) throws(JSONError) in try reader.named() }
                })
        case .asOptionalTensor: return .optionalTensor(try optionalTensor())
        case .asOptionalTensors:
            return .optionalTensors(try list { (reader) throws(JSONError) in try reader.optionalTensor() })
        default: return nil
        }
    }

    private mutating func numberArgument(_ kind: Field) throws(JSONError) -> Program.Argument? {
        switch kind {
        case .asInt: return .integer(try json.integer())
        case .asInts: return .integers(try json.list { (json) throws(JSONError) in try json.integer() })
        case .asIntLists:
            return .integerLists(
                try json.list { (json) throws(JSONError) in
                    try json.list { (json) throws(JSONError) in try json.integer() }
                })
        case .asFloat: return .float(try json.double())
        case .asFloats: return .floats(try json.list { (json) throws(JSONError) in try json.double() })
        case .asFloatLists:
            return .floatLists(
                try json.list { (json) throws(JSONError) in
                    try json.list { (json) throws(JSONError) in try json.double() }
                })
        case .asBool: return .boolean(try json.boolean())
        case .asBools: return .booleans(try json.list { (json) throws(JSONError) in try json.boolean() })
        case .asComplex: return try complex()
        default: return nil
        }
    }

    private mutating func symbolArgument(_ kind: Field) throws(JSONError) -> Program.Argument? {
        switch kind {
        case .asSymInt: return .symbolicInteger(try integerOperand())
        case .asSymInts: return .symbolicIntegers(try list { (reader) throws(JSONError) in try reader.integerOperand() })
        case .asSymFloat: return .symbolicFloat(try floatOperand())
        case .asSymFloats: return .symbolicFloats(try list { (reader) throws(JSONError) in try reader.floatOperand() })
        case .asSymBool: return .symbolicBoolean(try booleanOperand())
        case .asSymBools:
            return .symbolicBooleans(try list { (reader) throws(JSONError) in try reader.booleanOperand() })
        default: return nil
        }
    }

    private mutating func otherArgument(_ kind: Field) throws(JSONError) -> Program.Argument? {
        switch kind {
        case .asNone:
            try json.skip()
            return Program.Argument.none
        case .asString: return .string(try json.string())
        case .asStrings: return .strings(try json.list { (json) throws(JSONError) in try json.string() })
        case .asScalarType: return .scalarType(try scalarType())
        case .asMemoryFormat: return .memoryFormat(try code("memory format", MemoryFormat.init(rawValue:)))
        case .asLayout: return .layout(try code("layout", Layout.init(rawValue:)))
        case .asDevice: return .device(try device())
        case .asGraph: return try subgraph()
        case .asCustomObj: return try customObject()
        case .asOperator: return .operator(try json.string())
        case .asStringToArgument: return try stringToArgument()
        default: return nil
        }
    }

    // MARK: Parts of arguments

    private mutating func list<Element>(
        _ element: (inout ProgramReader) throws(JSONError) -> Element
    ) throws(JSONError) -> [Element] {
        var elements: [Element] = []
        try json.beginArray()
        while try json.nextElement() { elements.append(try element(&self)) }
        return elements
    }

    /// `{"name": …}`
    mutating func named() throws(JSONError) -> String {
        var name: String?
        try json.beginObject()
        while let field = try json.nextField() {
            if field == .name { name = try json.string() } else { try json.skip() }
        }
        return try required(name, .name, of: "a value")
    }

    private mutating func optionalTensor() throws(JSONError) -> String? {
        let start = json.position
        let kind = try json.beginUnion("optional tensor")
        var name: String?
        switch kind {
        case .asTensor: name = try named()
        case .asNone: try json.skip()
        default: throw json.failure(.unknownKind(kind.rawValue, of: "optional tensor"), at: start)
        }
        try json.endUnion("optional tensor")
        return name
    }

    private mutating func complex() throws(JSONError) -> Program.Argument {
        var (real, imaginary): (Double?, Double?) = (nil, nil)
        try json.beginObject()
        while let field = try json.nextField() {
            switch field {
            case .real: real = try json.double()
            case .imag: imaginary = try json.double()
            default: try json.skip()
            }
        }
        return .complex(
            real: try required(real, .real, of: "a complex number"), imaginary: try required(imaginary, .imag, of: "a complex number"))
    }

    private mutating func device() throws(JSONError) -> Program.Device {
        var device = Program.Device(type: "", index: nil)
        try json.beginObject()
        while let field = try json.nextField() {
            switch field {
            case .type: device.type = try json.string()
            case .index: device.index = json.consumeNull() ? nil : try json.integer()
            default: try json.skip()
            }
        }
        return device
    }

    private mutating func subgraph() throws(JSONError) -> Program.Argument {
        var name = ""
        var graph: Program.Graph?
        try json.beginObject()
        while let field = try json.nextField() {
            switch field {
            case .name: name = try json.string()
            case .graph: graph = try self.graph()
            default: try json.skip()
            }
        }
        return .graph(name: name, try required(graph, .graph, of: "a sub-graph"))
    }

    mutating func customObject() throws(JSONError) -> Program.Argument {
        var (name, className): (String?, String) = (nil, "")
        try json.beginObject()
        while let field = try json.nextField() {
            switch field {
            case .name: name = try json.string()
            case .classFqn: className = try json.string()
            default: try json.skip()
            }
        }
        return .customObject(name: try required(name, .name, of: "a custom object"), className: className)
    }

    private mutating func stringToArgument() throws(JSONError) -> Program.Argument {
        var entries: [Program.NamedArgument] = []
        try json.beginObject()
        while let name = try json.nextKey() {
            entries.append(Program.NamedArgument(name, try argument()))
        }
        return .dictionary(entries)
    }
}
