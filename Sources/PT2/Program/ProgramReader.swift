import Basics

/// Reads a program's JSON in one walk over the mapped text.
struct ProgramReader {
    var json: JSONReader
    var origins: Origins

    init(_ storage: ByteStorage) {
        json = JSONReader(storage)
        origins = Origins(json: storage)
    }

    /// The whole program; `name` is the model's name in the archive.
    mutating func program(name: String) throws(JSONError) -> Program {
        var module: (graph: Program.Graph, signature: Program.Signature, calls: [Program.ModuleCall])?
        var version: Program.SchemaVersion?
        var torchVersion = ""
        var constraints: [Program.RangeConstraint] = []
        var guards: [String] = []
        try json.beginObject()
        while let field = try json.nextField() {
            switch field {
            case .graphModule: module = try graphModule()
            case .schemaVersion: version = try schemaVersion()
            case .torchVersion: torchVersion = try json.string()
            case .rangeConstraints: constraints = try rangeConstraints()
            case .guardsCode: guards = try json.list { (json) throws(JSONError) in try json.string() }
            default: try json.skip()
            }
        }
        try json.finish()
        let found = try required(module, .graphModule, of: "the program")
        return Program(
            name: name, schemaVersion: try required(version, .schemaVersion, of: "the program"), torchVersion: torchVersion,
            graph: found.graph, signature: found.signature, moduleCalls: found.calls, rangeConstraints: constraints,
            guards: guards, origins: origins, warnings: [])
    }

    /// `value`, or a failure that names the field that was not there.
    func required<Value>(_ value: Value?, _ field: Field, of object: String) throws(JSONError) -> Value {
        guard let value else { throw json.failure(.missingField(field, of: object)) }
        return value
    }

    // MARK: Parts of the top level

    private mutating func graphModule() throws(JSONError) -> (Program.Graph, Program.Signature, [Program.ModuleCall]) {
        var graph: Program.Graph?
        var signature: Program.Signature?
        var calls: [Program.ModuleCall] = []
        try json.beginObject()
        while let field = try json.nextField() {
            switch field {
            case .graph: graph = try self.graph()
            case .signature: signature = try self.signature()
            case .moduleCallGraph: calls = try moduleCalls()
            default: try json.skip()
            }
        }
        return (
            try required(graph, .graph, of: "graph_module"), try required(signature, .signature, of: "graph_module"), calls
        )
    }

    private mutating func schemaVersion() throws(JSONError) -> Program.SchemaVersion {
        var (major, minor): (Int?, Int?) = (nil, nil)
        try json.beginObject()
        while let field = try json.nextField() {
            switch field {
            case .major: major = try json.integer()
            case .minor: minor = try json.integer()
            default: try json.skip()
            }
        }
        return Program.SchemaVersion(
            major: try required(major, .major, of: "schema_version"), minor: try required(minor, .minor, of: "schema_version"))
    }

    private mutating func rangeConstraints() throws(JSONError) -> [Program.RangeConstraint] {
        var constraints: [Program.RangeConstraint] = []
        try json.beginObject()
        while let symbol = try json.nextKey() {
            var constraint = Program.RangeConstraint(symbol: symbol, minimum: nil, maximum: nil)
            try json.beginObject()
            while let field = try json.nextField() {
                switch field {
                case .minVal: constraint.minimum = json.consumeNull() ? nil : try json.integer()
                case .maxVal: constraint.maximum = json.consumeNull() ? nil : try json.integer()
                default: try json.skip()
                }
            }
            constraints.append(constraint)
        }
        return constraints.sorted { $0.symbol < $1.symbol }
    }

    private mutating func moduleCalls() throws(JSONError) -> [Program.ModuleCall] {
        var calls: [Program.ModuleCall] = []
        try json.beginArray()
        while try json.nextElement() {
            var call = Program.ModuleCall(path: "", convention: nil)
            try json.beginObject()
            while let field = try json.nextField() {
                switch field {
                case .fqn: call.path = try json.string()
                case .signature where json.consumeNull(): break
                case .signature: call.convention = try callingConvention()
                default: try json.skip()
                }
            }
            calls.append(call)
        }
        return calls
    }

    private mutating func callingConvention() throws(JSONError) -> CallingConvention {
        var convention = CallingConvention(inputs: .leaf, outputs: .leaf, argumentNames: [])
        try json.beginObject()
        while let field = try json.nextField() {
            switch field {
            case .inSpec: convention.inputs = try argumentTree()
            case .outSpec: convention.outputs = try argumentTree()
            case .forwardArgNames where json.consumeNull(): break
            case .forwardArgNames:
                convention.argumentNames = try json.list { (json) throws(JSONError) in try json.string() }
            default: try json.skip()
            }
        }
        return convention
    }

    /// A tree inside a string: a failure in it is reported at the string.
    private mutating func argumentTree() throws(JSONError) -> ArgumentTree {
        let start = json.position
        let text = try json.string()
        do { return try ArgumentTree(parsing: text) } catch { throw json.failure(.treeSpecification, at: start) }
    }
}
