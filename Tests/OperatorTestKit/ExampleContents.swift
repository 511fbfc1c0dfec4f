import Basics
import Operators
import TensorIR

/// The elements of an example's tensors: a generator seeded by names, which `Golden/operator_examples.py` repeats number for number.
package struct ExampleContents {
    private var generator: SeededGenerator

    /// Seeded by `<operator>/<example>/<argument>/<member>`.
    package init(_ key: String) { generator = SeededGenerator(key) }

    private mutating func tensor(_ type: TensorType, _ content: OperatorExample.Content) -> Tensor {
        let values: [Double] = (0..<type.elementCount).map { index in
            switch content {
            case .uniform(let lower, let upper): lower + (upper - lower) * Double(generator.next() >> 52) / 4096
            case .integers(let lower, let upper): Double(lower + Int(generator.next() % UInt64(upper - lower)))
            case .values(let values): values[index % values.count]
            case .ascending(let lower, let upper):
                lower + (upper - lower) * Double(index % (type.shape.last ?? 1)) / Double(type.shape.last ?? 1)
            }
        }
        return Tensor(type, doubles: values)
    }

    /// The tensor of one argument of an example.
    package static func tensor(
        _ operation: String, _ example: OperatorExample, _ argument: String, member: Int = 0, _ type: TensorType,
        _ content: OperatorExample.Content
    ) -> Tensor {
        var contents = ExampleContents("\(operation)/\(example.name)/\(argument)/\(member)")
        return contents.tensor(type, content)
    }
}
