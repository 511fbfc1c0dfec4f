import Basics
import KernelCodegen
import TensorIR

/// An element-wise function of one real operand without attributes: its file gives the function, its lane form and its captured names.
///
/// Floats keep their type. Integers and booleans give f32 unless the function keeps integers (`keepsIntegers`).
package protocol UnaryOperator: PointwiseOperator {
    init()

    /// Integers map to integers: absolute value, negation, rounding.
    static var keepsIntegers: Bool { get }

    /// The function in double precision; the result is rounded once.
    func compute(_ value: Double) -> Double

    /// The function as one or more lane steps.
    func lane(_ program: inout LaneBuilder, _ operand: LaneValue) -> LaneValue
}

extension UnaryOperator {
    package static var keepsIntegers: Bool { false }

    package init(_ reader: inout AttributeReader) throws(OperatorError) { self.init() }

    package var attributes: Attributes { [:] }

    package func resultTypes(_ operands: [TensorType]) throws(OperatorError) -> [TensorType] {
        let operand = try operands.only()
        if operand.element.isFloatingPoint { return [operand] }
        return [operand.with(element: Self.keepsIntegers && operand.element.isInteger ? operand.element : .f32)]
    }

    package func evaluate(_ operands: [Tensor]) throws(OperatorError) -> [Tensor] {
        let type = try resultTypes(operands.map(\.type))[0]
        return [Tensor(type, doubles: operands[0].doubles.map(compute))]
    }

    package func lanes(_ program: inout LaneBuilder, _ operands: [LaneValue]) throws(OperatorError) -> LaneValue {
        lane(&program, operands[0])
    }
}

extension ImportRule {
    /// `aten.<name>.default(self)` and, when asked for, `aten.<name>_.default(self)`.
    package static func unary(_ operation: some UnaryOperator, _ names: String..., hasInPlace: Bool = true) -> ImportRule {
        let inPlace = hasInPlace ? Dictionary(uniqueKeysWithValues: names.map { ("aten.\($0)_.default", "self") }) : [:]
        return ImportRule(names.map { "aten.\($0).default" }, inPlace: inPlace) { (call: inout ImportCall) throws(OperatorError) in
            [try call.emit(operation, [try call.tensor("self")])]
        }
    }
}

extension Array where Element == TensorType {
    /// The one operand; an error for another number of operands.
    package func only() throws(OperatorError) -> TensorType {
        guard count == 1 else { throw OperatorError("takes 1 operand, got \(count)") }
        return self[0]
    }

    /// Fails unless there are that many operands.
    package func expect(_ numbers: ClosedRange<Int>) throws(OperatorError) {
        guard numbers.contains(count) else {
            let wanted = numbers.count == 1 ? "\(numbers.lowerBound)" : "\(numbers.lowerBound) to \(numbers.upperBound)"
            throw OperatorError("takes \(wanted) operands, got \(count)")
        }
    }
}
