import Basics
import Operators
import TensorIR

/// Cases drawn from an operator's examples: sizes, element types, broadcasting and attributes changed at random. Bounded and seeded: the same cases
/// everywhere. Whether PyTorch takes a case is PyTorch's to say.
package struct RandomCases {
    /// More elements would cost time and show nothing new.
    private static let elementLimit = 1 << 12

    /// Places rounded to a narrow type lie in another pixel, and PyTorch adds scores of both signs up in the narrow type, where little is left of them; of an exponential
    /// of narrow matrices it makes no numbers at all.
    private static let singlePrecisionOnly: Set<String> = ["grid_sample", "matrix_exp", "nll_loss"]

    /// Calls that leave elements of their result open when operands are drawn: unwritten, or, of the greatest ones, in which order equal ones stand, or what is in a bag
    /// that does not end where the indices do.
    private static let leavesElementsOpen: Set<String> = [
        "aten._grouped_mm.default", "aten.topk.default", "aten.embedding_bag.padding_idx",
    ]

    private var generator: SeededGenerator

    /// Case `number` of an operator; nil when the drawn sizes are too large.
    ///
    /// - Parameter wild: changes that no program makes: a rule has to refuse them.
    package static func draw(_ type: any CapturedOperator.Type, _ number: Int, wild: Bool = false) -> OperatorExample? {
        let examples = type.examples.filter { example in
            if case .types = example.outcome { !leavesElementsOpen.contains(example.target) } else { false }
        }
        guard !examples.isEmpty else { return nil }
        var cases = RandomCases(generator: SeededGenerator("\(type.name)/\(number)"))
        if wild { return cases.damaged(examples[number % examples.count], number) }
        return cases.varied(examples[number % examples.count], number, mayNarrow: !singlePrecisionOnly.contains(type.name))
    }

    private mutating func varied(_ example: OperatorExample, _ number: Int, mayNarrow: Bool) -> OperatorExample? {
        var arguments = example.arguments
        if chance(80) { resize(&arguments) }
        if chance(50) { changeAttribute(&arguments) }
        if chance(20) { stretch(&arguments) }
        if chance(15) { batch(&arguments) }
        let isNarrow = chance(20) && mayNarrow && narrow(&arguments)
        let elements = arguments.flatMap { Self.types($0.value) }.reduce(0) { $0 + $1.elementCount }
        guard elements <= Self.elementLimit else { return nil }
        return OperatorExample(
            "\(example.name) #\(number)", example.target, arguments, outcome: .types([]),
            tolerance: isNarrow ? 0.02 : max(example.tolerance * 4, example.tolerance == 0 ? 0 : 4e-6))
    }

    // MARK: Changes

    /// Several changes on top of each other, arguments left out or exchanged.
    private mutating func damaged(_ example: OperatorExample, _ number: Int) -> OperatorExample? {
        var arguments = example.arguments
        for _ in 0..<1 + below(3) {
            switch below(8) {
            case 0: resize(&arguments)
            case 1, 2: changeAttribute(&arguments)
            case 3, 4: stretch(&arguments)
            case 5: batch(&arguments)
            case 6 where !arguments.isEmpty: arguments.remove(at: below(arguments.count))
            case 7 where arguments.count > 1:
                let (first, second) = (below(arguments.count), below(arguments.count))
                let value = arguments[first].value
                arguments[first].value = arguments[second].value
                arguments[second].value = value
            default: changeAttribute(&arguments)
            }
        }
        // Numbers that no tensor has.
        for index in arguments.indices where chance(15) {
            switch arguments[index].value {
            case .plain(.int): arguments[index].value = .plain(.int([0, -1, -7, 1000][below(4)]))
            case .plain(.ints(let members)):
                arguments[index].value = .plain(.ints(members.map { chance(50) ? $0 : [0, -1, -7, 1000][below(4)] }))
            default: break
            }
        }
        let elements = arguments.flatMap { Self.types($0.value) }.reduce(0) { $0 + $1.elementCount }
        guard elements <= Self.elementLimit else { return nil }
        return OperatorExample("\(example.name) ~\(number)", example.target, arguments, outcome: .types([]), tolerance: 0)
    }

    /// Every size of the tensors becomes another one, equal sizes equal ones, and so do members of lists of integers.
    private mutating func resize(_ arguments: inout [(name: String, value: OperatorExample.Argument)]) {
        var sizes: [Int: Int] = [:]
        for size in Set(arguments.flatMap { Self.types($0.value).flatMap(\.shape) }).sorted() where size > 1 {
            sizes[size] = chance(60) ? size : 1 + below(9)
        }
        let alsoLists = chance(50)
        for index in arguments.indices {
            arguments[index].value = Self.map(arguments[index].value) { type in type.with(shape: type.shape.map { sizes[$0] ?? $0 }) }
            if alsoLists, case .plain(.ints(let members)) = arguments[index].value {
                arguments[index].value = .plain(.ints(members.map { sizes[$0] ?? $0 }))
            }
        }
    }

    private mutating func changeAttribute(_ arguments: inout [(name: String, value: OperatorExample.Argument)]) {
        let plain = arguments.indices.filter { if case .plain = arguments[$0].value { true } else { false } }
        guard !plain.isEmpty else { return }
        let index = plain[below(plain.count)]
        guard case .plain(let value) = arguments[index].value else { return }
        switch value {
        case .bool(let flag): arguments[index].value = .plain(.bool(!flag))
        // The largest integer is "to the end".
        case .int(let number) where number < Int.max: arguments[index].value = .plain(.int(number + below(5) - 2))
        case .float(let number):
            arguments[index].value = .plain(.float(chance(50) ? number * 2 : Double(below(65) - 32) / 16))
        case .ints(var members) where !members.isEmpty:
            let member = below(members.count)
            if members[member] < Int.max { members[member] += below(3) - 1 }
            arguments[index].value = .plain(.ints(members))
        default: break
        }
    }

    /// One dimension of one tensor becomes 1, or its first one goes.
    private mutating func stretch(_ arguments: inout [(name: String, value: OperatorExample.Argument)]) {
        let tensors = arguments.indices.filter { index in Self.types(arguments[index].value).contains { $0.rank > 0 } }
        guard !tensors.isEmpty else { return }
        let index = tensors[below(tensors.count)]
        let (drops, dimension) = (chance(30), below(8))
        arguments[index].value = Self.map(arguments[index].value) { type in
            guard type.rank > 0 else { return type }
            var shape = type.shape
            if drops { shape.removeFirst() } else { shape[dimension % shape.count] = 1 }
            return type.with(shape: shape)
        }
    }

    /// One more dimension in front of every tensor that is no weight.
    private mutating func batch(_ arguments: inout [(name: String, value: OperatorExample.Argument)]) {
        let size = 1 + below(3)
        for index in arguments.indices {
            if case .weight = arguments[index].value { continue }
            arguments[index].value = Self.map(arguments[index].value) { $0.with(shape: [size] + $0.shape) }
        }
    }

    /// float32 becomes a narrow float.
    private mutating func narrow(_ arguments: inout [(name: String, value: OperatorExample.Argument)]) -> Bool {
        guard arguments.contains(where: { Self.types($0.value).contains { $0.element == .f32 } }) else { return false }
        let element: ElementType = chance(50) ? .f16 : .bf16
        for index in arguments.indices {
            arguments[index].value = Self.map(arguments[index].value) { $0.element == .f32 ? $0.with(element: element) : $0 }
        }
        return true
    }

    // MARK: Arguments

    private static func types(_ argument: OperatorExample.Argument) -> [TensorType] {
        switch argument {
        case .tensor(let type, _), .weight(let type, _), .complex(let type, _): [type]
        case .tensors(let types, _): types
        case .indices(let types, _): types.compactMap { $0 }
        case .plain: []
        }
    }

    private static func map(
        _ argument: OperatorExample.Argument, _ change: (TensorType) -> TensorType
    ) -> OperatorExample.Argument {
        switch argument {
        case .tensor(let type, let content): .tensor(change(type), content)
        case .weight(let type, let content): .weight(change(type), content)
        case .complex(let type, let content): .complex(change(type), content)
        case .tensors(let types, let content): .tensors(types.map(change), content)
        case .indices(let types, let content): .indices(types.map { $0.map(change) }, content)
        case .plain: argument
        }
    }

    private mutating func below(_ bound: Int) -> Int { Int(generator.next() % UInt64(bound)) }

    private mutating func chance(_ percent: Int) -> Bool { below(100) < percent }
}
