extension Program: CustomStringConvertible {
    /// The text form: stable, complete but for origins, one line an input, a node, an output.
    package var description: String {
        var lines = ["program \(name) schema \(schemaVersion.major).\(schemaVersion.minor) torch \(torchVersion)"]
        for constraint in rangeConstraints {
            let (minimum, maximum) = (constraint.minimum.map { "\($0)" } ?? "", constraint.maximum.map { "\($0)" } ?? "")
            lines.append("symbol \(constraint.symbol) in \(minimum)...\(maximum)")
        }
        lines += guards.map { "guard \($0)" }
        for (argument, input) in zip(graph.inputs, signature.inputs) {
            lines.append("input \(graph.definition(argument)) = \(input.kind)")
        }
        lines += graph.nodes.flatMap { graph.lines($0, indent: "") }
        for (argument, output) in zip(graph.outputs, signature.outputs) {
            lines.append("output \(argument) = \(output.kind)")
        }
        return lines.joined(separator: "\n") + "\n"
    }
}

extension Program.Graph {
    /// A node's line, and below it those of its sub-graphs, indented.
    fileprivate func lines(_ node: Program.Node, indent: String) -> [String] {
        let results = node.outputs.map(definition).joined(separator: ", ")
        let arguments = node.inputs.map { "\($0.name)=\($0.value)" }.joined(separator: ", ")
        var lines = ["\(indent)\(results) = \(node.target)(\(arguments))"]
        for input in node.inputs {
            guard case .graph(let name, let graph) = input.value else { continue }
            let inner = indent + "  "
            lines.append("\(inner)graph \(name)(\(graph.inputs.map(graph.definition).joined(separator: ", ")))")
            lines += graph.nodes.flatMap { graph.lines($0, indent: inner + "  ") }
            lines.append("\(inner)return \(graph.outputs.map(\.description).joined(separator: ", "))")
        }
        return lines
    }

    /// A value with its type: `%relu: f32[1, 64, 112, 112]`.
    fileprivate func definition(_ argument: Program.Argument) -> String {
        let names = argument.names
        guard !names.isEmpty else { return argument.description }
        let typed = names.map { name in
            if let type = tensors[name] { return "%\(name): \(type)" }
            if let integer = integers[name] { return "%\(name): \(integer)" }
            return "%\(name)"
        }
        if case .tensors = argument { return "[\(typed.joined(separator: ", "))]" }
        return typed.joined(separator: ", ")
    }
}

extension Program.TensorType: CustomStringConvertible {
    /// `f32[1, 64, 112, 112]`, with strides and offset where they are not those of a contiguous tensor.
    package var description: String {
        var text = "\(scalarType.name)[\(sizes.map(\.description).joined(separator: ", "))]"
        if layout != .strided { text += " \(layout.name)" }
        if !isContiguous { text += " strides [\(strides.map(\.description).joined(separator: ", "))]" }
        if storageOffset != .constant(0) { text += " offset \(storageOffset)" }
        return text
    }

    private var isContiguous: Bool {
        var expected: Int? = 1
        for (size, stride) in zip(sizes, strides).reversed() where size != .constant(1) {
            guard case .constant(let size) = size, case .constant(let stride) = stride else { return false }
            if stride != expected { return sizes.contains(.constant(0)) }
            expected = expected.map { $0 &* size }
        }
        return true
    }
}

extension SymbolicInteger: CustomStringConvertible {
    package var description: String {
        switch self {
        case .constant(let value): "\(value)"
        case .symbolic(let expression, let hint): "\(expression)" + (hint.map { "@\($0)" } ?? "")
        }
    }
}

extension Program.Operand: CustomStringConvertible {
    package var description: String {
        switch self {
        case .name(let name): "%\(name)"
        case .value(let value): "\(value)"
        }
    }
}

extension Program.Argument: CustomStringConvertible {
    package var description: String {
        switch self {
        case .none: "none"
        case .tensor(let name): "%\(name)"
        case .tensors(let names): list(names.map { "%\($0)" })
        case .nestedTensors(let lists): list(lists.map { list($0.map { "%\($0)" }) })
        case .optionalTensor(let name): name.map { "%\($0)" } ?? "none"
        case .optionalTensors(let names): list(names.map { $0.map { "%\($0)" } ?? "none" })
        case .integer(let value): "\(value)"
        case .integers(let values): list(values.map { "\($0)" })
        case .integerLists(let lists): list(lists.map { list($0.map { "\($0)" }) })
        case .float(let value): "\(value)"
        case .floats(let values): list(values.map { "\($0)" })
        case .floatLists(let lists): list(lists.map { list($0.map { "\($0)" }) })
        case .boolean(let value): "\(value)"
        case .booleans(let values): list(values.map { "\($0)" })
        case .string(let text): text.debugDescription
        case .strings(let texts): list(texts.map(\.debugDescription))
        case .complex(let real, let imaginary): "complex(\(real), \(imaginary))"
        case .scalarType(let type): type.name
        case .memoryFormat(let format): format.name
        case .layout(let layout): layout.name
        case .device(let device): "device(\(device.type)\(device.index.map { ":\($0)" } ?? ""))"
        case .symbolicInteger(let operand): operand.description
        case .symbolicIntegers(let operands): list(operands.map(\.description))
        case .symbolicFloat(let operand): operand.description
        case .symbolicFloats(let operands): list(operands.map(\.description))
        case .symbolicBoolean(let operand): operand.description
        case .symbolicBooleans(let operands): list(operands.map(\.description))
        case .customObject(let name, let className): "%\(name): \(className)"
        case .operator(let name): "operator(\(name))"
        case .dictionary(let entries): "{\(entries.map { "\($0.name): \($0.value)" }.joined(separator: ", "))}"
        case .graph(let name, _): "graph(\(name))"
        }
    }

    private func list(_ elements: [String]) -> String { "[\(elements.joined(separator: ", "))]" }
}

extension Program.InputKind: CustomStringConvertible {
    package var description: String {
        switch self {
        case .parameter(let name): "parameter \(name)"
        case .buffer(let name, let isPersistent): "buffer \(name)" + (isPersistent ? "" : " not persistent")
        case .tensorConstant(let name): "constant \(name)"
        case .customObject(let name): "object \(name)"
        case .token: "token"
        case .constant(let value): "fixed \(value)"
        case .user: "user"
        }
    }
}

extension Program.OutputKind: CustomStringConvertible {
    package var description: String {
        switch self {
        case .user: "user"
        case .bufferMutation(let name): "mutation of buffer \(name)"
        case .parameterMutation(let name): "mutation of parameter \(name)"
        case .userInputMutation(let name): "mutation of input \(name)"
        case .token: "token"
        case .loss: "loss"
        case .gradientToParameter(let name): "gradient of parameter \(name)"
        case .gradientToUserInput(let name): "gradient of input \(name)"
        }
    }
}
