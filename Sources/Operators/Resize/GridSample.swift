import Basics
import TensorIR

/// A picture read at given places (`torch.nn.functional.grid_sample`): x is `[N, C, H, W]`, the grid `[N, H′, W′, 2]` holds (x, y) in [−1, 1] over the picture.
/// Places between pixels mix the four (or, cubic, the sixteen) around; places outside are zero, those of the edge, or mirrored.
package struct GridSample: Operator {
    package enum Interpolation: Int, Sendable { case bilinear, nearest, bicubic }
    package enum Padding: Int, Sendable { case zeros, border, reflection }

    package static let name = "grid_sample"
    package static let imports: [ImportRule] = [
        ImportRule(["aten.grid_sampler.default", "aten.grid_sampler_2d.default"]) { (call: inout ImportCall) throws(OperatorError) in
            let operands = [try call.tensor("input"), try call.tensor("grid")]
            let (interpolation, padding) = (try call.int("interpolation_mode"), try call.int("padding_mode"))
            guard let interpolation = Interpolation(rawValue: interpolation), let padding = Padding(rawValue: padding) else {
                throw OperatorError("grid_sampler in the modes \(interpolation) and \(padding)")
            }
            let operation = GridSample(interpolation: interpolation, padding: padding, alignsCorners: try call.bool("align_corners"))
            return [try call.emit(operation, operands)]
        }
    ]
    package static let examples: [OperatorExample] = [
        sample("bilinear, zeros", .bilinear, .zeros, alignsCorners: false),
        sample("bilinear, border, aligned", .bilinear, .border, alignsCorners: true),
        sample("bilinear, reflection", .bilinear, .reflection, alignsCorners: false),
        sample("nearest, zeros", .nearest, .zeros, alignsCorners: true),
        sample("cubic, reflection, aligned", .bicubic, .reflection, alignsCorners: true),
        sample("cubic, zeros", .bicubic, .zeros, alignsCorners: false),
    ]

    private static func sample(_ name: String, _ interpolation: Interpolation, _ padding: Padding, alignsCorners: Bool) -> OperatorExample {
        OperatorExample(
            name, "aten.grid_sampler.default",
            [
                "input": .f32(2, 3, 5, 6), "grid": .f32(2, 4, 3, 2, content: .uniform(-1.4, 1.4)),
                "interpolation_mode": .int(interpolation.rawValue), "padding_mode": .int(padding.rawValue),
                "align_corners": .bool(alignsCorners),
            ], gives: .f32(2, 3, 4, 3), tolerance: 1e-5)
    }

    package let interpolation: Interpolation
    package let padding: Padding
    package let alignsCorners: Bool

    package init(interpolation: Interpolation, padding: Padding, alignsCorners: Bool) {
        self.interpolation = interpolation
        self.padding = padding
        self.alignsCorners = alignsCorners
    }

    package init(_ reader: inout AttributeReader) throws(OperatorError) {
        guard let interpolation = Interpolation(rawValue: try reader.int("interpolation")),
            let padding = Padding(rawValue: try reader.int("padding"))
        else { throw OperatorError("an unknown mode") }
        (self.interpolation, self.padding) = (interpolation, padding)
        alignsCorners = try reader.bool("aligns_corners")
    }

    package var attributes: Attributes {
        [
            "interpolation": .int(interpolation.rawValue), "padding": .int(padding.rawValue), "aligns_corners": .bool(alignsCorners),
        ]
    }

    package func resultTypes(_ operands: [TensorType]) throws(OperatorError) -> [TensorType] {
        try operands.expect(2...2)
        let (input, grid) = (operands[0], operands[1])
        guard input.rank == 4, grid.rank == 4, grid.shape[3] == 2, grid.shape[0] == input.shape[0], input.element.isFloatingPoint,
            grid.element == input.element, input.shape[2] > 0, input.shape[3] > 0
        else { throw OperatorError("grid_sample of \(input) at \(grid)") }
        return [input.with(shape: [input.shape[0], input.shape[1], grid.shape[1], grid.shape[2]])]
    }

    package func evaluate(_ operands: [Tensor]) throws(OperatorError) -> [Tensor] {
        let type = try resultTypes(operands.map(\.type))[0]
        let shape = operands[0].type.shape
        let (source, grid) = (operands[0].doubles, operands[1].doubles)
        let (plane, places) = (shape[2] * shape[3], type.shape[2] * type.shape[3])
        var values = [Double](repeating: 0, count: type.elementCount)
        for image in 0..<shape[0] {
            for place in 0..<places {
                let position = (image * places + place) * 2
                let columns = taps(grid[position], shape[3])
                let rows = taps(grid[position + 1], shape[2])
                for channel in 0..<shape[1] {
                    let start = (image * shape[1] + channel) * plane
                    var sum = 0.0
                    for (y, rowWeight) in rows {
                        for (x, weight) in columns { sum += rowWeight * weight * source[start + y * shape[3] + x] }
                    }
                    values[(image * shape[1] + channel) * places + place] = sum
                }
            }
        }
        return [Tensor(type, doubles: values)]
    }

    /// The pixels along one axis that a place in [−1, 1] mixes, those outside left out.
    private func taps(_ place: Double, _ size: Int) -> [(Int, Double)] {
        let spread = alignsCorners ? (place + 1) / 2 * Double(size - 1) : ((place + 1) * Double(size) - 1) / 2
        // A cubic place stays where it is; its pixels are brought inside one by one.
        let position = interpolation == .bicubic ? spread : inside(spread, size)
        guard position.isFinite, abs(position) < 1e15 else { return [] }
        let first = position.rounded(.down)
        let fraction = position - first
        let taps: [(Double, Double)] =
            switch interpolation {
            case .nearest: [(position.rounded(.toNearestOrEven), 1)]
            case .bilinear: [(first, 1 - fraction), (first + 1, fraction)]
            case .bicubic: (-1...2).map { (first + Double($0), Self.bell(abs(fraction - Double($0)))) }
            }
        return taps.compactMap { index, weight in
            let index = interpolation == .bicubic ? inside(index, size) : index
            return index >= 0 && index < Double(size) ? (Int(index), weight) : nil
        }
    }

    /// A position brought inside as the padding says.
    private func inside(_ position: Double, _ size: Int) -> Double {
        switch padding {
        case .zeros: return position
        case .border: return min(max(position, 0), Double(size - 1))
        case .reflection:
            let (low, high) = alignsCorners ? (0, Double(size - 1)) : (-0.5, Double(size) - 0.5)
            guard high > low else { return 0 }
            let distance = abs(position - low).truncatingRemainder(dividingBy: 2 * (high - low))
            let mirrored = low + min(distance, 2 * (high - low) - distance)
            return min(max(mirrored, 0), Double(size - 1))
        }
    }

    /// Keys' cubic convolution kernel with coefficient −¾.
    private static func bell(_ x: Double) -> Double {
        if x <= 1 { return (1.25 * x - 2.25) * x * x + 1 }
        return x < 2 ? ((-0.75 * x + 3.75) * x - 6) * x + 3 : 0
    }
}
