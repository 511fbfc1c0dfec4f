extension ProgramReader {
    mutating func signature() throws(JSONError) -> Program.Signature {
        var signature = Program.Signature(inputs: [], outputs: [])
        try json.beginObject()
        while let field = try json.nextField() {
            switch field {
            case .inputSpecs:
                try json.beginArray()
                while try json.nextElement() { signature.inputs.append(try input()) }
            case .outputSpecs:
                try json.beginArray()
                while try json.nextElement() { signature.outputs.append(try output()) }
            default: try json.skip()
            }
        }
        return signature
    }

    /// What a specification of either kind can hold; which of the fields must be there depends on the kind.
    private struct Fields {
        var name: String?
        var argument: Program.Argument?
        var target: String?
        var isPersistent = true
        var value: Program.Constant?
    }

    private mutating func input() throws(JSONError) -> Program.Input {
        let start = json.position
        let kind = try json.beginUnion("input")
        let fields = try self.fields(argumentIsFull: kind == .userInput)
        try json.endUnion("input")
        func target(_ field: Field) throws(JSONError) -> String { try required(fields.target, field, of: "an input") }
        switch kind {
        case .userInput:
            let argument = try required(fields.argument, .arg, of: "an input")
            return Program.Input(name: argument.names.first, kind: .user(argument))
        case .parameter: return Program.Input(name: fields.name, kind: .parameter(try target(.parameterName)))
        case .buffer:
            return Program.Input(
                name: fields.name, kind: .buffer(try target(.bufferName), isPersistent: fields.isPersistent))
        case .tensorConstant:
            return Program.Input(name: fields.name, kind: .tensorConstant(try target(.tensorConstantName)))
        case .customObj: return Program.Input(name: fields.name, kind: .customObject(try target(.customObjName)))
        case .token: return Program.Input(name: fields.name, kind: .token)
        case .constantInput:
            return Program.Input(name: fields.name, kind: .constant(try required(fields.value, .value, of: "an input")))
        default: throw json.failure(.unknownKind(kind.rawValue, of: "input"), at: start)
        }
    }

    private mutating func output() throws(JSONError) -> Program.Output {
        let start = json.position
        let kind = try json.beginUnion("output")
        let fields = try self.fields(argumentIsFull: kind == .userOutput)
        try json.endUnion("output")
        func target(_ field: Field) throws(JSONError) -> String { try required(fields.target, field, of: "an output") }
        let output: Program.OutputKind
        switch kind {
        case .userOutput: output = .user
        case .bufferMutation: output = .bufferMutation(try target(.bufferName))
        case .parameterMutation: output = .parameterMutation(try target(.parameterName))
        case .userInputMutation: output = .userInputMutation(try target(.userInputName))
        case .token: output = .token
        case .lossOutput: output = .loss
        case .gradientToParameter: output = .gradientToParameter(try target(.parameterName))
        case .gradientToUserInput: output = .gradientToUserInput(try target(.userInputName))
        default: throw json.failure(.unknownKind(kind.rawValue, of: "output"), at: start)
        }
        return Program.Output(
            value: try required(fields.argument ?? fields.name.map { .tensor($0) }, .arg, of: "an output"), kind: output)
    }

    /// The fields of a specification. A user's argument is a full one (a union), the others only name a value.
    private mutating func fields(argumentIsFull: Bool) throws(JSONError) -> Fields {
        var fields = Fields()
        try json.beginObject()
        while let field = try json.nextField() {
            switch field {
            case .arg where argumentIsFull: fields.argument = try argument()
            case .arg: fields.name = try named()
            case .name: fields.name = try json.string()
            case .parameterName, .bufferName, .tensorConstantName, .customObjName, .userInputName:
                fields.target = try json.string()
            case .persistent: fields.isPersistent = try json.boolean()
            case .value: fields.value = try constant()
            default: try json.skip()
            }
        }
        return fields
    }

    private mutating func constant() throws(JSONError) -> Program.Constant {
        let start = json.position
        let kind = try json.beginUnion("constant")
        let value: Program.Constant
        switch kind {
        case .asNone:
            try json.skip()
            value = .none
        case .asInt: value = .integer(try json.integer())
        case .asFloat: value = .float(try json.double())
        case .asString: value = .string(try json.string())
        case .asBool: value = .boolean(try json.boolean())
        default: throw json.failure(.unknownKind(kind.rawValue, of: "constant"), at: start)
        }
        try json.endUnion("constant")
        return value
    }
}
