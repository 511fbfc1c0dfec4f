import KernelCodegen
import TensorIR

// Attention as one kernel: the scores never leave the machine's workspace.
extension Attention {
    package func root(_ operands: [StridedView], _ types: [TensorType], _ result: TensorType) throws(OperatorError) -> RootLowering? {
        let batch = Array(result.shape.dropLast(2))
        let (rows, columns) = (result.shape[batch.count], result.shape[batch.count + 1])
        let keys = operands[1].shape[operands[1].shape.count - 2]
        let query = operands[0].expanded(to: batch + operands[0].shape.suffix(2))
        let key = operands[1].expanded(to: batch + operands[1].shape.suffix(2))
        let value = operands[2].expanded(to: batch + operands[2].shape.suffix(2))
        guard [query, key, value].allSatisfy({ $0.shape.last == 1 || $0.strides.last == 1 }) else { return nil }
        let mask = operands.count == 4 ? operands[3].expanded(to: batch + [rows, keys]) : nil
        if let mask, keys > 1, !(0...1).contains(mask.strides[batch.count + 1]) { return nil }
        let levels = Self.levels(batch, [query, key, value] + (mask.map { [$0] } ?? []))
        var root = AttentionComputation()
        root.batches = levels.map { level in
            AttentionBatch(count: level.count, queryStride: level.strides[0], keyStride: level.strides[1], valueStride: level.strides[2])
        }
        (root.queryOffset, root.keyOffset, root.valueOffset) = (query.offset, key.offset, value.offset)
        (root.rows, root.keys, root.depth, root.columns) = (rows, keys, query.shape[batch.count + 1], columns)
        (root.queryStride, root.keyStride, root.valueStride) = (
            query.strides[batch.count], key.strides[batch.count], value.strides[batch.count]
        )
        root.isCausal = isCausal
        let access = mask.map { mask in
            LaneAccess(
                offset: mask.offset,
                strides: levels.map { $0.strides[3] } + [0] + zip([rows, keys], mask.strides.suffix(2)).map { $0 == 1 ? 0 : $1 })
        }
        root.scores = scores(access, isAdded: types.count == 4 && types[3].element != .bool)
        return RootLowering(.attention(root), split: levels.map(\.count) + [1, rows, columns])
    }

    /// What a product becomes before the softmax: scaled, masked.
    private func scores(_ mask: LaneAccess?, isAdded: Bool) -> LaneProgram {
        var program = LaneBuilder()
        let scaled = program.binary(.multiply, program.root(), program.immediate(Float(scale)))
        guard let mask else { return program.program }
        let operand = program.operand(3, mask)
        if isAdded {
            _ = program.binary(.add, scaled, operand)
        } else {
            _ = program.select(operand, scaled, program.immediate(Float(hidden)))
        }
        return program.program
    }

    /// A dimension of repetition, and the stride of each operand along it.
    private typealias Level = (count: Int, strides: [Int])

    /// The batch dimensions, joined where one stride walks two of them in every operand.
    private static func levels(_ batch: [Int], _ views: [StridedView]) -> [Level] {
        var levels: [Level] = []
        for index in batch.indices where batch[index] != 1 {
            let next: Level = (batch[index], views.map { $0.strides[index] })
            if let last = levels.last, last.strides == next.strides.map({ $0 * next.count }) {
                levels[levels.count - 1] = (last.count * next.count, next.strides)
            } else {
                levels.append(next)
            }
        }
        return levels
    }
}
