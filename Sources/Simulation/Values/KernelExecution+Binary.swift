import Basics
import Machine

extension KernelExecution {
    func compute(_ body: VectorBinary, core: Int) {
        let destination = matrix(body.destination, core: core)
        let first = matrix(body.first, perRow: body.firstPerRow, core: core)
        var matrices = [destination, first]
        var second: LaneMatrix?
        if !body.secondIsImmediate {
            let operand = matrix(body.second, perRow: body.secondPerRow, core: core)
            second = operand
            matrices.append(operand)
        }
        if body.computesIntegers {
            computeIntegers(body, destination, first, second, matrices)
        } else {
            computeFloats(body, destination, first, second, matrices)
        }
    }

    private func computeFloats(
        _ body: VectorBinary, _ destination: LaneMatrix, _ first: LaneMatrix, _ second: LaneMatrix?, _ matrices: [LaneMatrix]
    ) {
        if second == nil {
            scratch.second.update(repeating: Float(bitPattern: body.immediate), count: LaneScratch.lanes)
        }
        forEachChunk(rows: body.rows, columns: body.columns, matrices) { row, column, count in
            let left = first.floats(row: row, column: column, count: count, buffer: scratch.first)
            let right =
                second?.floats(row: row, column: column, count: count, buffer: scratch.second)
                ?? UnsafePointer(scratch.second)
            Self.apply(body.operation, left, right, scratch.result, count)
            destination.store(UnsafePointer(scratch.result), row: row, column: column, count: count)
        }
    }

    private func computeIntegers(
        _ body: VectorBinary, _ destination: LaneMatrix, _ first: LaneMatrix, _ second: LaneMatrix?, _ matrices: [LaneMatrix]
    ) {
        if second == nil {
            scratch.secondInteger.update(repeating: Int32(bitPattern: body.immediate), count: LaneScratch.lanes)
        }
        forEachChunk(rows: body.rows, columns: body.columns, matrices) { row, column, count in
            let left = first.integers(row: row, column: column, count: count, buffer: scratch.firstInteger)
            let right =
                second?.integers(row: row, column: column, count: count, buffer: scratch.secondInteger)
                ?? UnsafePointer(scratch.secondInteger)
            for index in 0..<count {
                scratch.resultInteger[index] = Self.apply(body.operation, left[index], right[index])
            }
            destination.store(UnsafePointer(scratch.resultInteger), row: row, column: column, count: count)
        }
    }

    /// The float operations on a chunk; one loop per operation, so that each vectorises.
    private static func apply(
        _ operation: VectorBinary.Operation, _ a: UnsafePointer<Float>, _ b: UnsafePointer<Float>,
        _ r: UnsafeMutablePointer<Float>, _ count: Int
    ) {
        switch operation {
        case .add: for i in 0..<count { r[i] = a[i] + b[i] }
        case .subtract: for i in 0..<count { r[i] = a[i] - b[i] }
        case .multiply: for i in 0..<count { r[i] = a[i] * b[i] }
        case .divide: for i in 0..<count { r[i] = a[i] / b[i] }
        case .minimum: for i in 0..<count { r[i] = LaneValue.minimum(a[i], b[i]) }
        case .maximum: for i in 0..<count { r[i] = LaneValue.maximum(a[i], b[i]) }
        case .power: for i in 0..<count { r[i] = Float(ElementaryFunctions.power(Double(a[i]), Double(b[i]))) }
        case .equal: for i in 0..<count { r[i] = a[i] == b[i] ? 1 : 0 }
        case .notEqual: for i in 0..<count { r[i] = a[i] != b[i] ? 1 : 0 }
        case .less: for i in 0..<count { r[i] = a[i] < b[i] ? 1 : 0 }
        case .lessOrEqual: for i in 0..<count { r[i] = a[i] <= b[i] ? 1 : 0 }
        case .greater: for i in 0..<count { r[i] = a[i] > b[i] ? 1 : 0 }
        case .greaterOrEqual: for i in 0..<count { r[i] = a[i] >= b[i] ? 1 : 0 }
        // The structure check admits these for integers only.
        case .and, .or, .xor, .shiftLeft, .shiftRight: break
        }
    }

    private static func apply(_ operation: VectorBinary.Operation, _ a: Int32, _ b: Int32) -> Int32 {
        switch operation {
        case .add: a &+ b
        case .subtract: a &- b
        case .multiply: a &* b
        case .divide: b == 0 ? 0 : a.dividedReportingOverflow(by: b).partialValue
        case .minimum: min(a, b)
        case .maximum: max(a, b)
        case .power: wrappingPower(a, b)
        case .equal: a == b ? 1 : 0
        case .notEqual: a != b ? 1 : 0
        case .less: a < b ? 1 : 0
        case .lessOrEqual: a <= b ? 1 : 0
        case .greater: a > b ? 1 : 0
        case .greaterOrEqual: a >= b ? 1 : 0
        case .and: a & b
        case .or: a | b
        case .xor: a ^ b
        case .shiftLeft: a &<< b
        case .shiftRight: a &>> b
        }
    }

    /// aᵇ modulo 2³²; for b < 0 the truncated quotient 1/a^|b|.
    private static func wrappingPower(_ a: Int32, _ b: Int32) -> Int32 {
        if b < 0 { return a == 1 ? 1 : (a == -1 ? (b & 1 == 0 ? 1 : -1) : 0) }
        var (result, square, rest) = (Int32(1), a, b)
        while rest > 0 {
            if rest & 1 != 0 { result = result &* square }
            square = square &* square
            rest >>= 1
        }
        return result
    }
}
