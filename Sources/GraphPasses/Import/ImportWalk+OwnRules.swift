import Basics
import Operators
import TensorIR

extension ImportWalk {
    /// Calls that are written with other operators and belong to none of them. A rule of an operator goes first.
    static let ownRules: [String: ImportRule] = {
        var rules: [String: ImportRule] = [:]
        for rule in [copy, identityMatrix] { for target in rule.allTargets { rules[target] = rule } }
        return rules
    }()

    /// Elements taken from another tensor: cast and stretched to the type of the one that is written.
    private static let copy = ImportRule(["aten.copy.default"], inPlace: ["aten.copy_.default": "self"]) {
        (call: inout ImportCall) throws(OperatorError) in
        let type = call.type(try call.tensor("self"))
        call.ignore("non_blocking")
        let source = try call.cast(try call.tensor("src"), to: type.element)
        return [try call.expand(source, type.shape)]
    }

    /// Ones where the row is the column.
    private static let identityMatrix = ImportRule(["aten.eye.default", "aten.eye.m"]) { (call: inout ImportCall) throws(OperatorError) in
        let rows = try call.int("n")
        let columns = try call.int("m", default: rows)
        let element = try call.optionalElementType("dtype") ?? .f32
        call.ignore("layout", "device", "pin_memory")
        guard rows >= 0, columns >= 0, rows.multipliedReportingOverflow(by: columns).partialValue <= FoldConstants.elementLimit,
            max(rows, columns) <= FoldConstants.elementLimit
        else { throw OperatorError("an identity matrix of \(rows) × \(columns)") }
        let ones = (0..<rows * columns).map { columns > 0 && $0 / columns == $0 % columns ? 1 : 0 }
        return [call.graph.literal(Tensor(TensorType(element, [rows, columns]), ints: ones))]
    }
}
