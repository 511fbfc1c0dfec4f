import Basics
import TensorIR

/// A number of evenly spaced values from `start` to `end`, both included (`torch.linspace`), or a base to their power (`torch.logspace`): a constant. Computed in the
/// element type from the nearer end, as PyTorch does.
package enum Linspace: DecomposedOperator {
    package static let name = "linspace"
    /// More values than any position grid has.
    private static let maximumSteps = 1 << 20

    package static let imports: [ImportRule] = [
        ImportRule(["aten.linspace.default", "aten.logspace.default"]) { (call: inout ImportCall) throws(OperatorError) in
            let (start, end) = (try call.double("start"), try call.double("end"))
            let steps = try call.int("steps")
            let element = try call.optionalElementType("dtype") ?? .f32
            call.ignore("layout", "device", "pin_memory")
            guard steps >= 0, steps <= maximumSteps, element.isFloatingPoint else {
                throw OperatorError("linspace of \(steps) \(element.name)")
            }
            let step = steps > 1 ? Float(end - start) / Float(steps - 1) : 0
            let values = (0..<steps).map { index in
                index < steps / 2 || steps == 1 ? Float(start) + step * Float(index) : Float(end) - step * Float(steps - 1 - index)
            }
            let base = call.target == "aten.logspace.default" ? try call.double("base", default: 10) : nil
            return [
                call.graph.literal(
                    Tensor(
                        TensorType(element, [steps]),
                        doubles: values.map { number in base.map { ElementaryFunctions.power($0, Double(number)) } ?? Double(number) }))
            ]
        }
    ]
    package static let examples: [OperatorExample] = [
        OperatorExample(
            "unit interval", "aten.linspace.default", ["start": .int(0), "end": .int(1), "steps": .int(7)], gives: .f32(7)),
        OperatorExample(
            "falling", "aten.linspace.default", ["start": .float(2.5), "end": .float(-1), "steps": .int(4)], gives: .f32(4)),
        OperatorExample(
            "powers", "aten.logspace.default", ["start": .int(-1), "end": .int(2), "steps": .int(5), "base": .float(2)], gives: .f32(5)),
        OperatorExample(
            "one", "aten.linspace.default", ["start": .int(3), "end": .int(9), "steps": .int(1)], gives: .f32(1), tolerance: 0),
    ]
}
