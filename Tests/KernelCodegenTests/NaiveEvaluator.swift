import Basics
import Glibc
import KernelCodegen
import Machine

/// A kernel request by straight loops over every element, sharing nothing with code generation: what the generated code must compute.
///
/// f32 throughout, each product and sum rounded, k and rows ascending, as the instruction set defines it.
struct NaiveEvaluator {
    let request: KernelRequest
    /// The values of each operand, results included.
    var values: [[Float]]
    /// Bits of each operand, for copies.
    private var bits: [[UInt32]] = []

    init(_ request: KernelRequest, _ operands: [[Float]]) {
        self.request = request
        values = operands
    }

    /// Fills in the results.
    mutating func run() {
        let root: [Float]
        switch request.root {
        case .contraction(let contraction): root = evaluate(contraction)
        case .window(let window): root = evaluate(window)
        case .lanes: root = []
        case .columnReduction(let reduction): root = evaluate(reduction)
        case .resize(let resize): root = evaluate(resize)
        case .attention(let attention): root = evaluate(attention)
        case .copy(let copy): return evaluate(copy)
        case .recurrence(let recurrence): return evaluate(recurrence)
        }
        let steps = evaluate(request.program, over: request.domain, root)
        for output in request.program.outputs {
            var lane = 0
            Self.forEach(request.domain) { index in
                values[output.operand][Self.offset(index, output.access)] = steps[output.value.index][lane]
                lane += 1
            }
        }
    }

    /// Calls `body` with every index of `dimensions`, the last one fastest.
    private static func forEach(_ dimensions: [Int], _ body: ([Int]) -> Void) {
        var index = Array(repeating: 0, count: dimensions.count)
        guard dimensions.allSatisfy({ $0 > 0 }) else { return }
        while true {
            body(index)
            var place = dimensions.count - 1
            while place >= 0 {
                index[place] += 1
                if index[place] < dimensions[place] { break }
                index[place] = 0
                place -= 1
            }
            if place < 0 { return }
        }
    }

    private func evaluate(_ c: Contraction) -> [Float] {
        var result: [Float] = []
        let input = values[c.input]
        let weight = values[c.weight]
        Self.forEach(c.domain) { index in
            var inputBase = c.inputOffset
            var weightBase = c.weightOffset + index[index.count - 1] * c.weightColumnStride
            for (place, batch) in zip(index, c.batches) {
                inputBase += place * batch.inputStride
                weightBase += place * batch.weightStride
            }
            let (oy, ox) = (index[index.count - 3], index[index.count - 2])
            var sum: Float = 0
            for ky in 0..<c.kernelHeight {
                for kx in 0..<c.kernelWidth {
                    let y = oy * c.strideY + ky * c.dilationY - c.padTop
                    let x = ox * c.strideX + kx * c.dilationX - c.padLeft
                    let isInside = y >= 0 && y < c.inputHeight && x >= 0 && x < c.inputWidth
                    for channel in 0..<c.channels {
                        let w = weight[
                            weightBase + ky * c.weightKernelRowStride + kx * c.weightKernelColumnStride
                                + channel * c.weightChannelStride]
                        let a = isInside ? input[inputBase + y * c.inputRowStride + x * c.inputPixelStride + channel] : 0
                        sum += a * w
                    }
                }
            }
            result.append(sum)
        }
        return result
    }

    private func evaluate(_ w: WindowComputation) -> [Float] {
        var result: [Float] = []
        Self.forEach(w.domain) { index in
            let base = w.inputOffset + index[0] * w.inputBatchStride + index[3]
            var value: Float = w.operation == .maximum ? -.infinity : 0
            var (inside, padded) = (0, 0)
            for ky in 0..<w.kernelHeight {
                for kx in 0..<w.kernelWidth {
                    let y = index[1] * w.strideY + ky * w.dilationY - w.padTop
                    let x = index[2] * w.strideX + kx * w.dilationX - w.padLeft
                    if y < w.inputHeight + w.padBottom, x < w.inputWidth + w.padRight { padded += 1 }
                    let isInside = y >= 0 && y < w.inputHeight && x >= 0 && x < w.inputWidth
                    if isInside { inside += 1 }
                    let element = isInside ? values[w.input][base + y * w.inputRowStride + x * w.inputPixelStride] : 0
                    switch w.operation {
                    case .maximum: if isInside { value = max(value, element) }
                    case .multiplyAccumulate:
                        value +=
                            element
                            * values[w.weight][
                                ky * w.weightKernelRowStride + kx * w.weightKernelColumnStride + index[3] * w.weightChannelStride]
                    default: value += element
                    }
                }
            }
            if w.operation == .average { value /= Float(inside) }
            if w.operation == .averageIncludingPad { value /= Float(padded) }
            result.append(value)
        }
        return result
    }

    private func evaluate(_ r: ColumnReduction) -> [Float] {
        var result: [Float] = []
        Self.forEach(r.domain) { index in
            var value: Float = 0
            for row in 0..<r.rows {
                let element = values[r.input][r.inputOffset + index[0] * r.inputBatchStride + row * r.inputRowStride + index[1]]
                switch r.operation {
                case .sum: value += element
                case .maximum: value = row == 0 ? element : max(value, element)
                case .minimum: value = row == 0 ? element : min(value, element)
                }
            }
            result.append(value)
        }
        return result
    }

    private func evaluate(_ r: Resize) -> [Float] {
        func mix(_ tap: ResizeTap, _ value: (Int) -> Float) -> Float {
            let first = tap.firstWeight == 1 ? value(tap.first) : tap.firstWeight * value(tap.first)
            if tap.secondWeight == 0 { return first }
            return first + (tap.secondWeight == 1 ? value(tap.second) : tap.secondWeight * value(tap.second))
        }
        var result: [Float] = []
        Self.forEach(r.domain) { index in
            result.append(
                mix(r.rows[index[1]]) { y in
                    mix(r.columns[index[2]]) { x in
                        values[r.input][
                            r.inputOffset + index[0] * r.inputBatchStride + y * r.inputRowStride + x * r.inputPixelStride
                                + index[3]]
                    }
                })
        }
        return result
    }

    /// The definition in one pass over whole rows, in double precision.
    private func evaluate(_ a: AttentionComputation) -> [Float] {
        func element(_ operand: Int, _ offset: Int, _ stride: KeyPath<AttentionBatch, Int>, _ index: [Int], _ place: Int) -> Double {
            Double(values[operand][zip(index, a.batches).reduce(offset + place) { $0 + $1.0 * $1.1[keyPath: stride] }])
        }
        var products: [Float] = []
        Self.forEach(a.scoresDomain) { index in
            let (row, key) = (index[index.count - 2], index[index.count - 1])
            products.append(
                Float(
                    (0..<a.depth).reduce(0.0) { sum, d in
                        sum + element(a.query, a.queryOffset, \.queryStride, index, row * a.queryStride + d)
                            * element(a.key, a.keyOffset, \.keyStride, index, key * a.keyStride + d)
                    }))
        }
        let scores = evaluate(a.scores, over: a.scoresDomain, products)[a.scores.steps.count - 1]
        var (result, first): ([Float], Int) = ([], 0)
        Self.forEach(Array(a.scoresDomain.dropLast())) { index in
            let row = index[index.count - 1]
            let seen = (0..<a.keys).map { !a.isCausal || $0 <= row ? Double(scores[first + $0]) : -.infinity }
            let greatest = seen.max() ?? 0
            let powers = seen.map { greatest == -.infinity ? 0 : exp($0 - greatest) }
            let sum = powers.reduce(0, +)
            for column in 0..<a.columns {
                let total = (0..<a.keys).reduce(0.0) { total, key in
                    powers[key] == 0
                        ? total
                        : total + powers[key] * element(a.value, a.valueOffset, \.valueStride, index, key * a.valueStride + column)
                }
                result.append(sum == 0 ? 0 : Float(total / sum))
            }
            first += a.keys
        }
        return result
    }

    private mutating func evaluate(_ copy: StridedCopy) {
        for piece in copy.pieces {
            for slice in 0..<(piece.lookup?.count ?? 1) {
                Self.forEach(piece.dimensions.map(\.count)) { index in
                    let integer = zip(index, piece.dimensions).reduce(0) { $0 + $1.0 * $1.1.indexStride }
                    var (from, to) = slicePlaces(piece, slice, integer)
                    for (place, dimension) in zip(index, piece.dimensions) {
                        from += place * dimension.sourceStride
                        to += place * dimension.resultStride
                    }
                    switch piece.source {
                    case .operand(let number): values[copy.result][to] = values[number][from]
                    case .fill(let bits): values[copy.result][to] = Self.decode(bits, request.operands[copy.result].element)
                    }
                }
            }
        }
    }

    /// Where a slice that is looked up begins on both sides; the whole box when nothing is.
    private func slicePlaces(_ piece: CopyPiece, _ slice: Int, _ integer: Int) -> (source: Int, result: Int) {
        guard let lookup = piece.lookup else { return (piece.sourceOffset, piece.resultOffset) }
        let index = Int(values[lookup.indices][integer + slice])
        let place = index < 0 ? index + lookup.slices : index
        return (
            piece.sourceOffset + (lookup.scatters == 0 ? place : slice) * lookup.sourceStride
                + (lookup.scatters == 0 ? slice * lookup.advance : 0),
            piece.resultOffset + (lookup.scatters == 0 ? slice : place) * lookup.resultStride
                + (lookup.scatters == 0 ? 0 : slice * lookup.advance)
        )
    }

    private static func decode(_ bits: UInt32, _ type: ElementType) -> Float {
        switch type {
        case .bf16: NarrowFloat.float(bf16: UInt16(truncatingIfNeeded: bits))
        case .f16: NarrowFloat.float(f16: UInt16(truncatingIfNeeded: bits))
        case .f32: Float(bitPattern: bits)
        default: Float(bits)
        }
    }
}

// MARK: - Lane programs

extension NaiveEvaluator {
    /// Every step's value for every index of the domain.
    private func evaluate(_ program: LaneProgram, over domain: [Int], _ root: [Float]) -> [[Float]] {
        let columns = domain.last ?? 1
        var steps: [[Float]] = []
        for step in program.steps {
            switch step {
            case .root: steps.append(root)
            case .immediate(let value): steps.append(Array(repeating: value, count: domain.reduce(1, *)))
            case .operand(let number, let access):
                var lanes: [Float] = []
                Self.forEach(domain) { lanes.append(values[number][Self.offset($0, access)]) }
                steps.append(lanes)
            case .unary(let operation, let value): steps.append(steps[value.index].map { Self.compute(operation, $0) })
            case .binary(let operation, let first, let second):
                steps.append(zip(steps[first.index], steps[second.index]).map { Self.compute(operation, $0, $1) })
            case .select(let condition, let first, let second):
                steps.append(
                    steps[condition.index].indices.map {
                        steps[condition.index][$0] != 0 ? steps[first.index][$0] : steps[second.index][$0]
                    })
            case .rowReduce(let operation, let value):
                let lanes = steps[value.index]
                steps.append(
                    lanes.indices.map { lane in
                        let row = lane / columns * columns
                        let elements = lanes[row..<row + columns]
                        switch operation {
                        case .sum: return elements.reduce(0, +)
                        case .maximum: return elements.reduce(-.infinity, max)
                        case .minimum: return elements.reduce(.infinity, min)
                        }
                    })
            }
        }
        return steps
    }

    private static func offset(_ index: [Int], _ access: LaneAccess) -> Int {
        zip(index, access.strides).reduce(access.offset) { $0 + $1.0 * $1.1 }
    }

    private static func compute(_ operation: LaneStep.Unary, _ value: Float) -> Float {
        let x = Double(value)
        switch operation {
        case .copy: return value
        case .negate: return -value
        case .absolute: return abs(value)
        case .relu: return max(value, 0)
        case .square: return value * value
        case .sign: return value > 0 ? 1 : value < 0 ? -1 : 0
        case .floor: return floor(value)
        case .ceiling: return ceil(value)
        case .round: return value.rounded(.toNearestOrEven)
        case .truncate: return value.rounded(.towardZero)
        case .reciprocal: return 1 / value
        case .squareRoot: return value.squareRoot()
        case .reciprocalSquareRoot: return Float(1 / x.squareRoot())
        case .exponential: return Float(exp(x))
        case .logarithm: return Float(log(x))
        case .sine: return Float(sin(x))
        case .cosine: return Float(cos(x))
        case .hyperbolicTangent: return Float(tanh(x))
        case .errorFunction: return Float(erf(x))
        case .sigmoid: return Float(1 / (1 + exp(-x)))
        case .silu: return Float(x / (1 + exp(-x)))
        case .gelu: return Float(x / 2 * (1 + erf(x / 2.0.squareRoot())))
        case .geluTanh: return Float(x / 2 * (1 + tanh((2 / Double.pi).squareRoot() * (x + 0.044715 * x * x * x))))
        case .hardSwish: return value * min(max(value + 3, 0), 6) / 6
        case .hardSigmoid: return min(max(value + 3, 0), 6) / 6
        case .logicalNot: return value == 0 ? 1 : 0
        case .exponentialMinusOne: return Float(expm1(x))
        case .softplus: return x > 20 ? value : Float(log1p(exp(x)))
        }
    }

    private static func compute(_ operation: LaneStep.Binary, _ first: Float, _ second: Float) -> Float {
        switch operation {
        case .add: first + second
        case .subtract: first - second
        case .multiply: first * second
        case .divide: first / second
        case .minimum: min(first, second)
        case .maximum: max(first, second)
        case .power: Float(pow(Double(first), Double(second)))
        case .equal: first == second ? 1 : 0
        case .notEqual: first != second ? 1 : 0
        case .less: first < second ? 1 : 0
        case .lessOrEqual: first <= second ? 1 : 0
        case .greater: first > second ? 1 : 0
        case .greaterOrEqual: first >= second ? 1 : 0
        default: .nan
        }
    }
}
