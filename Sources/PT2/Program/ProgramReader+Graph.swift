extension ProgramReader {
    mutating func graph() throws(JSONError) -> Program.Graph {
        var graph = Program.Graph()
        var hasNodes = false
        try json.beginObject()
        while let field = try json.nextField() {
            switch field {
            case .inputs: graph.inputs = try arguments()
            case .outputs: graph.outputs = try arguments()
            case .nodes:
                graph.nodes = try nodes()
                hasNodes = true
            case .tensorValues: graph.tensors = try dictionary { (reader) throws(JSONError) in try reader.tensorType() }
            case .symIntValues:
                graph.integers = try dictionary { (reader) throws(JSONError) in try reader.symbolicInteger() }
            case .symFloatValues:
                graph.floats = try dictionary { (reader) throws(JSONError) in try reader.symbolicScalar() }
            case .symBoolValues:
                graph.booleans = try dictionary { (reader) throws(JSONError) in try reader.symbolicScalar() }
            case .customObjValues:
                graph.customObjects = try dictionary { (reader) throws(JSONError) in
                    guard case .customObject(_, let className) = try reader.customObject() else { return "" }
                    return className
                }
            case .isSingleTensorReturn: graph.returnsSingleTensor = try json.booleanOrNull()
            default: try json.skip()
            }
        }
        guard hasNodes else { throw json.failure(.missingField(.nodes, of: "a graph")) }
        return graph
    }

    /// A JSON object from names to values; a name that occurs twice is refused.
    mutating func dictionary<Value>(
        _ value: (inout ProgramReader) throws(JSONError) -> Value
    ) throws(JSONError) -> [String: Value] {
        var entries: [String: Value] = [:]
        try json.beginObject()
        while let name = try json.nextKey() {
            let start = json.position
            let entry: Value
            do { entry = try value(&self) } catch { throw error.within("'\(name)'") }
            guard entries.updateValue(entry, forKey: name) == nil else {
                throw json.failure(.duplicateName(name), at: start)
            }
        }
        return entries
    }

    mutating func arguments() throws(JSONError) -> [Program.Argument] {
        var arguments: [Program.Argument] = []
        try json.beginArray()
        while try json.nextElement() { arguments.append(try argument()) }
        return arguments
    }

    private mutating func nodes() throws(JSONError) -> [Program.Node] {
        var nodes: [Program.Node] = []
        try json.beginArray()
        while try json.nextElement() { nodes.append(try node()) }
        return nodes
    }

    private mutating func node() throws(JSONError) -> Program.Node {
        var target: String?
        var node = Program.Node(name: "", target: "")
        try json.beginObject()
        while let field = try json.nextField() {
            switch field {
            case .target: target = try json.string()
            case .inputs:
                do { node.inputs = try namedArguments() } catch { throw error.within(target ?? "a node") }
            case .outputs: node.outputs = try arguments()
            case .metadata: node.origin = try origin()
            case .name where json.consumeNull(): break
            case .name: node.name = try json.string()
            default: try json.skip()
            }
        }
        node.target = try required(target, .target, of: "a node")
        // Older files do not state the name; it was that of the first result.
        if node.name.isEmpty { node.name = node.outputs.lazy.compactMap(\.names.first).first ?? "" }
        return node
    }

    private mutating func namedArguments() throws(JSONError) -> [Program.NamedArgument] {
        var arguments: [Program.NamedArgument] = []
        try json.beginArray()
        while try json.nextElement() {
            var name: String?
            var value: Program.Argument?
            try json.beginObject()
            while let field = try json.nextField() {
                switch field {
                case .name: name = try json.string()
                case .arg:
                    do { value = try argument() } catch { throw error.within("argument '\(name ?? "")'") }
                default: try json.skip()
                }
            }
            arguments.append(
                Program.NamedArgument(
                    try required(name, .name, of: "an argument"), try required(value, .arg, of: "an argument")))
        }
        return arguments
    }

    private mutating func origin() throws(JSONError) -> OriginID {
        var origin = OriginID.none
        try json.beginObject()
        while let field = try json.nextField() {
            switch field {
            case .nnModuleStack: origin.moduleStack = origins.intern(try json.lazyString(), bytes: json.bytes)
            case .stackTrace: origin.stackTrace = origins.intern(try json.lazyString(), bytes: json.bytes)
            default: try json.skip()
            }
        }
        return origin
    }
}
