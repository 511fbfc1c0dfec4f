import Basics
import TensorIR

/// What a decomposition computes, written as in a book: `0.5 * (x.exponential - (-x).exponential)`.
///
/// A formula that stands in two places is one node of the graph. Numbers take the element type of the values that they meet.
package final class Formula: Sendable {
    fileprivate enum Content: Sendable {
        case value(ValueID)
        case number(Double)
        case operation(any Operator, [Formula])
    }

    fileprivate let content: Content

    private init(_ content: Content) { self.content = content }

    package convenience init(_ value: ValueID) { self.init(.value(value)) }
    package convenience init(_ number: Double) { self.init(.number(number)) }
    package convenience init(_ operation: any Operator, _ operands: Formula...) { self.init(.operation(operation, operands)) }

    /// log 2, to base e.
    package static let logarithmOfTwo = Formula(0x1.62e42fefa39efp-1)

    /// `condition ? first : second`.
    package static func choose(_ condition: Formula, _ first: Formula, _ second: Formula) -> Formula {
        Formula(Where(), condition, first, second)
    }

    package static func greatest(_ first: Formula, _ second: Formula) -> Formula { Formula(Maximum(), first, second) }
    package static func least(_ first: Formula, _ second: Formula) -> Formula { Formula(Minimum(), first, second) }
}

extension Formula: ExpressibleByFloatLiteral {
    package convenience init(floatLiteral value: Double) { self.init(.number(value)) }
}

extension Formula: ExpressibleByIntegerLiteral {
    package convenience init(integerLiteral value: Int) { self.init(.number(Double(value))) }
}

// Arithmetic and comparisons, element by element with broadcasting.
extension Formula {
    package static func + (left: Formula, right: Formula) -> Formula { Formula(Addition(), left, right) }
    package static func - (left: Formula, right: Formula) -> Formula { Formula(Subtraction(), left, right) }
    package static func * (left: Formula, right: Formula) -> Formula { Formula(Multiplication(), left, right) }
    package static func / (left: Formula, right: Formula) -> Formula { Formula(Division(), left, right) }
    package static func < (left: Formula, right: Formula) -> Formula { Formula(LessThan(), left, right) }
    package static func > (left: Formula, right: Formula) -> Formula { Formula(GreaterThan(), left, right) }
    package static func <= (left: Formula, right: Formula) -> Formula { Formula(LessOrEqual(), left, right) }
    package static func .== (left: Formula, right: Formula) -> Formula { Formula(Equality(), left, right) }
    package static func .!= (left: Formula, right: Formula) -> Formula { Formula(Inequality(), left, right) }
    package static prefix func - (operand: Formula) -> Formula { Formula(Negation(), operand) }
}

// Functions.
extension Formula {
    package var magnitude: Formula { Formula(AbsoluteValue(), self) }
    package var sign: Formula { Formula(Sign(), self) }
    package var squared: Formula { self * self }
    package var squareRoot: Formula { Formula(SquareRoot(), self) }
    package var exponential: Formula { Formula(Exponential(), self) }
    package var exponentialMinusOne: Formula { Formula(ExponentialMinusOne(), self) }
    package var logarithm: Formula { Formula(Logarithm(), self) }
    package var logarithmOnePlus: Formula { Formula(LogarithmOnePlus(), self) }
    package var sine: Formula { Formula(Sine(), self) }
    package var cosine: Formula { Formula(Cosine(), self) }
    package var arctangent: Formula { Formula(Arctangent(), self) }
    package var truncated: Formula { Formula(Truncation(), self) }
    package var rounded: Formula { Formula(Rounding(), self) }
    package var isNaN: Formula { self .!= self }

    package func sum(_ dimensions: [Int], keepsDimensions: Bool = false) -> Formula {
        dimensions.isEmpty ? self : Formula(Sum(dimensions: dimensions, keepsDimensions: keepsDimensions), self)
    }

    package func mean(_ dimensions: [Int], keepsDimensions: Bool = false) -> Formula {
        dimensions.isEmpty ? self : Formula(Mean(dimensions: dimensions, keepsDimensions: keepsDimensions), self)
    }

    /// The elements of a loss left, averaged or summed, as PyTorch numbers the ways; `mean` makes the average of their sum.
    package func reduced(_ way: Int, _ dimensions: [Int], mean: (Formula) -> Formula) throws(OperatorError) -> Formula {
        switch way {
        case 0: return self
        case 1: return mean(sum(dimensions))
        case 2: return sum(dimensions)
        default: throw OperatorError("a loss reduced by way \(way)")
        }
    }

    package func greatest(_ dimensions: [Int], keepsDimensions: Bool = false) -> Formula {
        dimensions.isEmpty ? self : Formula(GreatestOf(dimensions: dimensions, keepsDimensions: keepsDimensions), self)
    }
}

extension ImportCall {
    /// Appends the nodes of a formula.
    package mutating func emit(_ formula: Formula) throws(OperatorError) -> ValueID {
        var known: [ObjectIdentifier: ValueID] = [:]
        return try emit(formula, .f32, &known)
    }

    /// - Parameter element: the type of a number that meets no value.
    private mutating func emit(
        _ formula: Formula, _ element: ElementType, _ known: inout [ObjectIdentifier: ValueID]
    ) throws(OperatorError) -> ValueID {
        switch formula.content {
        case .value(let value): return value
        case .number(let number): return literal(number, element)
        case .operation(let operation, let operands):
            if let value = known[ObjectIdentifier(formula)] { return value }
            var values: [ValueID?] = []
            for operand in operands {
                if case .number = operand.content { values.append(nil) } else { values.append(try emit(operand, element, &known)) }
            }
            let met = values.compactMap { $0.map { type($0).element } }.first { $0.isFloatingPoint } ?? element
            let result = try emit(
                operation,
                try zip(operands, values).map { (operand, value) throws(OperatorError) in
                    if let value { value } else { try emit(operand, met, &known) }
                })
            known[ObjectIdentifier(formula)] = result
            return result
        }
    }

    /// A formula of some operands, computed in float32 (of f64 in f64) and rounded once to the type in which the operands meet; integers give f32.
    package mutating func rounded(
        _ operands: [ValueID], _ formula: ([Formula]) throws(OperatorError) -> Formula
    ) throws(OperatorError) -> ValueID {
        let (terms, result) = try widened(operands)
        let value = try emit(try formula(terms))
        return type(value).element == .bool ? value : try cast(value, to: result)
    }

    /// Operands in the type in which PyTorch computes, and the type of what comes of them.
    private mutating func widened(_ operands: [ValueID]) throws(OperatorError) -> (terms: [Formula], result: ElementType) {
        let met = ElementPromotion.promote(operands.map { type($0) })
        let result = met.isFloatingPoint ? met : .f32
        var wide: [Formula] = []
        for operand in operands { wide.append(Formula(try cast(operand, to: result.accumulator))) }
        return (wide, result)
    }

    /// The elements of a loss averaged, summed or left, as the call's `reduction` says; rounded once, as `rounded` does.
    package mutating func reducedLoss(
        _ operands: [ValueID], _ loss: ([Formula]) throws(OperatorError) -> Formula
    ) throws(OperatorError) -> ValueID {
        let (terms, result) = try widened(operands)
        let elements = try emit(try loss(terms))
        let dimensions = Array(0..<type(elements).rank)
        let way = try int("reduction", default: 1)
        return try cast(try emit(try Formula(elements).reduced(way, dimensions) { _ in Formula(elements).mean(dimensions) }), to: result)
    }
}

extension ImportRule {
    /// A formula of tensors, computed as `ImportCall.rounded` says. One that is written over its first operand is taken as well: `aten.hypot_.default` beside
    /// `aten.hypot.default`.
    package static func formula(
        _ targets: String..., of names: String..., as formula: @escaping @Sendable ([Formula]) -> Formula
    ) -> ImportRule {
        let written = targets.map { (OverloadAliases.inPlace($0), names[0]) }
        return ImportRule(targets, inPlace: Dictionary(uniqueKeysWithValues: written)) { (call: inout ImportCall) throws(OperatorError) in
            var operands: [ValueID] = []
            for name in names { operands.append(try call.tensor(name)) }
            return [try call.rounded(operands) { (terms) throws(OperatorError) in formula(terms) }]
        }
    }
}
