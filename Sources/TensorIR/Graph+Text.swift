import Basics

// The text form of a graph: what `inspect` prints and what the tests of passes read and write.
//
//     graph gazenet
//       input    %x : f32[1,1,96,160]
//       constant %w : f32[8,1,3,3] = weight "features.0.weight"
//       constant %c : i64[2] = dense 0x01000000000000000200000000000000
//       constant %k : f32[8] = operand
//       state    %s : f32[1,16,4] = weight "cache"
//       %0 = convolution(%x, %w) {dilation=[1,1], groups=1, padding=[1,1], stride=[2,2]} : f32[1,8,48,80]
//       %1, %2 = split(%0) {dimension=1, sizes=[4,4]} : f32[1,4,48,80], f32[1,4,48,80]
//       update %s = %2
//       output %1
//
// A value prints as its name, or, without one, as its number among the unnamed values in order of production: renumbering values does not
// change the text. Floats print with the fewest digits that read back to the same bits, and always with a point, an exponent or a word.

extension Graph {
    /// How a value is called in messages.
    package func label(_ value: ValueID) -> String {
        guard values.indices.contains(value.index) else { return "%?" }
        return "%" + (values[value.index].name.isEmpty ? "\(value.index)" : values[value.index].name)
    }

    /// The text form, ending in a line break. `parse` reads it back to a graph with equal canonical bytes and equal names.
    package var text: String {
        let names = printedNames()
        func list(_ ids: [ValueID]) -> String { ids.map { names[$0.index] }.joined(separator: ", ") }
        var lines = ["graph \(name.isEmpty ? "_" : name)"]
        for input in inputs {
            let declaration = "\(names[input.value.index]) : \(type(input.value))"
            switch input.kind {
            case .activation: lines.append("  input    \(declaration)")
            case .constant(let source): lines.append("  constant \(declaration) = \(Self.text(source))")
            case .state(let name): lines.append("  state    \(declaration) = weight \(AttributeValue.quoted(name))")
            }
        }
        for node in nodes {
            let results = node.results.isEmpty ? "" : list(node.results) + " = "
            let attributes = node.attributes.isEmpty ? "" : " " + node.attributes.text
            let types = node.results.isEmpty ? "" : " : " + node.results.map { type($0).description }.joined(separator: ", ")
            lines.append("  \(results)\(node.operation)(\(list(node.operands)))\(attributes)\(types)")
        }
        for update in updates { lines.append("  update \(names[update.state.index]) = \(names[update.value.index])") }
        if !outputs.isEmpty { lines.append("  output \(list(outputs))") }
        return lines.joined(separator: "\n") + "\n"
    }

    private static func text(_ source: ConstantSource) -> String {
        switch source {
        case .weight(let name): "weight \(AttributeValue.quoted(name))"
        case .literal(let bytes): "dense 0x" + bytes.map { String($0 >> 4, radix: 16) + String($0 & 15, radix: 16) }.joined()
        case .operand: "operand"
        }
    }

    /// Names as printed, by value. A numeric name of the user's is kept clear of the numbers given to unnamed values.
    private func printedNames() -> [String] {
        let taken = Set(values.map(\.name))
        var names = values.map { "%" + $0.name }
        var next = 0
        for id in inputs.map(\.value) + nodes.flatMap(\.results) where values[id.index].name.isEmpty {
            while taken.contains("\(next)") { next += 1 }
            names[id.index] = "%\(next)"
            next += 1
        }
        return names
    }
}

extension Attributes {
    /// `{groups=1, stride=[2,2]}`.
    package var text: String { "{" + entries.map { "\($0.name)=\($0.value.text)" }.joined(separator: ", ") + "}" }
}

extension AttributeValue {
    /// The value as graph text has it; its form tells its kind.
    package var text: String {
        switch self {
        case .bool(let value): value ? "true" : "false"
        case .int(let value): "\(value)"
        case .float(let value): Self.text(value)
        case .string(let value): Self.quoted(value)
        case .elementType(let value): value.name
        case .ints(let values): "[" + values.map { "\($0)" }.joined(separator: ",") + "]"
        case .floats(let values): "f[" + values.map(Self.text).joined(separator: ",") + "]"
        }
    }

    private static func text(_ value: Double) -> String {
        value.isNaN ? "nan" : value.isInfinite ? (value < 0 ? "-inf" : "inf") : "\(value)"
    }

    /// The text in quotes, with `\"`, `\\` and `\n` escaped.
    package static func quoted(_ text: String) -> String {
        var result = "\""
        for character in text {
            switch character {
            case "\"": result += "\\\""
            case "\\": result += "\\\\"
            case "\n": result += "\\n"
            default: result.append(character)
            }
        }
        return result + "\""
    }
}
