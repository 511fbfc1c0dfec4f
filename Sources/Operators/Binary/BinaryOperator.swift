import Basics
import KernelCodegen
import TensorIR

/// What element type an element-wise operation of two operands gives.
package enum BinaryResult: Sendable {
    /// The promoted type.
    case promoted
    /// The promoted type, f32 for integers and booleans.
    case real
    /// A boolean.
    case truth
}

/// An element-wise operation of two operands, broadcast as PyTorch does: its file gives the function, its lane form and its captured names.
package protocol BinaryOperator: PointwiseOperator {
    init()

    static var result: BinaryResult { get }

    /// The function in double precision; rounded once.
    func compute(_ left: Double, _ right: Double) -> Double

    /// The function for integers; wraps.
    func compute(_ left: Int, _ right: Int) throws(OperatorError) -> Int

    /// The function as one or more lane steps.
    func lane(_ program: inout LaneBuilder, _ left: LaneValue, _ right: LaneValue) -> LaneValue
}

extension BinaryOperator {
    package static var result: BinaryResult { .promoted }

    package init(_ reader: inout AttributeReader) throws(OperatorError) { self.init() }

    package var attributes: Attributes { [:] }

    package func resultTypes(_ operands: [TensorType]) throws(OperatorError) -> [TensorType] {
        try operands.expect(2...2)
        guard let shape = ShapeArithmetic.broadcast(operands.map(\.shape)) else {
            throw OperatorError("shapes \(operands[0].shape) and \(operands[1].shape) do not broadcast")
        }
        let promoted = ElementPromotion.promote(operands)
        let element: ElementType =
            switch Self.result {
            case .promoted: promoted
            case .real: promoted.isFloatingPoint ? promoted : .f32
            case .truth: .bool
            }
        return [TensorType(element, shape)]
    }

    package func evaluate(_ operands: [Tensor]) throws(OperatorError) -> [Tensor] {
        let type = try resultTypes(operands.map(\.type))[0]
        if operands.contains(where: { $0.type.element.isFloatingPoint }) || Self.result == .real {
            let left = ShapeArithmetic.broadcast(operands[0].doubles, operands[0].type.shape, to: type.shape)
            let right = ShapeArithmetic.broadcast(operands[1].doubles, operands[1].type.shape, to: type.shape)
            return [Tensor(type, doubles: zip(left, right).map { compute($0, $1) })]
        }
        let left = ShapeArithmetic.broadcast(operands[0].ints, operands[0].type.shape, to: type.shape)
        let right = ShapeArithmetic.broadcast(operands[1].ints, operands[1].type.shape, to: type.shape)
        var values: [Int] = []
        values.reserveCapacity(left.count)
        for index in left.indices { values.append(try compute(left[index], right[index])) }
        return [Tensor(type, ints: values)]
    }

    package func lanes(_ program: inout LaneBuilder, _ operands: [LaneValue]) throws(OperatorError) -> LaneValue {
        lane(&program, operands[0], operands[1])
    }
}

extension ImportRule {
    /// `aten.<name>.Tensor(self, other)` and `.Scalar`, with in-place forms when asked for.
    package static func binary(_ operation: some BinaryOperator, _ names: String..., hasInPlace: Bool = true) -> ImportRule {
        let suffixes = ["Tensor", "Scalar"]
        let targets = names.flatMap { name in suffixes.map { "aten.\(name).\($0)" } }
        let writes = hasInPlace ? names.flatMap { name in suffixes.map { ("aten.\(name)_.\($0)", "self") } } : []
        return ImportRule(targets, inPlace: Dictionary(uniqueKeysWithValues: writes)) { (call: inout ImportCall) throws(OperatorError) in
            let operands = try call.operands()
            return [try call.emit(operation, [operands.left, operands.right])]
        }
    }

    /// `aten.<name>.default(self, other)` with two tensors.
    package static func binaryDefault(_ operation: some BinaryOperator, _ names: String...) -> ImportRule {
        ImportRule(names.map { "aten.\($0).default" }) { (call: inout ImportCall) throws(OperatorError) in
            [try call.emit(operation, [try call.tensor("self"), try call.tensor("other")])]
        }
    }
}

extension ImportCall {
    /// `self` and `other`, of which one may be a number: decomposition turns `1 - x` round.
    package mutating func operands() throws(OperatorError) -> (left: ValueID, right: ValueID) {
        let first = take("self")
        if case .value(let left)? = first { return (left, try tensorOrScalar("other", with: left)) }
        let right = try tensor("other")
        return (try tensorOrScalar(first, "self", with: right), right)
    }
}
