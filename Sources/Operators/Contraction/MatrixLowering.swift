import KernelCodegen
import TensorIR

/// Matrix products as contractions: linear layers, and products of any batching.
enum MatrixLowering {
    /// `[…, K]` times `[N, K]`: leading dimensions that one stride walks are rows, the others repetitions. Nil unless neighbours along K are
    /// neighbours in memory.
    static func rows(_ input: StridedView, _ weight: StridedView) -> RootLowering? {
        let depth = weight.shape[1]
        guard depth == 1 || input.strides.last == 1 else { return nil }
        let leading = StridedView(shape: Array(input.shape.dropLast()), strides: Array(input.strides.dropLast())).mergedDimensions()
        let rows = leading.last ?? (size: 1, stride: depth)
        let batches = leading.dropLast().map { ContractionBatch(count: $0.size, inputStride: $0.stride, weightStride: 0) }
        return contraction(input, weight, batches, rows: rows.size, rowStride: rows.stride, lead: leading.dropLast().map(\.size))
    }

    /// `[…, M, K]` times `[…, K, N]` with batches stretched to each other.
    static func product(_ left: StridedView, _ right: StridedView, batch: [Int]) -> RootLowering? {
        let rank = batch.count
        let (rows, depth) = (left.shape[left.shape.count - 2], left.shape[left.shape.count - 1])
        let columns = right.shape[right.shape.count - 1]
        let first = left.expanded(to: batch + [rows, depth])
        let second = right.expanded(to: batch + [depth, columns])
        let weight = StridedView(
            offset: second.offset, shape: [columns, depth], strides: [second.strides[rank + 1], second.strides[rank]])
        if second.strides[..<rank].allSatisfy({ $0 == 0 }) || batch.allSatisfy({ $0 == 1 }) { return self.rows(first, weight) }
        guard depth == 1 || first.strides.last == 1 else { return nil }
        var batches: [ContractionBatch] = []
        for index in 0..<rank where batch[index] != 1 {
            let next = ContractionBatch(count: batch[index], inputStride: first.strides[index], weightStride: second.strides[index])
            if let last = batches.last, last.inputStride == next.inputStride * next.count,
                last.weightStride == next.weightStride * next.count
            {
                batches[batches.count - 1] = ContractionBatch(
                    count: last.count * next.count, inputStride: next.inputStride, weightStride: next.weightStride)
            } else {
                batches.append(next)
            }
        }
        return contraction(first, weight, batches, rows: rows, rowStride: first.strides[rank], lead: batches.map(\.count))
    }

    private static func contraction(
        _ input: StridedView, _ weight: StridedView, _ batches: [ContractionBatch], rows: Int, rowStride: Int, lead: [Int]
    ) -> RootLowering {
        var contraction = Contraction()
        contraction.batches = batches
        contraction.inputOffset = input.offset
        contraction.inputWidth = rows
        contraction.outputWidth = rows
        contraction.inputPixelStride = rowStride
        contraction.inputRowStride = rows * rowStride
        contraction.channels = weight.shape[1]
        contraction.columns = weight.shape[0]
        contraction.weightOffset = weight.offset
        contraction.weightColumnStride = weight.strides[0]
        contraction.weightChannelStride = weight.strides[1]
        return RootLowering(.contraction(contraction), split: lead + [1, rows, weight.shape[0]])
    }
}
