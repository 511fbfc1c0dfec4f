import Basics
import TensorIR

/// How many elements fall into each of `bins` equal cells between a least and a greatest value, both included (`torch.histc`). Elements outside count
/// nowhere; equal bounds mean those of the elements themselves.
package struct Histogram: Operator {
    package static let name = "histogram"
    package static let imports: [ImportRule] = [
        ImportRule(["aten.histc.default"]) { (call: inout ImportCall) throws(OperatorError) in
            let operation = Histogram(
                bins: try call.int("bins", default: 100), minimum: try call.double("min", default: 0),
                maximum: try call.double("max", default: 0))
            return [try call.emit(operation, [try call.tensor("self")])]
        }
    ]
    package static let examples: [OperatorExample] = [
        OperatorExample(
            "given bounds", "aten.histc.default",
            ["self": .f32(4, 9), "bins": .int(5), "min": .float(-1), "max": .float(1.5)], gives: .f32(5), tolerance: 0),
        OperatorExample("own bounds", "aten.histc.default", ["self": .f32(20), "bins": .int(4)], gives: .f32(4), tolerance: 0),
        OperatorExample("no cells", "aten.histc.default", ["self": .f32(3), "bins": .int(0)], refused: "a histogram of f32[3] in 0 cells"),
    ]

    package let bins: Int
    package let minimum: Double
    package let maximum: Double

    package init(bins: Int, minimum: Double, maximum: Double) {
        self.bins = bins
        self.minimum = minimum
        self.maximum = maximum
    }

    package init(_ reader: inout AttributeReader) throws(OperatorError) {
        bins = try reader.int("bins")
        minimum = try reader.double("minimum")
        maximum = try reader.double("maximum")
    }

    package var attributes: Attributes { ["bins": .int(bins), "minimum": .float(minimum), "maximum": .float(maximum)] }

    package func resultTypes(_ operands: [TensorType]) throws(OperatorError) -> [TensorType] {
        let operand = try operands.only()
        guard bins >= 1, minimum <= maximum, operand.element.isFloatingPoint else {
            throw OperatorError("a histogram of \(operand) in \(bins) cells")
        }
        return [operand.with(shape: [bins])]
    }

    package func evaluate(_ operands: [Tensor]) throws(OperatorError) -> [Tensor] {
        let type = try resultTypes(operands.map(\.type))[0]
        let values = operands[0].doubles
        var (low, high) = (minimum, maximum)
        if low == high, let least = values.min(), let greatest = values.max() { (low, high) = (least, greatest) }
        if low == high { (low, high) = (low - 1, high + 1) }
        var counts = Array(repeating: 0.0, count: bins)
        for value in values where value >= low && value <= high {
            let cell = Int(((value - low) * Double(bins) / (high - low)).rounded(.down))
            counts[min(cell, bins - 1)] += 1
        }
        return [Tensor(type, doubles: counts)]
    }
}
