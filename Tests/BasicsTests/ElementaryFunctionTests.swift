import Basics
import Testing

#if canImport(Glibc)
    import Glibc
#endif

/// The system's library is the yardstick here and only here: the product never calls it.
@Suite struct ElementaryFunctionTests {
    /// The greatest |ours − system's| / max(|system's|, floor) over evenly spread and random arguments.
    private func worst(
        _ range: ClosedRange<Double>, floor: Double = 0, _ ours: (Double) -> Double, _ system: (Double) -> Double
    ) -> Double {
        var worst = 0.0
        var state: UInt64 = 1
        for index in 0..<200_000 {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            let share = index % 2 == 0 ? Double(index) / 200_000 : Double(state >> 11) * 0x1p-53
            let x = range.lowerBound + (range.upperBound - range.lowerBound) * share
            let expected = system(x)
            let error = (ours(x) - expected).magnitude / max(expected.magnitude, floor)
            if expected != 0, !(error <= worst) { worst = error }
        }
        return worst
    }

    @Test func `Exponential and logarithm are within 1e-15 of the system's`() {
        #expect(worst(-700...700, ElementaryFunctions.exponential, { exp($0) }) < 1e-15)
        #expect(worst(-2...2, ElementaryFunctions.exponential, { exp($0) }) < 1e-15)
        #expect(worst(-3...3, ElementaryFunctions.exponentialMinusOne, { expm1($0) }) < 1e-15)
        #expect(worst(1e-300...1e3, ElementaryFunctions.logarithm, { log($0) }) < 1e-15)
        #expect(worst(0.5...2, ElementaryFunctions.logarithm, { log($0) }) < 1e-15)
        #expect(worst(-0.9...3, ElementaryFunctions.logarithmOnePlus, { log1p($0) }) < 2e-15)
    }

    @Test func `Hyperbolic tangent, sigmoid and error function are within 1e-15 of the system's`() {
        #expect(worst(-20...20, ElementaryFunctions.hyperbolicTangent, { tanh($0) }) < 1e-15)
        #expect(worst(-1...1, ElementaryFunctions.hyperbolicTangent, { tanh($0) }) < 1e-15)
        #expect(worst(-40...40, ElementaryFunctions.sigmoid, { 1 / (1 + exp(-$0)) }) < 1e-15)
        #expect(worst(-7...7, ElementaryFunctions.errorFunction, { erf($0) }) < 1e-15)
        #expect(worst(-0.6...0.6, ElementaryFunctions.errorFunction, { erf($0) }) < 1e-15)
    }

    @Test func `Sine and cosine are right for small, large and huge arguments`() {
        for bound in [1.0, 10, 1000, 1e6, 3e6, 1e9, 1e18, 1e38, 1e300] {
            #expect(worst(-bound...bound, floor: 0.1, ElementaryFunctions.sine, { sin($0) }) < 1e-15, "\(bound)")
            #expect(worst(-bound...bound, floor: 0.1, ElementaryFunctions.cosine, { cos($0) }) < 1e-15, "\(bound)")
        }
    }

    @Test func `Powers are within 1e-15 times 1 + |y ln x|`() {
        var generator = SystemRandomNumberGenerator()
        for _ in 0..<100_000 {
            let x = Double.random(in: 0...30, using: &generator)
            let y = Double.random(in: -20...20, using: &generator)
            let expected = pow(x, y)
            #expect((ElementaryFunctions.power(x, y) - expected).magnitude <= 1.5e-15 * (1 + (y * log(x)).magnitude) * expected)
        }
        for n in -64...64 {
            let expected = pow(-1.37, Double(n))
            #expect((ElementaryFunctions.power(-1.37, Double(n)) - expected).magnitude <= 1e-14 * expected.magnitude)
        }
    }

    @Test func `Special values are those of IEEE 754`() {
        let values: [Double] = [0, -0.0, 1, -1, 0.5, -0.5, 2, -2, 3, -3, 2.5, 1e300, -1e300, 65, -65, 66, .infinity, -.infinity, .nan]
        for x in values {
            for y in values {
                let (ours, system) = (ElementaryFunctions.power(x, y), pow(x, y))
                #expect(ours.isNaN == system.isNaN, "\(x)^\(y)")
                if system.isNaN { continue }
                let isSame = ours == system && ours.sign == system.sign
                #expect(isSame || (ours - system).magnitude < 1e-13 * system.magnitude, "\(x)^\(y): \(ours) \(system)")
            }
        }
        #expect(ElementaryFunctions.exponential(.infinity) == .infinity)
        #expect(ElementaryFunctions.exponential(-.infinity) == 0)
        #expect(ElementaryFunctions.exponential(-745) == exp(-745) && ElementaryFunctions.exponential(709.7) == exp(709.7))
        #expect(ElementaryFunctions.logarithm(0) == -.infinity && ElementaryFunctions.logarithm(-1).isNaN)
        #expect(ElementaryFunctions.logarithm(.infinity) == .infinity && ElementaryFunctions.logarithm(1) == 0)
        #expect(ElementaryFunctions.logarithm(0x1p-1074) == log(0x1p-1074))
        #expect(ElementaryFunctions.errorFunction(.infinity) == 1 && ElementaryFunctions.hyperbolicTangent(-.infinity) == -1)
        #expect(ElementaryFunctions.sine(.infinity).isNaN && ElementaryFunctions.errorFunction(.nan).isNaN)
        #expect(ElementaryFunctions.hyperbolicTangent(-0.0).sign == .minus)
    }
}
