import Basics
import TensorIR

/// A named case of an operator, stated as the captured call that makes it: the suite imports it, checks the types, compares the reference with the
/// numbers that PyTorch gives for the same call, lowers it, and prints it. The operator reference and the fuzzer read the same list.
package struct OperatorExample: Sendable {
    /// How the elements of an example's tensor are made: from a generator seeded by the example and argument names, never from a file.
    package enum Content: Hashable, Sendable {
        /// Multiples of (upper − lower) / 4096 in [lower, upper).
        case uniform(Double, Double)
        /// Integers in [lower, upper).
        case integers(Int, Int)
        case values([Double])
        /// From the lower bound up to below the upper one along the last dimension, in even steps.
        case ascending(Double, Double)
    }

    /// One argument of the call.
    package enum Argument: Hashable, Sendable {
        case tensor(TensorType, Content)
        /// A tensor that is a weight of the program.
        case weight(TensorType, Content)
        case tensors([TensorType], Content)
        /// Complex numbers, with the type of their parts.
        case complex(TensorType, Content)
        /// A list in which members may be absent: the dimensions that an index skips.
        case indices([TensorType?], Content)
        case plain(ImportArgument)

        package static func tensor(_ element: ElementType, _ shape: [Int], _ content: Content = .uniform(-2, 2)) -> Argument {
            .tensor(TensorType(element, shape), content)
        }

        package static func f32(_ shape: Int..., content: Content = .uniform(-2, 2)) -> Argument {
            .tensor(TensorType(.f32, shape), content)
        }

        package static func weight(_ shape: Int..., content: Content = .uniform(-1, 1)) -> Argument {
            .weight(TensorType(.f32, shape), content)
        }

        package static func ints(_ values: Int...) -> Argument { .plain(.ints(values)) }
        package static func int(_ value: Int) -> Argument { .plain(.int(value)) }
        package static func float(_ value: Double) -> Argument { .plain(.float(value)) }
        package static func bool(_ value: Bool) -> Argument { .plain(.bool(value)) }
        package static func string(_ value: String) -> Argument { .plain(.string(value)) }
    }

    /// What the call gives; of complex numbers the two parts.
    package enum Outcome: Hashable, Sendable {
        case types([TensorType])
        /// The reason that a user reads.
        case refused(String)
    }

    package let name: String
    /// The overload without `torch.ops.` in front.
    package let target: String
    package let arguments: [(name: String, value: Argument)]
    package let outcome: Outcome
    /// The greatest |reference − PyTorch| allowed, relative to the greatest |PyTorch|; 0 means equal.
    package let tolerance: Double

    package init(
        _ name: String, _ target: String, _ arguments: KeyValuePairs<String, Argument>, gives types: TensorType...,
        tolerance: Double = 1e-6
    ) {
        self.init(name, target, arguments, outcome: .types(types), tolerance: tolerance)
    }

    package init(_ name: String, _ target: String, _ arguments: KeyValuePairs<String, Argument>, refused reason: String) {
        self.init(name, target, arguments, outcome: .refused(reason), tolerance: 0)
    }

    private init(
        _ name: String, _ target: String, _ arguments: KeyValuePairs<String, Argument>, outcome: Outcome, tolerance: Double
    ) {
        self.init(name, target, arguments.map { (name: $0.key, value: $0.value) }, outcome: outcome, tolerance: tolerance)
    }

    /// A case from a list of arguments: a fuzzer's.
    package init(
        _ name: String, _ target: String, _ arguments: [(name: String, value: Argument)], outcome: Outcome, tolerance: Double
    ) {
        self.name = name
        self.target = target
        self.arguments = arguments
        self.outcome = outcome
        self.tolerance = tolerance
    }
}

extension TensorType {
    /// A row-major f32 type: what most examples give.
    package static func f32(_ shape: Int...) -> TensorType { TensorType(.f32, shape) }
}
