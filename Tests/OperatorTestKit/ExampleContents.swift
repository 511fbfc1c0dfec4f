import Basics
import Operators
import TensorIR

/// The elements of an example's tensors: a generator seeded by names, which `Golden/operator_examples.py` repeats number for number.
package struct ExampleContents {
    private var state: UInt64

    /// Seeded by FNV-1a of `<operator>/<example>/<argument>/<member>`.
    package init(_ key: String) {
        state = key.utf8.reduce(0xCBF2_9CE4_8422_2325) { ($0 ^ UInt64($1)) &* 0x100_0000_01B3 }
    }

    /// SplitMix64.
    private mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var word = state
        word = (word ^ (word >> 30)) &* 0xBF58_476D_1CE4_E5B9
        word = (word ^ (word >> 27)) &* 0x94D0_49BB_1331_11EB
        return word ^ (word >> 31)
    }

    private mutating func tensor(_ type: TensorType, _ content: OperatorExample.Content) -> Tensor {
        let values: [Double] = (0..<type.elementCount).map { index in
            switch content {
            case .uniform(let lower, let upper): lower + (upper - lower) * Double(next() >> 52) / 4096
            case .integers(let lower, let upper): Double(lower + Int(next() % UInt64(upper - lower)))
            case .values(let values): values[index % values.count]
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
