extension Program {
    /// What the graph's inputs and outputs are: one entry for each, in the graph's order.
    package struct Signature: Hashable, Sendable {
        package var inputs: [Input]
        package var outputs: [Output]
    }

    /// An input of the graph.
    package struct Input: Hashable, Sendable {
        /// The name of the value in the graph; nil for a constant handed over by the caller.
        package var name: String?
        package var kind: InputKind
    }

    /// What an input of the graph stands for. Names are those of the module, for example `layer1.0.conv1.weight`.
    package enum InputKind: Hashable, Sendable {
        case parameter(String)
        /// Persistent buffers are in the weights table, the others in the constants table.
        case buffer(String, isPersistent: Bool)
        case tensorConstant(String)
        case customObject(String)
        /// An effect token, without data.
        case token
        /// An argument that was fixed at capture; a call must pass the same.
        case constant(Constant)
        case user(Argument)
    }

    /// A non-tensor argument that was fixed at capture.
    package enum Constant: Hashable, Sendable {
        case none
        case integer(Int)
        case float(Double)
        case string(String)
        case boolean(Bool)
    }

    /// An output of the graph. Mutations come first: the runtime writes the value back after each call.
    package struct Output: Hashable, Sendable {
        /// The value; constants and `none` occur among user outputs.
        package var value: Argument
        package var kind: OutputKind
    }

    /// What becomes of an output of the graph. Names are those of the module, or of the user's input.
    package enum OutputKind: Hashable, Sendable {
        case user
        case bufferMutation(String)
        case parameterMutation(String)
        case userInputMutation(String)
        case token
        /// In training graphs, which are not compiled.
        case loss
        case gradientToParameter(String)
        case gradientToUserInput(String)
    }
}
