import Basics
import Machine
import Simulation

/// The instructions once more, slow and obvious: one element at a time, straight from the manual. What the interpreter is compared with.
struct NaiveMachine {
    var workspace: [UInt8]
    var accumulators: [[UInt32]]
    private let columns: Int
    private var plane: [[UInt32]] = []
    private var shadow: [[UInt32]]?

    init(workspace: [UInt8], rows: Int, columns: Int) {
        self.workspace = workspace
        self.columns = columns
        accumulators = Array(repeating: Array(repeating: 0, count: columns), count: rows)
    }

    // MARK: Elements

    func bits(_ address: Int, _ size: Int) -> UInt32 {
        (0..<size).reduce(0) { $0 | UInt32(workspace[address + $1]) << UInt32(8 * $1) }
    }

    mutating func put(_ bits: UInt32, _ address: Int, _ size: Int) {
        for byte in 0..<size { workspace[address + byte] = UInt8(truncatingIfNeeded: bits >> UInt32(8 * byte)) }
    }

    func integer(_ bits: UInt32, _ type: MachineType) -> Int32 {
        switch type {
        case .i8: Int32(Int8(truncatingIfNeeded: bits))
        case .u8: Int32(UInt8(truncatingIfNeeded: bits))
        case .i16: Int32(Int16(truncatingIfNeeded: bits))
        default: Int32(bitPattern: bits)
        }
    }

    func float(_ bits: UInt32, _ type: MachineType) -> Float {
        switch type {
        case .f32: Float(bitPattern: bits)
        case .bf16: Float(bitPattern: bits << 16)
        case .f16: Float(Float16(bitPattern: UInt16(truncatingIfNeeded: bits)))
        default: Float(integer(bits, type))
        }
    }

    func narrowed(_ value: Int32, _ type: MachineType) -> UInt32 {
        switch type {
        case .i8: UInt32(UInt8(bitPattern: Int8(clamping: value)))
        case .u8: UInt32(UInt8(clamping: value))
        case .i16: UInt32(UInt16(bitPattern: Int16(clamping: value)))
        case .i32: UInt32(bitPattern: value)
        default: narrowed(Float(value), type)
        }
    }

    func narrowed(_ value: Float, _ type: MachineType) -> UInt32 {
        switch type {
        case .f32: return value.isNaN ? 0x7FC0_0000 : value.bitPattern
        case .f16: return value.isNaN ? 0x7E00 : UInt32(Float16(value).bitPattern)
        case .bf16: return UInt32(NarrowFloat.bf16(value))
        default:
            if value.isNaN { return 0 }
            let whole = value.rounded(.towardZero)
            return narrowed(whole >= 0x1p31 ? .max : whole < -0x1p31 ? .min : Int32(whole), type)
        }
    }

    func element(_ operand: LaneOperand, _ row: Int, _ column: Int, perRow: Bool = false) -> UInt32 {
        let column = perRow ? 0 : column
        return switch operand.space {
        case .workspace:
            bits(operand.address + row * operand.rowStride + column * operand.type.sizeBytes, operand.type.sizeBytes)
        case .accumulator: accumulators[operand.address + row * operand.rowStride][column]
        }
    }

    mutating func put(_ bits: UInt32, _ operand: LaneOperand, _ row: Int, _ column: Int) {
        switch operand.space {
        case .workspace:
            put(bits, operand.address + row * operand.rowStride + column * operand.type.sizeBytes, operand.type.sizeBytes)
        case .accumulator: accumulators[operand.address + row * operand.rowStride][column] = bits
        }
    }

    func maximum(_ left: Float, _ right: Float) -> Float { left.isNaN ? left : right.isNaN ? right : left > right ? left : right }
    func minimum(_ left: Float, _ right: Float) -> Float { left.isNaN ? left : right.isNaN ? right : left < right ? left : right }

    // MARK: Instructions

    mutating func execute(_ instruction: Instruction) {
        switch instruction {
        case .load, .store, .loadGathered, .storeScattered, .halt: break
        case .fill(let body): fill(body)
        case .loadWeights(let body): loadWeights(body)
        case .matmulWeightStationary(let body): multiply(body)
        case .matmulOutputStationary(let body): multiply(body)
        case .vectorBinary(let body): binary(body)
        case .vectorUnary(let body): unary(body)
        case .vectorSelect(let body): select(body)
        case .vectorReduce(let body): reduce(body)
        case .vectorWindow(let body): window(body)
        case .vectorCopy(let body): copy(body)
        case .drain(let body): drain(body)
        case .requantise(let body): requantise(body)
        }
    }

    private mutating func fill(_ body: Fill) {
        for row in 0..<body.rows {
            for byte in stride(from: 0, to: body.rowBytes, by: body.type.sizeBytes) {
                put(body.value, body.destination.bytes + row * body.rowStrideBytes + byte, body.type.sizeBytes)
            }
        }
    }

    private mutating func loadWeights(_ body: LoadWeights) {
        var rows = Array(repeating: Array(repeating: UInt32(0), count: columns), count: 64)
        for k in 0..<body.depth {
            for c in 0..<body.columns {
                let bits = bits(
                    body.source.bytes + k * body.depthStrideBytes + c * body.columnStrideBytes, body.type.sizeBytes)
                rows[k][c] = body.type.isFloatingPoint ? float(bits, body.type).bitPattern : UInt32(bitPattern: integer(bits, body.type))
            }
        }
        shadow = rows
    }

    private mutating func multiply(_ body: MatmulWeightStationary) {
        if let filled = shadow { (plane, shadow) = (filled, nil) }
        for r in 0..<body.rows {
            let start =
                body.source.bytes + r / body.innerCount * body.outerStrideBytes + r % body.innerCount * body.innerStrideBytes
            for c in 0..<body.columns {
                var sum = body.accumulate ? accumulators[body.accumulator.number + r][c] : 0
                for k in 0..<body.depth {
                    let a = bits(start + k * body.type.sizeBytes, body.type.sizeBytes)
                    sum = accumulated(sum, a, body.type, plane[k][c])
                }
                accumulators[body.accumulator.number + r][c] = sum
            }
        }
    }

    private mutating func multiply(_ body: MatmulOutputStationary) {
        for r in 0..<body.rows {
            let start =
                body.source.bytes + r / body.innerCount * body.outerStrideBytes + r % body.innerCount * body.innerStrideBytes
            for c in 0..<body.columns {
                var sum = body.accumulate ? accumulators[body.accumulator.number + r][c] : 0
                for k in 0..<body.depth {
                    let a = bits(start + k * body.type.sizeBytes, body.type.sizeBytes)
                    let w = bits(
                        body.weights.bytes + k * body.depthStrideBytes + c * body.columnStrideBytes, body.weightType.sizeBytes)
                    let wide =
                        body.weightType.isFloatingPoint
                        ? float(w, body.weightType).bitPattern : UInt32(bitPattern: integer(w, body.weightType))
                    sum = accumulated(sum, a, body.type, wide)
                }
                accumulators[body.accumulator.number + r][c] = sum
            }
        }
    }

    private func accumulated(_ sum: UInt32, _ a: UInt32, _ type: MachineType, _ w: UInt32) -> UInt32 {
        if type.isFloatingPoint {
            let product = float(a, type) * Float(bitPattern: w)
            return (Float(bitPattern: sum) + product).bitPattern
        }
        return sum &+ UInt32(bitPattern: integer(a, type) &* Int32(bitPattern: w))
    }

    private mutating func binary(_ body: VectorBinary) {
        for r in 0..<body.rows {
            for c in 0..<body.columns {
                let left = element(body.first, r, c, perRow: body.firstPerRow)
                let right = body.secondIsImmediate ? body.immediate : element(body.second, r, c, perRow: body.secondPerRow)
                if body.computesIntegers {
                    let b = body.secondIsImmediate ? Int32(bitPattern: right) : integer(right, body.second.type)
                    put(narrowed(result(body.operation, integer(left, body.first.type), b), body.destination.type), body.destination, r, c)
                } else {
                    let b = body.secondIsImmediate ? Float(bitPattern: right) : float(right, body.second.type)
                    put(narrowed(result(body.operation, float(left, body.first.type), b), body.destination.type), body.destination, r, c)
                }
            }
        }
    }

    private func result(_ operation: VectorBinary.Operation, _ a: Float, _ b: Float) -> Float {
        switch operation {
        case .add: a + b
        case .subtract: a - b
        case .multiply: a * b
        case .divide: a / b
        case .minimum: minimum(a, b)
        case .maximum: maximum(a, b)
        case .power: Float(ElementaryFunctions.power(Double(a), Double(b)))
        case .equal: a == b ? 1 : 0
        case .notEqual: a != b ? 1 : 0
        case .less: a < b ? 1 : 0
        case .lessOrEqual: a <= b ? 1 : 0
        case .greater: a > b ? 1 : 0
        case .greaterOrEqual: a >= b ? 1 : 0
        default: .nan
        }
    }

    private func result(_ operation: VectorBinary.Operation, _ a: Int32, _ b: Int32) -> Int32 {
        switch operation {
        case .add: return a &+ b
        case .subtract: return a &- b
        case .multiply: return a &* b
        case .divide: return b == 0 ? 0 : Int32(truncatingIfNeeded: Int64(a) / Int64(b))
        case .minimum: return min(a, b)
        case .maximum: return max(a, b)
        case .power:
            if b < 0 { return a == 1 || (a == -1 && b % 2 == 0) ? 1 : a == -1 ? -1 : 0 }
            var power: Int32 = 1
            // The low 32 bits of aᵇ repeat with a period that divides 2³¹; small exponents are multiplied out.
            for _ in 0..<min(b, 40) { power = power &* a }
            return power
        case .equal: return a == b ? 1 : 0
        case .notEqual: return a != b ? 1 : 0
        case .less: return a < b ? 1 : 0
        case .lessOrEqual: return a <= b ? 1 : 0
        case .greater: return a > b ? 1 : 0
        case .greaterOrEqual: return a >= b ? 1 : 0
        case .and: return a & b
        case .or: return a | b
        case .xor: return a ^ b
        case .shiftLeft: return Int32(bitPattern: UInt32(bitPattern: a) << (UInt32(bitPattern: b) % 32))
        case .shiftRight: return a >> (b & 31)
        }
    }

    private mutating func unary(_ body: VectorUnary) {
        let whole: Set<VectorUnary.Operation> = [.copy, .negate, .absolute, .relu, .square, .sign, .logicalNot]
        for r in 0..<body.rows {
            for c in 0..<body.columns {
                let bits = element(body.source, r, c, perRow: body.sourcePerRow)
                if !body.source.type.isFloatingPoint && whole.contains(body.operation) {
                    let x = integer(bits, body.source.type)
                    let y: Int32 =
                        switch body.operation {
                        case .negate: 0 &- x
                        case .absolute: x < 0 ? 0 &- x : x
                        case .relu: x > 0 ? x : 0
                        case .square: x &* x
                        case .sign: x > 0 ? 1 : x < 0 ? -1 : 0
                        case .logicalNot: x == 0 ? 1 : 0
                        default: x
                        }
                    put(narrowed(y, body.destination.type), body.destination, r, c)
                } else {
                    put(narrowed(value(body.operation, float(bits, body.source.type)), body.destination.type), body.destination, r, c)
                }
            }
        }
    }

    private func value(_ operation: VectorUnary.Operation, _ x: Float) -> Float {
        switch operation {
        case .copy: x
        case .negate: -x
        case .absolute: abs(x)
        case .relu: x.isNaN ? x : x > 0 ? x : 0
        case .square: x * x
        case .sign: x > 0 ? 1 : x < 0 ? -1 : x
        case .floor: x.rounded(.down)
        case .ceiling: x.rounded(.up)
        case .round: x.rounded(.toNearestOrEven)
        case .truncate: x.rounded(.towardZero)
        case .reciprocal: 1 / x
        case .squareRoot: x.squareRoot()
        case .logicalNot: x == 0 ? 1 : 0
        case .hardSigmoid: minimum(maximum(x + 3, 0), 6) / 6
        case .hardSwish: x * minimum(maximum(x + 3, 0), 6) / 6
        default: Float(ElementaryOperation.apply(operation, Double(x)))
        }
    }

    private mutating func select(_ body: VectorSelect) {
        for r in 0..<body.rows {
            for c in 0..<body.columns {
                let bits = element(body.conditionOperand, r, c, perRow: body.conditionPerRow)
                let isTrue = body.conditionType.isFloatingPoint ? !(float(bits, body.conditionType) == 0) : bits != 0
                let chosen =
                    isTrue
                    ? element(body.firstOperand, r, c, perRow: body.firstPerRow)
                    : element(body.secondOperand, r, c, perRow: body.secondPerRow)
                put(chosen, body.destinationOperand, r, c)
            }
        }
    }

    private mutating func reduce(_ body: VectorReduce) {
        let (resultRows, resultColumns) = body.resultShape
        for resultRow in 0..<resultRows {
            for resultColumn in 0..<resultColumns {
                let places: [(Int, Int)] =
                    body.axis == .columns
                    ? (0..<body.columns).map { (resultRow, $0) } : (0..<body.rows).map { ($0, resultColumn) }
                let bits = places.map { element(body.source, $0.0, $0.1) }
                let old = element(body.destination, resultRow, resultColumn)
                if body.source.type.isFloatingPoint {
                    var values = bits.map { float($0, body.source.type) }
                    if body.accumulate {
                        values.insert(float(old, body.destination.type), at: 0)
                    } else if body.operation == .sum {
                        values.insert(0, at: 0)
                    }
                    let result = values.dropFirst().reduce(values[0]) {
                        switch body.operation {
                        case .sum: $0 + $1
                        case .maximum: maximum($0, $1)
                        case .minimum: minimum($0, $1)
                        }
                    }
                    put(narrowed(result, body.destination.type), body.destination, resultRow, resultColumn)
                } else {
                    var values = bits.map { integer($0, body.source.type) }
                    if body.accumulate { values.insert(wholeNumber(old, body.destination.type), at: 0) }
                    let result = values.dropFirst().reduce(values[0]) {
                        switch body.operation {
                        case .sum: $0 &+ $1
                        case .maximum: max($0, $1)
                        case .minimum: min($0, $1)
                        }
                    }
                    put(narrowed(result, body.destination.type), body.destination, resultRow, resultColumn)
                }
            }
        }
    }

    func wholeNumber(_ bits: UInt32, _ type: MachineType) -> Int32 {
        type.isFloatingPoint ? Int32(bitPattern: narrowed(float(bits, type), .i32)) : integer(bits, type)
    }
}
