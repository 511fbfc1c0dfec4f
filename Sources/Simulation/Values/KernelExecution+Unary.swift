import Basics
import Machine

extension KernelExecution {
    func compute(_ body: VectorUnary, core: Int) {
        let destination = matrix(body.destination, core: core)
        let source = matrix(body.source, perRow: body.sourcePerRow, core: core)
        if !body.source.type.isFloatingPoint, Self.isIntegerOperation(body.operation) {
            forEachChunk(rows: body.rows, columns: body.columns, [destination, source]) { row, column, count in
                let values = source.integers(row: row, column: column, count: count, buffer: scratch.firstInteger)
                for index in 0..<count {
                    scratch.resultInteger[index] = Self.apply(body.operation, values[index])
                }
                destination.store(UnsafePointer(scratch.resultInteger), row: row, column: column, count: count)
            }
        } else {
            forEachChunk(rows: body.rows, columns: body.columns, [destination, source]) { row, column, count in
                let values = source.floats(row: row, column: column, count: count, buffer: scratch.first)
                Self.apply(body.operation, values, scratch.result, count)
                destination.store(UnsafePointer(scratch.result), row: row, column: column, count: count)
            }
        }
    }

    private static func isIntegerOperation(_ operation: VectorUnary.Operation) -> Bool {
        switch operation {
        case .copy, .negate, .absolute, .relu, .square, .sign, .logicalNot: true
        default: false
        }
    }

    private static func apply(_ operation: VectorUnary.Operation, _ x: Int32) -> Int32 {
        switch operation {
        case .negate: 0 &- x
        case .absolute: x < 0 ? 0 &- x : x
        case .relu: max(x, 0)
        case .square: x &* x
        case .sign: x.signum()
        case .logicalNot: x == 0 ? 1 : 0
        default: x
        }
    }

    /// Operations computed in f32, each step rounded; the others go through double.
    private static func apply(
        _ operation: VectorUnary.Operation, _ a: UnsafePointer<Float>, _ r: UnsafeMutablePointer<Float>, _ count: Int
    ) {
        switch operation {
        case .copy: r.update(from: a, count: count)
        case .negate: for i in 0..<count { r[i] = -a[i] }
        case .absolute: for i in 0..<count { r[i] = a[i].magnitude }
        case .relu: for i in 0..<count { r[i] = a[i] > 0 || a[i] != a[i] ? a[i] : 0 }
        case .square: for i in 0..<count { r[i] = a[i] * a[i] }
        case .sign: for i in 0..<count { r[i] = a[i] > 0 ? 1 : (a[i] < 0 ? -1 : a[i]) }
        case .floor: for i in 0..<count { r[i] = a[i].rounded(.down) }
        case .ceiling: for i in 0..<count { r[i] = a[i].rounded(.up) }
        case .round: for i in 0..<count { r[i] = a[i].rounded(.toNearestOrEven) }
        case .truncate: for i in 0..<count { r[i] = a[i].rounded(.towardZero) }
        case .reciprocal: for i in 0..<count { r[i] = 1 / a[i] }
        case .squareRoot: for i in 0..<count { r[i] = a[i].squareRoot() }
        case .logicalNot: for i in 0..<count { r[i] = a[i] == 0 ? 1 : 0 }
        case .hardSigmoid: for i in 0..<count { r[i] = clampedToSix(a[i] + 3) / 6 }
        case .hardSwish: for i in 0..<count { r[i] = a[i] * clampedToSix(a[i] + 3) / 6 }
        case .exponential, .logarithm, .sine, .cosine, .hyperbolicTangent, .errorFunction, .sigmoid, .silu, .gelu,
            .geluTanh, .exponentialMinusOne, .softplus, .reciprocalSquareRoot:
            for i in 0..<count { r[i] = Float(ElementaryOperation.apply(operation, Double(a[i]))) }
        }
    }

    private static func clampedToSix(_ x: Float) -> Float { LaneValue.minimum(LaneValue.maximum(x, 0), 6) }
}

/// The unary operations that are computed in double and rounded once to f32.
package enum ElementaryOperation {
    private static let inverseSquareRootOfTwo = 0x1.6a09e667f3bcdp-1
    /// √(2/π)
    private static let geluScale = 0x1.988453365a7bp-1

    /// The operation in double. Operations that are defined in f32 are not computed here and return NaN.
    package static func apply(_ operation: VectorUnary.Operation, _ x: Double) -> Double {
        switch operation {
        case .exponential: ElementaryFunctions.exponential(x)
        case .exponentialMinusOne: ElementaryFunctions.exponentialMinusOne(x)
        case .logarithm: ElementaryFunctions.logarithm(x)
        case .sine: ElementaryFunctions.sine(x)
        case .cosine: ElementaryFunctions.cosine(x)
        case .hyperbolicTangent: ElementaryFunctions.hyperbolicTangent(x)
        case .errorFunction: ElementaryFunctions.errorFunction(x)
        case .sigmoid: ElementaryFunctions.sigmoid(x)
        case .silu: silu(x)
        case .gelu: gelu(x)
        case .geluTanh: geluTanh(x)
        case .softplus: x > 20 ? x : ElementaryFunctions.logarithmOnePlus(ElementaryFunctions.exponential(x))
        case .reciprocalSquareRoot: 1 / x.squareRoot()
        default: .nan
        }
    }

    /// x·sigmoid(x), the limits included: −∞ gives −0.
    private static func silu(_ x: Double) -> Double { x == -.infinity ? -0.0 : x * ElementaryFunctions.sigmoid(x) }

    private static func gelu(_ x: Double) -> Double {
        x == -.infinity ? -0.0 : 0.5 * x * (1 + ElementaryFunctions.errorFunction(x * inverseSquareRootOfTwo))
    }

    private static func geluTanh(_ x: Double) -> Double {
        if x == -.infinity { return -0.0 }
        let inner = geluScale * (x + 0.044715 * (x * x * x))
        return 0.5 * x * (1 + ElementaryFunctions.hyperbolicTangent(inner))
    }
}
