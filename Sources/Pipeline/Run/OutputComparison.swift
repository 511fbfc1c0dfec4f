import Basics
import Glibc
import TensorIR

/// How far an output is from its reference, and whether that is near enough.
package struct OutputComparison: Sendable, Hashable {
    /// The rule by which an output passes.
    package enum Tolerance: Sendable, Hashable {
        /// max |error| ≤ the factor × max |reference|.
        case relative(Double)
        /// Signal to noise in decibel at least this.
        case sqnr(Double)
        /// Every element equal.
        case exact
        /// At least this share of the elements equal.
        case share(Double)

        package var text: String {
            switch self {
            case .relative(let factor): "max |error| <= \(factor) x max |reference|"
            case .sqnr(let decibel): "SQNR >= \(decibel) dB"
            case .exact: "equal"
            case .share(let share): "at least \(share) of the elements equal"
            }
        }
    }

    package var maxAbsoluteError = 0.0
    package var maxReference = 0.0
    /// Distance in units in the last place of the reference's float32 neighbours; 0 for integers.
    package var maxUlp = 0
    /// 10 log10(Σ reference² / Σ error²); infinite when equal.
    package var sqnrDecibel = Double.infinity
    /// Cosine of the angle between both as vectors; 1 for two zero vectors.
    package var cosine = 1.0
    package var tolerance: Tolerance
    package var passed: Bool

    /// Compares two tensors of equal shape. A NaN passes only against a NaN, an infinity only against itself.
    package init(_ output: Tensor, reference: Tensor, tolerance: Tolerance) {
        self.tolerance = tolerance
        let left = output.doubles
        let right = reference.doubles
        var (noise, signal, product, energy) = (0.0, 0.0, 0.0, 0.0)
        var unequalCount = 0
        for (value, wanted) in zip(left, right) {
            let equal = value == wanted || (value.isNaN && wanted.isNaN)
            let error = equal ? 0 : abs(value - wanted)
            if !equal {
                unequalCount += 1
                maxUlp = max(maxUlp, Self.ulps(Float(value), Float(wanted)))
            }
            maxAbsoluteError = max(maxAbsoluteError, error.isNaN ? .infinity : error)
            guard !equal || wanted.isFinite else { continue }
            maxReference = max(maxReference, wanted.isFinite ? abs(wanted) : 0)
            noise += error * error
            signal += wanted * wanted
            energy += value * value
            product += value * wanted
        }
        sqnrDecibel = unequalCount == 0 ? .infinity : noise.isFinite && signal.isFinite ? 10 * log10(signal / noise) : -.infinity
        cosine = signal == 0 && energy == 0 ? 1 : product / (signal * energy).squareRoot()
        switch tolerance {
        case .exact: passed = unequalCount == 0
        case .share(let share): passed = Double(unequalCount) <= (1 - share) * Double(left.count)
        case .relative(let factor): passed = maxAbsoluteError <= factor * maxReference
        case .sqnr(let decibel): passed = sqnrDecibel >= decibel
        }
    }

    /// The greatest error as a share of the greatest reference; a hopeless one is the largest number.
    package var relativeError: Double {
        if maxAbsoluteError == 0 { return 0 }
        return maxReference == 0 ? .greatestFiniteMagnitude : min(maxAbsoluteError / maxReference, .greatestFiniteMagnitude)
    }

    /// The contract's rule for an output of this type computed in this precision, or the model's own. What the program itself rounds to a narrow type
    /// is compared as such.
    package static func tolerance(_ element: ElementType, _ precision: Precision, _ check: Manifest.Check) -> Tolerance {
        guard element.isFloatingPoint else {
            return precision == .bf16 || precision == .fp16 ? check.equalShare.map { .share($0) } ?? .exact : .exact
        }
        switch precision {
        case .float where element == .bf16 || element == .f16: return .sqnr(check.sqnrDecibel ?? 30)
        case .float: return .relative(check.relative ?? 1e-3)
        case .bf16, .fp16: return .sqnr(check.sqnrDecibel ?? 30)
        case .int8: return check.sqnrDecibel.map { .sqnr($0) } ?? .exact
        }
    }

    private static func ulps(_ left: Float, _ right: Float) -> Int {
        guard left.isFinite, right.isFinite else { return .max }
        func ordered(_ value: Float) -> Int {
            let bits = Int(Int32(bitPattern: value.bitPattern))
            return bits < 0 ? -(bits & 0x7FFF_FFFF) : bits
        }
        return abs(ordered(left) - ordered(right))
    }
}
