import Basics

/// The canonical form leaves out every name but those of operations and attributes: two graphs that differ in value names, in the order in which
/// values were numbered, or in the names of weights have the same bytes.
extension Graph: CanonicalCodable {
    package func encode(into encoder: inout CanonicalEncoder) {
        var numbers = [Int](repeating: -1, count: values.count)
        var next = 0
        func number(_ value: ValueID) {
            numbers[value.index] = next
            next += 1
        }
        encoder.append(inputs.count)
        for input in inputs {
            number(input.value)
            encoder.append(type(input.value))
            switch input.kind {
            case .activation: encoder.append(0 as UInt8)
            case .constant(.literal(let bytes)):
                encoder.append(1 as UInt8)
                encoder.append(bytes: bytes)
            case .constant: encoder.append(2 as UInt8)
            case .state: encoder.append(3 as UInt8)
            }
        }
        encoder.append(nodes.count)
        for node in nodes {
            encoder.append(node.operation)
            encoder.append(node.operands.map { numbers[$0.index] })
            encoder.append(node.attributes)
            encoder.append(node.results.count)
            for result in node.results {
                number(result)
                encoder.append(type(result))
            }
        }
        encoder.append(outputs.map { numbers[$0.index] })
        encoder.append(updates.map { numbers[$0.state.index] })
        encoder.append(updates.map { numbers[$0.value.index] })
    }

    /// Forgets what the canonical form leaves out: a graph that was just made is then the one that is read back.
    package mutating func removeNames() {
        name = ""
        for index in values.indices { self[ValueID(index)].name = "" }
        for index in inputs.indices {
            switch inputs[index].kind {
            case .constant(.weight): inputs[index].kind = .constant(.operand)
            case .state: inputs[index].kind = .state("")
            case .activation, .constant: break
            }
        }
    }

    /// Reads a graph back: values are unnamed, weights have become operands.
    package init(from decoder: inout CanonicalDecoder) throws(CanonicalDecodingError) {
        self.init(name: "")
        func value(_ index: Int, _ graph: Graph, _ position: Int) throws(CanonicalDecodingError) -> ValueID {
            guard graph.values.indices.contains(index) else { throw .invalid("value", at: position) }
            return ValueID(index)
        }
        for _ in 0..<(try decoder.count()) {
            let type = try TensorType(from: &decoder)
            switch try decoder.uint8() {
            case 0: _ = addInput(type, .activation)
            case 1: _ = addInput(type, .constant(.literal(try decoder.byteArray())))
            case 2: _ = addInput(type, .constant(.operand))
            case 3: _ = addInput(type, .state(""))
            default: throw .invalid("input kind", at: decoder.position - 1)
            }
        }
        for _ in 0..<(try decoder.count()) {
            let operation = try decoder.string()
            var operands: [ValueID] = []
            for index in try decoder.array(of: Int.self) { operands.append(try value(index, self, decoder.position)) }
            let attributes = try Attributes(from: &decoder)
            var types: [TensorType] = []
            for _ in 0..<(try decoder.count()) { types.append(try TensorType(from: &decoder)) }
            append(operation, operands, attributes, types: types)
        }
        for index in try decoder.array(of: Int.self) { outputs.append(try value(index, self, decoder.position)) }
        let states = try decoder.array(of: Int.self)
        let updated = try decoder.array(of: Int.self)
        guard states.count == updated.count else { throw .invalid("updates", at: decoder.position) }
        for (state, new) in zip(states, updated) {
            updates.append(Update(state: try value(state, self, decoder.position), value: try value(new, self, decoder.position)))
        }
    }
}
