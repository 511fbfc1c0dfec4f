import Basics
import TensorIR

/// What kind of number an element is (`torch.isnan`, `isinf`, `isfinite`, `isposinf`, `isneginf`, `signbit`), and NaN and infinities replaced (`nan_to_num`).
package enum FloatClass: DecomposedOperator {
    package static let name = "isnan"
    package static let imports: [ImportRule] = [
        rule("isnan") { $0 .!= $0 },
        rule("isinf") { $0.magnitude .== Formula(.infinity) },
        rule("isfinite") { $0.magnitude < Formula(.infinity) },
        rule("isposinf") { $0 .== Formula(.infinity) },
        rule("isneginf") { $0 .== Formula(-.infinity) },
        // 1 / −0 is −∞.
        rule("signbit") { .choose($0 .== 0, 1 / $0 < 0, $0 < 0) },
        ImportRule(["aten.nan_to_num.default"], inPlace: ["aten.nan_to_num_.default": "self"]) {
            (call: inout ImportCall) throws(OperatorError) in
            let operand = try call.tensor("self")
            let given = (try call.optionalDouble("nan"), try call.optionalDouble("posinf"), try call.optionalDouble("neginf"))
            guard let greatest = call.type(operand).element.greatestFinite else { return [operand] }
            let x = Formula(operand)
            let noNaN = Formula.choose(x.isNaN, Formula(given.0 ?? 0), x)
            let noGreat = Formula.choose(x .== Formula(.infinity), Formula(given.1 ?? greatest), noNaN)
            return [try call.emit(.choose(x .== Formula(-.infinity), Formula(given.2 ?? -greatest), noGreat))]
        },
    ]
    package static let examples: [OperatorExample] = [
        OperatorExample("NaN", "aten.isnan.default", ["self": special], gives: TensorType(.bool, [6]), tolerance: 0),
        OperatorExample("infinite", "aten.isinf.default", ["self": special], gives: TensorType(.bool, [6]), tolerance: 0),
        OperatorExample("finite", "aten.isfinite.default", ["self": special], gives: TensorType(.bool, [6]), tolerance: 0),
        OperatorExample("below 0", "aten.signbit.default", ["self": special], gives: TensorType(.bool, [6]), tolerance: 0),
        OperatorExample("replaced", "aten.nan_to_num.default", ["self": special], gives: .f32(6), tolerance: 0),
        OperatorExample(
            "replaced by numbers", "aten.nan_to_num.default",
            ["self": special, "nan": .float(1), "posinf": .float(2), "neginf": .float(-2)],
            gives: .f32(6), tolerance: 0),
    ]

    private static let special = OperatorExample.Argument.f32(6, content: .values([.nan, .infinity, -.infinity, -0.0, -2, 3]))

    /// Integers are neither NaN nor infinite, and small enough for what is asked of them.
    private static func rule(_ name: String, _ formula: @escaping @Sendable (Formula) -> Formula) -> ImportRule {
        ImportRule(["aten.\(name).default"]) { (call: inout ImportCall) throws(OperatorError) in
            let operand = try call.tensor("self")
            let element = call.type(operand).element
            return [try call.emit(formula(Formula(try call.cast(operand, to: element.isFloatingPoint ? element : .f32))))]
        }
    }
}

extension ElementType {
    /// The greatest number that is not infinite; nil for integers.
    fileprivate var greatestFinite: Double? {
        switch self {
        case .f64: .greatestFiniteMagnitude
        case .f32: Double(Float.greatestFiniteMagnitude)
        case .f16: 65504
        case .bf16: 0x1.FEp127
        default: nil
        }
    }
}
