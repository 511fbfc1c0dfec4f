import Basics
import TensorIR

/// `start, start + step, …` below `end` (`torch.arange`); integers when every bound is one. Folded at import.
package struct Arange: Operator {
    package static let name = "arange"
    package static let imports: [ImportRule] = [
        ImportRule(["aten.arange.default", "aten.arange.start", "aten.arange.start_step"]) {
            (call: inout ImportCall) throws(OperatorError) in
            call.ignore("layout", "device", "pin_memory")
            let bounds = [call.take("start"), call.take("end"), call.take("step")]
            let isReal = bounds.contains { if case .float? = $0 { true } else { false } }
            let element = try call.optionalElementType("dtype") ?? (isReal ? .f32 : .i64)
            func number(_ value: ImportArgument?, _ standard: Double) throws(OperatorError) -> Double {
                switch value {
                case nil: return standard
                case .int(let number)?: return Double(number)
                case .float(let number)?: return number
                case let other?: throw OperatorError("arange with \(other.kind)")
                }
            }
            let arange = Arange(
                start: try number(bounds[0], 0), end: try number(bounds[1], 0), step: try number(bounds[2], 1), element: element)
            return [try call.emit(arange, [])]
        }
    ]
    package static let examples: [OperatorExample] = [
        OperatorExample("to an end", "aten.arange.default", ["end": .int(5)], gives: TensorType(.i64, [5]), tolerance: 0),
        OperatorExample(
            "from a start", "aten.arange.start", ["start": .int(-2), "end": .int(3)], gives: TensorType(.i64, [5]), tolerance: 0),
        OperatorExample(
            "with a step", "aten.arange.start_step", ["start": .int(1), "end": .int(8), "step": .int(3)], gives: TensorType(.i64, [3]),
            tolerance: 0),
        OperatorExample("floats", "aten.arange.start_step", ["start": .float(0), "end": .float(1), "step": .float(0.25)], gives: .f32(4)),
    ]

    package let start: Double
    package let end: Double
    package let step: Double
    package let element: ElementType

    package init(start: Double, end: Double, step: Double, element: ElementType) {
        self.start = start
        self.end = end
        self.step = step
        self.element = element
    }

    package init(_ reader: inout AttributeReader) throws(OperatorError) {
        start = try reader.double("start")
        end = try reader.double("end")
        step = try reader.double("step")
        element = try reader.elementType("element")
    }

    package var attributes: Attributes {
        ["start": .float(start), "end": .float(end), "step": .float(step), "element": .elementType(element)]
    }

    package func resultTypes(_ operands: [TensorType]) throws(OperatorError) -> [TensorType] {
        try operands.expect(0...0)
        let count = ((end - start) / step).rounded(.up)
        guard step != 0, count >= 0, count < 1e9 else { throw OperatorError("arange from \(start) to \(end) by \(step)") }
        return [TensorType(element, [Int(count)])]
    }

    package func evaluate(_ operands: [Tensor]) throws(OperatorError) -> [Tensor] {
        let type = try resultTypes([])[0]
        return [Tensor(type, doubles: (0..<type.elementCount).map { start + Double($0) * step })]
    }
}
