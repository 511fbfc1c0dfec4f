import Basics
import KernelCodegen
import Machine
import Testing

/// Attention as one kernel: values against the definition, on machines whose memories force every way of cutting it.
@Suite struct AttentionTests {
    /// An attention of `heads` heads over tokens that hold the heads side by side, as projections leave them.
    struct Shape: Sendable {
        enum Mask { case none, boolean, added, addedPerKey }

        var heads = 2
        var rows = 5
        var keys = 7
        var depth = 8
        var columns = 8
        /// Heads of queries for each head of keys.
        var group = 1
        var element = ElementType.f32
        var isCausal = false
        var mask = Mask.none
        /// A residual addition after it.
        var hasFollower = false

        var request: KernelRequest {
            var root = AttentionComputation()
            root.batches = [AttentionBatch(count: heads / group, queryStride: group * depth, keyStride: depth, valueStride: columns)]
            if group > 1 { root.batches.append(AttentionBatch(count: group, queryStride: depth, keyStride: 0, valueStride: 0)) }
            (root.rows, root.keys, root.depth, root.columns) = (rows, keys, depth, columns)
            (root.queryStride, root.keyStride) = (heads * depth, heads / group * depth)
            root.valueStride = heads / group * columns
            root.isCausal = isCausal
            var operands = [
                KernelOperand(.input, element, [rows, heads, depth]), KernelOperand(.input, element, [keys, heads / group, depth]),
                KernelOperand(.input, element, [keys, heads / group, columns]),
            ]
            var scores = LaneBuilder()
            let scaled = scores.binary(.multiply, scores.root(), scores.immediate(0.5))
            let leading = Array(repeating: 0, count: root.batches.count + 1)
            switch mask {
            case .none: break
            case .boolean:
                let mask = scores.operand(operands.count, LaneAccess(strides: leading + [keys, 1]))
                _ = scores.select(mask, scaled, scores.immediate(-.infinity))
                operands.append(KernelOperand(.input, .bool, [rows, keys]))
            case .added:
                _ = scores.binary(.add, scaled, scores.operand(operands.count, LaneAccess(strides: leading + [keys, 1])))
                operands.append(KernelOperand(.input, element, [rows, keys]))
            case .addedPerKey:
                _ = scores.binary(.add, scaled, scores.operand(operands.count, LaneAccess(strides: leading + [0, 1])))
                operands.append(KernelOperand(.constant, element, [keys]))
            }
            root.scores = scores.program
            var lanes = LaneBuilder()
            var value = lanes.root()
            if hasFollower {
                value = lanes.binary(.add, value, lanes.operand(operands.count, .dense(root.domain)))
                operands.append(KernelOperand(.input, element, root.domain))
            }
            lanes.output(value, to: operands.count, .dense(root.domain))
            operands.append(KernelOperand(.result, element, root.domain))
            return KernelRequest(operands: operands, root: .attention(root), program: lanes.program)
        }
    }

    static let shapes: [Shape] = [
        Shape(), Shape(heads: 1, rows: 1, keys: 1, depth: 1, columns: 1), Shape(heads: 3, rows: 40, keys: 70, depth: 16, columns: 5),
        Shape(heads: 5, rows: 1, keys: 33, depth: 8, columns: 9), Shape(heads: 4, rows: 9, keys: 11, group: 2),
        Shape(heads: 6, rows: 1, keys: 40, group: 3, mask: .addedPerKey), Shape(rows: 33, keys: 33, isCausal: true),
        Shape(rows: 70, keys: 40, isCausal: true), Shape(rows: 20, keys: 90, isCausal: true, mask: .added),
        Shape(rows: 17, keys: 37, mask: .boolean), Shape(rows: 37, keys: 17, mask: .added, hasFollower: true),
        Shape(heads: 1, rows: 200, keys: 300, depth: 4, columns: 4),
    ]

    @Test(arguments: Targets.all, [ElementType.f32, .bf16, .f16])
    func `attention of every kind gives the naive result`(_ target: TargetDescription, _ element: ElementType) throws {
        for shape in Self.shapes {
            var shape = shape
            shape.element = element
            // A weight is rounded before it is multiplied: half a unit in the last place of each.
            try KernelRunner(shape.request, target).check(tolerance: element == .f32 ? 1e-5 : element == .bf16 ? 8e-3 : 1e-3)
        }
    }

    @Test(arguments: 0..<40)
    func `random attention gives the naive result`(_ seed: Int) throws {
        var random = SeededGenerator(seed)
        var shape = Shape()
        shape.group = random.pick(1, 1, 2, 3)
        shape.heads = shape.group * random.pick(1, 2, 3)
        shape.rows = random.pick(1, 2, 9, 33, 64)
        shape.keys = random.pick(1, 3, 31, 64, 100)
        shape.depth = random.pick(1, 4, 7, 16)
        shape.columns = random.pick(1, 4, 6, 17)
        shape.isCausal = random.pick(true, false)
        shape.mask = random.pick(.none, .none, .boolean, .added, .addedPerKey)
        shape.hasFollower = random.pick(true, false)
        for target in Targets.all { try KernelRunner(shape.request, target).check(tolerance: 1e-5, seed: seed) }
    }
}
