import Machine

/// Windows, copies and the two ways out of the accumulators.
extension NaiveMachine {
    mutating func window(_ body: VectorWindow) {
        let (size, resultSize) = (body.sourceType.sizeBytes, body.destinationType.sizeBytes)
        for y in 0..<body.outputRows {
            for x in 0..<body.outputColumns {
                for c in 0..<body.channels {
                    let to =
                        body.destination.bytes + y * body.destinationRowStrideBytes + x * body.destinationPixelStrideBytes
                        + c * resultSize
                    let old = bits(to, resultSize)
                    var sum: Float = body.accumulate ? float(old, body.destinationType) : 0
                    var whole: Int32 = body.accumulate ? wholeNumber(old, body.destinationType) : 0
                    for ky in 0..<body.kernelHeight {
                        for kx in 0..<body.kernelWidth {
                            let from =
                                body.source.bytes + (y * body.strideY + ky * body.dilationY) * body.sourceRowStrideBytes
                                + (x * body.strideX + kx * body.dilationX) * body.sourcePixelStrideBytes + c * size
                            let value = bits(from, size)
                            let isFirst = ky == 0 && kx == 0
                            var weight: UInt32 = 0
                            if body.operation == .multiplyAccumulate {
                                weight = bits(body.weights.bytes + ((ky * body.kernelWidth + kx) * body.channels + c) * size, size)
                            }
                            let (a, w) = (float(value, body.sourceType), float(weight, body.sourceType))
                            let (i, j) = (integer(value, body.sourceType), integer(weight, body.sourceType))
                            switch body.operation {
                            case .sum: (sum, whole) = (sum + a, whole &+ i)
                            case .maximum: (sum, whole) = isFirst ? (a, i) : (maximum(sum, a), max(whole, i))
                            case .multiplyAccumulate:
                                let product = a * w
                                (sum, whole) = (sum + product, whole &+ i &* j)
                            }
                        }
                    }
                    let isFloat = body.sourceType.isFloatingPoint
                    put(isFloat ? narrowed(sum, body.destinationType) : narrowed(whole, body.destinationType), to, resultSize)
                }
            }
        }
    }

    mutating func copy(_ body: VectorCopy) {
        for o in 0..<body.outer.count {
            for m in 0..<body.middle.count {
                for n in 0..<body.inner.count {
                    let from = o * body.outer.sourceStrideBytes + m * body.middle.sourceStrideBytes + n * body.inner.sourceStrideBytes
                    let to =
                        o * body.outer.destinationStrideBytes + m * body.middle.destinationStrideBytes
                        + n * body.inner.destinationStrideBytes
                    put(bits(body.source.bytes + from, body.elementSize.bytes), body.destination.bytes + to, body.elementSize.bytes)
                }
            }
        }
    }

    mutating func drain(_ body: Drain) {
        for r in 0..<body.rows {
            for c in 0..<body.columns {
                let word = accumulators[body.accumulator.number + r][c]
                let bias = body.hasBias ? bits(body.bias.bytes + 4 * c, 4) : 0
                if body.accumulatorType == .f32 {
                    var x = Float(bitPattern: word)
                    if body.hasBias { x = x + Float(bitPattern: bias) }
                    if body.clamps { x = minimum(maximum(x, Float(bitPattern: body.clampLow)), Float(bitPattern: body.clampHigh)) }
                    put(narrowed(x, body.type), body.destinationOperand, r, c)
                } else {
                    var x = Int32(bitPattern: word &+ bias)
                    if body.clamps { x = min(max(x, Int32(bitPattern: body.clampLow)), Int32(bitPattern: body.clampHigh)) }
                    put(narrowed(x, body.type), body.destinationOperand, r, c)
                }
            }
        }
    }

    /// TOSA's rule in wide integers.
    mutating func requantise(_ body: Requantise) {
        for r in 0..<body.rows {
            for c in 0..<body.columns {
                var word = accumulators[body.accumulator.number + r][c]
                if body.hasBias { word = word &+ bits(body.bias.bytes + 4 * c, 4) }
                let value = Int128(Int32(bitPattern: word))
                let entry = body.perColumn ? c : 0
                let multiplier = bits(body.multipliers.bytes + 4 * entry, 4)
                var scaled: Int128
                if body.rounding == .floatNearestEven {
                    let product = (Float(Int32(value)) * Float(bitPattern: multiplier)).rounded(.toNearestOrEven)
                    scaled = product.isNaN ? 0 : Int128(min(max(Double(product), -0x1p31), 0x1p31))
                } else {
                    let shift = Int128(bits(body.shifts.bytes + entry, 1))
                    var round = Int128(1) << (shift - 1)
                    if body.rounding == .doubleRound && shift > 31 { round += value >= 0 ? Int128(1) << 30 : -(Int128(1) << 30) }
                    scaled = (value * Int128(Int32(bitPattern: multiplier)) + round) >> shift
                }
                scaled += Int128(body.outputZeroPoint)
                let limits = Requantise.limits(body.type)
                scaled = min(max(scaled, Int128(limits.lowerBound)), Int128(limits.upperBound))
                scaled = min(max(scaled, Int128(body.clampLow)), Int128(body.clampHigh))
                put(UInt32(truncatingIfNeeded: scaled), body.destinationOperand, r, c)
            }
        }
    }
}
