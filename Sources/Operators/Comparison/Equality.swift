import KernelCodegen
import TensorIR

/// Whether `a = b`, element by element with broadcasting (`torch.eq`; `torch.isclose` within bounds). The result is boolean.
package struct Equality: BinaryOperator {
    package static let name = "eq"
    package static let imports: [ImportRule] = [
        .binary(Self(), "eq"),
        ImportRule(["aten.isclose.default"]) { (call: inout ImportCall) throws(OperatorError) in
            let (relative, absolute) = (Formula(try call.double("rtol", default: 1e-5)), Formula(try call.double("atol", default: 1e-8)))
            let equalsNaN = try call.bool("equal_nan", default: false)
            return [
                try call.rounded([try call.tensor("self"), try call.tensor("other")]) { (terms) throws(OperatorError) in
                    let distance = (terms[0] - terms[1]).magnitude
                    // Of infinities only equal ones are close.
                    let isNear = Formula(LogicalAnd(), distance <= absolute + relative * terms[1].magnitude, distance < Formula(.infinity))
                    let isClose = Formula(LogicalOr(), terms[0] .== terms[1], isNear)
                    return equalsNaN ? Formula(LogicalOr(), isClose, Formula(LogicalAnd(), terms[0].isNaN, terms[1].isNaN)) : isClose
                }
            ]
        },
    ]
    package static let result = BinaryResult.truth
    package static let examples: [OperatorExample] = [
        OperatorExample(
            "nearly", "aten.isclose.default",
            [
                "self": .f32(4, content: .values([1, 1, .infinity, .nan])),
                "other": .f32(4, content: .values([1.000001, 1.1, .infinity, .nan])),
            ],
            gives: TensorType(.bool, [4]), tolerance: 0),
        OperatorExample(
            "integers", "aten.eq.Tensor",
            ["self": .tensor(.i64, [3, 4], .integers(0, 3)), "other": .tensor(.i64, [4], .integers(0, 3))],
            gives: TensorType(.bool, [3, 4]),
            tolerance: 0),
        OperatorExample(
            "with a number", "aten.eq.Scalar", ["self": .f32(7, content: .values([-1, 0, 0.5, 1, 2, 0.5, -3])), "other": .float(0.5)],
            gives: TensorType(.bool, [7]), tolerance: 0),
    ]

    package init() {}

    package func compute(_ left: Double, _ right: Double) -> Double { left == right ? 1 : 0 }

    package func compute(_ left: Int, _ right: Int) throws(OperatorError) -> Int {
        left == right ? 1 : 0
    }

    package func lane(_ program: inout LaneBuilder, _ left: LaneValue, _ right: LaneValue) -> LaneValue {
        program.binary(.equal, left, right)
    }
}
