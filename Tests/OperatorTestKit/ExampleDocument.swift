import Basics
import Operators
import TensorIR

/// Examples as JSON for `operator_examples.py`, which runs them in PyTorch.
package enum ExampleDocument {
    /// One object for each example that is not refused.
    package static func json(_ examples: [(operation: String, example: OperatorExample)]) -> String {
        let objects = examples.compactMap { operation, example -> String? in
            guard case .types = example.outcome else { return nil }
            let arguments = example.arguments.map { "\(quoted($0.name)): \(text($0.value))" }
            return "{\"key\": \(quoted("\(operation)/\(example.name)")), \"target\": \(quoted(example.target)), "
                + "\"arguments\": {\(arguments.joined(separator: ", "))}}"
        }
        return "[\n" + objects.joined(separator: ",\n") + "\n]\n"
    }

    private static func text(_ argument: OperatorExample.Argument) -> String {
        switch argument {
        case .tensor(let type, let content), .weight(let type, let content): "{\"tensor\": \(text(type)), \(text(content))}"
        case .complex(let type, let content): "{\"complex\": \(text(type)), \(text(content))}"
        case .tensors(let types, let content): "{\"tensors\": [\(types.map(text).joined(separator: ", "))], \(text(content))}"
        case .indices(let types, let content):
            "{\"tensors\": [\(types.map { $0.map(text) ?? "null" }.joined(separator: ", "))], \(text(content))}"
        case .plain(let value): text(value)
        }
    }

    private static func text(_ type: TensorType) -> String { "[\(quoted(type.element.name)), \(type.shape)]" }

    private static func text(_ content: OperatorExample.Content) -> String {
        switch content {
        case .uniform(let lower, let upper): "\"uniform\": [\(text(lower)), \(text(upper))]"
        case .integers(let lower, let upper): "\"integers\": [\(lower), \(upper)]"
        case .ascending(let lower, let upper): "\"ascending\": [\(text(lower)), \(text(upper))]"
        case .values(let values): "\"values\": [\(values.map(text).joined(separator: ", "))]"
        }
    }

    private static func text(_ value: ImportArgument) -> String {
        switch value {
        case .none: "null"
        case .bool(let flag): "\(flag)"
        case .int(let number): "\(number)"
        case .float(let number): text(number)
        case .string(let text): quoted(text)
        case .ints(let numbers): "\(numbers)"
        case .floats(let numbers): "[\(numbers.map(text).joined(separator: ", "))]"
        case .elementType(let element): "{\"type\": \(quoted(element.name))}"
        case .value, .values, .complex, .complexes, .bools, .setting: "null"
        }
    }

    private static func text(_ number: Double) -> String {
        number.isNaN ? "NaN" : number.isInfinite ? (number < 0 ? "-Infinity" : "Infinity") : "\(number)"
    }

    private static func quoted(_ text: String) -> String { AttributeValue.quoted(text) }
}
