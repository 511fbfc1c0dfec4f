import Basics
import Machine

extension KernelExecution {
    func drain(_ body: Drain, core: Int) {
        let destination = matrix(body.destinationOperand, core: core)
        if body.accumulatorType == .f32 {
            drainFloats(body, destination, core: core)
        } else {
            drainIntegers(body, destination, core: core)
        }
    }

    private func drainFloats(_ body: Drain, _ destination: LaneMatrix, core: Int) {
        let bias = (workspace + body.bias.bytes).assumingMemoryBound(to: Float.self)
        let (low, high) = (Float(bitPattern: body.clampLow), Float(bitPattern: body.clampHigh))
        let result = scratch.result
        for row in 0..<body.rows {
            let words = UnsafeMutableRawPointer(cores.accumulator(core: core, row: body.accumulator.number + row))
            let sums = words.assumingMemoryBound(to: Float.self)
            if body.hasBias {
                for c in 0..<body.columns { result[c] = sums[c] + bias[c] }
            } else {
                result.update(from: sums, count: body.columns)
            }
            if body.clamps {
                for c in 0..<body.columns { result[c] = LaneValue.minimum(LaneValue.maximum(result[c], low), high) }
            }
            destination.store(UnsafePointer(result), row: row, column: 0, count: body.columns)
        }
    }

    private func drainIntegers(_ body: Drain, _ destination: LaneMatrix, core: Int) {
        let bias = (workspace + body.bias.bytes).assumingMemoryBound(to: Int32.self)
        let (low, high) = (Int32(bitPattern: body.clampLow), Int32(bitPattern: body.clampHigh))
        let result = scratch.resultInteger
        for row in 0..<body.rows {
            let words = cores.accumulator(core: core, row: body.accumulator.number + row)
            for c in 0..<body.columns {
                var value = Int32(bitPattern: words[c])
                if body.hasBias { value = value &+ bias[c] }
                result[c] = body.clamps ? min(max(value, low), high) : value
            }
            destination.store(UnsafePointer(result), row: row, column: 0, count: body.columns)
        }
    }

    /// False when the scale table holds a multiplier or shift outside the rescale's range.
    func requantise(_ body: Requantise, core: Int) -> Bool {
        let destination = matrix(body.destinationOperand, core: core)
        let bias = (workspace + body.bias.bytes).assumingMemoryBound(to: Int32.self)
        let multipliers = (workspace + body.multipliers.bytes).assumingMemoryBound(to: Int32.self)
        let shifts = (workspace + body.shifts.bytes).assumingMemoryBound(to: Int8.self)
        let entries = body.perColumn ? body.columns : 1
        if body.rounding != .floatNearestEven {
            for entry in 0..<entries
            where multipliers[entry] < 0 || !FixedPoint.shifts.contains(Int(shifts[entry])) { return false }
        }
        let limits = Requantise.limits(body.type)
        for row in 0..<body.rows {
            let words = cores.accumulator(core: core, row: body.accumulator.number + row)
            for c in 0..<body.columns {
                var value = Int32(bitPattern: words[c])
                if body.hasBias { value = value &+ bias[c] }
                let entry = body.perColumn ? c : 0
                let scaled: Int64 =
                    switch body.rounding {
                    case .singleRound:
                        FixedPoint.scaleSingleRound(value, multiplier: multipliers[entry], shift: Int(shifts[entry]))
                    case .doubleRound:
                        FixedPoint.scaleDoubleRound(value, multiplier: multipliers[entry], shift: Int(shifts[entry]))
                    case .floatNearestEven:
                        FixedPoint.scaleFloatNearestEven(
                            value, scale: Float(bitPattern: UInt32(bitPattern: multipliers[entry])))
                    }
                let shifted = min(max(Int(scaled) + body.outputZeroPoint, limits.lowerBound), limits.upperBound)
                scratch.resultInteger[c] = Int32(min(max(shifted, body.clampLow), body.clampHigh))
            }
            destination.store(UnsafePointer(scratch.resultInteger), row: row, column: 0, count: body.columns)
        }
        return true
    }
}
