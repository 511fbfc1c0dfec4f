import TensorIR

/// Fourier transforms of complex signals, and along several dimensions one after the other (`torch.fft.fft`, `ifft`, `fft2`, `fftn`, `rfft2`, `rfftn` and their
/// inverses).
package enum FourierTransforms: DecomposedOperator {
    package static let name = "fftn"
    package static let imports: [ImportRule] = [
        ImportRule(["aten.fft_fft.default", "aten.fft_ifft.default"]) { (call: inout ImportCall) throws(OperatorError) in
            let isForward = call.target == "aten.fft_fft.default"
            let signal = try Signal(&call)
            let axis = Axis(try call.dimension("dim", of: signal.real, default: -1), try call.optionalInt("n"))
            return try signal.transformed(&call, [axis], isForward, try scale(&call, isForward)).parts
        },
        ImportRule(["aten.fft_fft2.default", "aten.fft_ifft2.default", "aten.fft_fftn.default", "aten.fft_ifftn.default"]) {
            (call: inout ImportCall) throws(OperatorError) in
            let isForward = !call.target.contains("ifft")
            let signal = try Signal(&call)
            let axes = try axes(&call, signal.real)
            return try signal.transformed(&call, axes, isForward, try scale(&call, isForward)).parts
        },
        ImportRule(["aten._fft_c2c.default"]) { (call: inout ImportCall) throws(OperatorError) in
            let isForward = try call.bool("forward")
            let signal = try Signal(&call)
            let axes = try axes(&call, signal.real)
            return try signal.transformed(&call, axes, isForward, try numberedScale(&call)).parts
        },
        ImportRule(["aten.fft_rfft2.default", "aten.fft_rfftn.default"]) { (call: inout ImportCall) throws(OperatorError) in
            let signal = try call.tensor("self")
            let axes = try axes(&call, signal)
            return try bins(&call, signal, axes, isOneSided: true, try scale(&call, true))
        },
        ImportRule(["aten._fft_r2c.default"]) { (call: inout ImportCall) throws(OperatorError) in
            let signal = try call.tensor("self")
            let axes = try axes(&call, signal)
            return try bins(&call, signal, axes, isOneSided: try call.bool("onesided"), try numberedScale(&call))
        },
        ImportRule(["aten.fft_irfft2.default", "aten.fft_irfftn.default"]) { (call: inout ImportCall) throws(OperatorError) in
            let signal = try Signal(&call)
            let axes = try axes(&call, signal.real)
            return [try real(&call, signal, axes, try scale(&call, false))]
        },
        ImportRule(["aten._fft_c2r.default"]) { (call: inout ImportCall) throws(OperatorError) in
            let signal = try Signal(&call)
            var axes = try axes(&call, signal.real)
            axes[axes.count - 1].points = try call.int("last_dim_size")
            return [try real(&call, signal, axes, try numberedScale(&call))]
        },
    ]
    package static let examples: [OperatorExample] = [
        OperatorExample(
            "of real numbers", "aten.fft_fft.default", ["self": .f32(2, 9)], gives: .f32(2, 9), .f32(2, 9), tolerance: 2e-6),
        OperatorExample(
            "of complex numbers, fewer points", "aten.fft_fft.default",
            ["self": .complex(.f32(6, 3), .uniform(-2, 2)), "n": .int(5), "dim": .int(0)], gives: .f32(5, 3), .f32(5, 3), tolerance: 2e-6),
        OperatorExample(
            "back", "aten.fft_ifft.default", ["self": .complex(.f32(3, 8), .uniform(-2, 2)), "norm": .string("ortho")],
            gives: .f32(3, 8), .f32(3, 8), tolerance: 2e-6),
        OperatorExample(
            "pictures", "aten.fft_fft2.default", ["self": .f32(2, 4, 6)], gives: .f32(2, 4, 6), .f32(2, 4, 6), tolerance: 2e-6),
        OperatorExample(
            "pictures, one-sided, and more points", "aten.fft_rfft2.default", ["self": .f32(2, 4, 6), "s": .ints(6, 6)],
            gives: .f32(2, 6, 4), .f32(2, 6, 4), tolerance: 2e-6),
        OperatorExample(
            "pictures, back", "aten.fft_irfft2.default", ["self": .complex(.f32(2, 4, 4), .uniform(-2, 2))], gives: .f32(2, 4, 6),
            tolerance: 2e-6),
        OperatorExample(
            "all dimensions, back", "aten.fft_ifftn.default", ["self": .complex(.f32(3, 2, 4), .uniform(-2, 2))],
            gives: .f32(3, 2, 4), .f32(3, 2, 4), tolerance: 2e-6),
        OperatorExample(
            "all bins", "aten._fft_r2c.default",
            ["self": .f32(2, 8), "dim": .ints(1), "normalization": .int(0), "onesided": .bool(false)], gives: .f32(2, 8), .f32(2, 8),
            tolerance: 2e-6),
        OperatorExample(
            "one-sided in the last", "aten._fft_r2c.default",
            ["self": .f32(4, 5, 2), "dim": .ints(0, 1), "normalization": .int(1), "onesided": .bool(true)],
            gives: .f32(4, 3, 2), .f32(4, 3, 2), tolerance: 2e-6),
        OperatorExample(
            "back, an odd number of points", "aten._fft_c2r.default",
            ["self": .complex(.f32(2, 5), .uniform(-2, 2)), "dim": .ints(1), "normalization": .int(2), "last_dim_size": .int(9)],
            gives: .f32(2, 9), tolerance: 2e-6),
        OperatorExample(
            "complex to complex", "aten._fft_c2c.default",
            [
                "self": .complex(.f32(3, 4), .uniform(-2, 2)), "dim": .ints(0, 1), "normalization": .int(2), "forward": .bool(false),
            ], gives: .f32(3, 4), .f32(3, 4), tolerance: 2e-6),
        OperatorExample(
            "more points than a matrix holds", "aten.fft_fft.default", ["self": .f32(2, 8), "n": .int(4096)],
            refused: "a transform of 4096 points of f32[2,8]; from 1 to 2048 are supported"),
    ]

    /// By which a transform of so many points is multiplied.
    private typealias Scale = (Int) throws(OperatorError) -> Double

    private static func scale(_ call: inout ImportCall, _ isForward: Bool) throws(OperatorError) -> Scale {
        let norm = try call.string("norm", default: "backward")
        return { (points) throws(OperatorError) in try FourierTransform.scale(norm, points, isForward: isForward) }
    }

    private static func numberedScale(_ call: inout ImportCall) throws(OperatorError) -> Scale {
        let mode = try call.int("normalization")
        return { (points) throws(OperatorError) in try FourierTransform.scale(mode, points) }
    }

    private struct Axis {
        let dimension: Int
        /// Nil: as many as there are.
        var points: Int?

        init(_ dimension: Int, _ points: Int?) {
            self.dimension = dimension
            self.points = points
        }
    }

    /// Those that the call names; with sizes alone the last ones, with nothing all (of `fft2` the last two).
    private static func axes(_ call: inout ImportCall, _ operand: ValueID) throws(OperatorError) -> [Axis] {
        let rank = call.type(operand).rank
        let sizes = try call.optionalInts("s")
        let isPlane = call.target.contains("fft2")
        let given = try call.optionalInts("dim") ?? Array((isPlane ? rank - 2 : rank - (sizes?.count ?? rank))..<max(rank, 0))
        guard !given.isEmpty, sizes.map({ $0.count == given.count }) ?? true else {
            throw OperatorError("a transform of \(call.type(operand)) along dimensions \(given)")
        }
        var axes: [Axis] = []
        for (place, number) in given.enumerated() {
            let points = sizes.map { $0[place] }.flatMap { $0 == -1 ? nil : $0 }
            axes.append(Axis(try call.normalised(number, rank: rank), points))
        }
        guard Set(axes.map(\.dimension)).count == axes.count else { throw OperatorError("a transform along dimensions \(given)") }
        return axes
    }

    /// Along the last axis of real numbers, then along the others.
    private static func bins(
        _ call: inout ImportCall, _ signal: ValueID, _ axes: [Axis], isOneSided: Bool, _ scale: Scale
    ) throws(OperatorError) -> [ValueID?] {
        let last = axes[axes.count - 1]
        let points = last.points ?? call.size(signal, last.dimension)
        let first = try FourierTransform.bins(&call, signal, last.dimension, points, try scale(points), isOneSided: isOneSided)
        return try Signal(first).transformed(&call, Array(axes.dropLast()), true, scale).parts
    }

    /// Back along all axes but the last, then along that to real numbers.
    private static func real(
        _ call: inout ImportCall, _ signal: Signal, _ axes: [Axis], _ scale: Scale
    ) throws(OperatorError) -> ValueID {
        let last = axes[axes.count - 1]
        let rest = try signal.transformed(&call, Array(axes.dropLast()), false, scale)
        let zeros = call.literal(0.0, call.type(rest.real).element)
        let imaginary = if let imaginary = rest.imaginary { imaginary } else { try call.expand(zeros, call.type(rest.real).shape) }
        let points = last.points ?? 2 * (call.size(rest.real, last.dimension) - 1)
        let spectrum = ComplexValue(real: rest.real, imaginary: imaginary)
        return try FourierTransform.signal(&call, spectrum, last.dimension, points, try scale(points))
    }

    /// Numbers to transform, without imaginary parts where they are real.
    private struct Signal {
        let real: ValueID
        let imaginary: ValueID?

        init(real: ValueID, imaginary: ValueID?) {
            self.real = real
            self.imaginary = imaginary
        }

        init(_ parts: ComplexValue) { self.init(real: parts.real, imaginary: parts.imaginary) }

        init(_ call: inout ImportCall) throws(OperatorError) {
            let operand = call.take("self")
            switch operand {
            case .value(let value)?: self.init(real: value, imaginary: nil)
            case .complex(let value)?: self.init(real: value.real, imaginary: value.imaginary)
            default: throw OperatorError("a transform of \(operand?.kind ?? "nothing")")
            }
        }

        var parts: [ValueID?] { [real, imaginary] }

        func transformed(_ call: inout ImportCall, _ axes: [Axis], _ isForward: Bool, _ scale: Scale) throws(OperatorError) -> Signal {
            var result = self
            for axis in axes { result = try result.transformed(&call, axis, isForward, scale) }
            return result
        }

        /// The transform of a + ib from those of a and b; the way back is the conjugate of the way there of the conjugate.
        private func transformed(_ call: inout ImportCall, _ axis: Axis, _ isForward: Bool, _ scale: Scale) throws(OperatorError) -> Signal
        {
            let points = axis.points ?? call.size(real, axis.dimension)
            let factor = try scale(points)
            func bins(_ value: ValueID) throws(OperatorError) -> (real: Formula, imaginary: Formula) {
                let parts = try FourierTransform.bins(&call, value, axis.dimension, points, factor, isOneSided: false)
                return (Formula(parts.real), Formula(parts.imaginary))
            }
            let first = try bins(real)
            guard let imaginary else {
                return Signal(real: try call.emit(first.real), imaginary: try call.emit(isForward ? first.imaginary : -first.imaginary))
            }
            let second = try bins(imaginary)
            let sum = isForward ? first.real - second.imaginary : first.real + second.imaginary
            let other = isForward ? first.imaginary + second.real : second.real - first.imaginary
            return Signal(real: try call.emit(sum), imaginary: try call.emit(other))
        }
    }
}
