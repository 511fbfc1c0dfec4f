import Basics
import Machine

/// A value of one lane program: the place of the step that makes it.
package struct LaneValue: Hashable, Sendable {
    package let index: Int

    package init(_ index: Int) { self.index = index }
}

/// Where the element of a domain index is found in an operand: `offset + Σ index[d] · strides[d]`, in elements.
///
/// A stride of 0 repeats the operand along that dimension. The last stride (columns) is 0 or 1: columns are neighbours in memory, or share one element.
package struct LaneAccess: Hashable, Sendable {
    package var offset: Int
    /// One per dimension of the domain.
    package var strides: [Int]

    package init(offset: Int = 0, strides: [Int]) {
        self.offset = offset
        self.strides = strides
    }

    /// One element for everything.
    package var isScalar: Bool { strides.allSatisfy { $0 == 0 } }

    /// The whole domain, dense, outermost dimension first.
    package static func dense(_ domain: [Int]) -> LaneAccess {
        var strides = Array(repeating: 0, count: domain.count)
        var step = 1
        for dimension in domain.indices.reversed() {
            strides[dimension] = step
            step *= domain[dimension]
        }
        return LaneAccess(strides: strides)
    }

    /// One element per column.
    package static func perColumn(_ domain: [Int]) -> LaneAccess {
        LaneAccess(strides: domain.indices.map { $0 == domain.count - 1 ? 1 : 0 })
    }

    /// One element per row of columns, dense.
    package static func perRow(_ domain: [Int]) -> LaneAccess {
        guard !domain.isEmpty else { return LaneAccess(strides: []) }
        return LaneAccess(strides: dense(Array(domain.dropLast())).strides + [0])
    }

    package static func scalar(_ domain: [Int]) -> LaneAccess {
        LaneAccess(strides: Array(repeating: 0, count: domain.count))
    }

    /// A dense operand of `dimensions`, broadcast to a result of `result` dimensions (both as stored, aligned at the last one; 1 repeats), for a domain that has the
    /// result's dimensions but for ones: `[1, 56, 56, 64]` is the domain `[56, 56, 64]` and the domain `[1, 1, 56, 56, 64]`.
    /// Nil when the shapes do not broadcast or the domain is another one.
    package static func broadcast(_ dimensions: [Int], to result: [Int], domain: [Int]) -> LaneAccess? {
        guard dimensions.count <= result.count, result.filter({ $0 != 1 }) == domain.filter({ $0 != 1 }) else { return nil }
        let aligned = Array(repeating: 1, count: result.count - dimensions.count) + dimensions
        var strides = dense(aligned).strides
        for dimension in result.indices where aligned[dimension] != result[dimension] {
            guard aligned[dimension] == 1 else { return nil }
            strides[dimension] = 0
        }
        var remaining = result.indices.filter { result[$0] != 1 }[...]
        return LaneAccess(strides: domain.map { $0 == 1 ? 0 : remaining.popFirst().map { strides[$0] } ?? 0 })
    }
}

/// One step of a lane program. Everything is computed in f32: operands are widened on read, results rounded to their type on write.
package enum LaneStep: Hashable, Sendable {
    package typealias Unary = VectorUnary.Operation
    package typealias Binary = VectorBinary.Operation
    package typealias Reduction = VectorReduce.Operation

    /// The root computation's result; not in `.lanes`.
    case root
    case operand(Int, LaneAccess)
    case immediate(Float)
    case unary(Unary, LaneValue)
    case binary(Binary, LaneValue, LaneValue)
    /// `condition ≠ 0 ? first : second`.
    case select(LaneValue, LaneValue, LaneValue)
    /// One value per row, over the row's columns in ascending order.
    case rowReduce(Reduction, LaneValue)

    /// The values read.
    package var inputs: [LaneValue] {
        switch self {
        case .root, .operand, .immediate: []
        case .unary(_, let value), .rowReduce(_, let value): [value]
        case .binary(_, let first, let second): [first, second]
        case .select(let condition, let first, let second): [condition, first, second]
        }
    }
}

/// One result of a kernel: which value goes to which operand, and where in it.
package struct LaneOutput: Hashable, Sendable {
    package var value: LaneValue
    package var operand: Int
    /// A column stride of 0 stores one element per row: the value must then be a row reduction or depend on rows alone.
    package var access: LaneAccess

    package init(_ value: LaneValue, operand: Int, access: LaneAccess) {
        self.value = value
        self.operand = operand
        self.access = access
    }
}

/// A computation of one lane, run over all lanes of a domain of rows × columns: steps in single static assignment form, and results.
package struct LaneProgram: Hashable, Sendable {
    package var steps: [LaneStep]
    package var outputs: [LaneOutput]

    package init(steps: [LaneStep] = [], outputs: [LaneOutput] = []) {
        self.steps = steps
        self.outputs = outputs
    }
}

/// Builds a lane program: every method appends a step (equal steps once) and names its value.
package struct LaneBuilder {
    package private(set) var program = LaneProgram()
    private var known: [LaneStep: LaneValue] = [:]

    package init() {}

    package mutating func append(_ step: LaneStep) -> LaneValue {
        if let value = known[step] { return value }
        program.steps.append(step)
        let value = LaneValue(program.steps.count - 1)
        known[step] = value
        return value
    }

    /// The root computation's result.
    package mutating func root() -> LaneValue { append(.root) }

    package mutating func operand(_ number: Int, _ access: LaneAccess) -> LaneValue { append(.operand(number, access)) }

    package mutating func immediate(_ value: Float) -> LaneValue { append(.immediate(value)) }

    package mutating func unary(_ operation: LaneStep.Unary, _ value: LaneValue) -> LaneValue { append(.unary(operation, value)) }

    package mutating func binary(_ operation: LaneStep.Binary, _ first: LaneValue, _ second: LaneValue) -> LaneValue {
        append(.binary(operation, first, second))
    }

    package mutating func select(_ condition: LaneValue, _ first: LaneValue, _ second: LaneValue) -> LaneValue {
        append(.select(condition, first, second))
    }

    package mutating func rowReduce(_ operation: LaneStep.Reduction, _ value: LaneValue) -> LaneValue {
        append(.rowReduce(operation, value))
    }

    /// Stores a value in a result operand.
    package mutating func output(_ value: LaneValue, to operand: Int, _ access: LaneAccess) {
        program.outputs.append(LaneOutput(value, operand: operand, access: access))
    }
}
