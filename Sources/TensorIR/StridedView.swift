/// Where the elements of a tensor lie inside another one's storage: an offset and one stride for each logical dimension, in elements.
///
/// Shape operations map views to views; as long as one exists, nothing has to move.
package struct StridedView: Hashable, Sendable {
    package var offset: Int
    package var shape: [Int]
    /// 0 along dimensions in which one element is repeated.
    package var strides: [Int]

    package init(offset: Int = 0, shape: [Int], strides: [Int]) {
        self.offset = offset
        self.shape = shape
        self.strides = strides
    }

    /// The whole of a tensor, in its layout.
    package init(_ type: TensorType) {
        self.init(shape: type.shape, strides: type.strides)
    }

    /// The view as the offset of a run in which the elements follow one another as a tensor of `type` stores them; nil when they do not.
    /// Strides of dimensions of size 1 do not matter.
    package func contiguousOffset(as type: TensorType) -> Int? {
        guard shape == type.shape else { return nil }
        for ((size, stride), wanted) in zip(zip(shape, strides), type.strides) where size != 1 && stride != wanted { return nil }
        return offset
    }

    package func permuted(_ dimensions: [Int]) -> StridedView {
        StridedView(offset: offset, shape: dimensions.map { shape[$0] }, strides: dimensions.map { strides[$0] })
    }

    /// Elements `start`, `start + step`, … along one dimension, `count` of them.
    package func sliced(_ dimension: Int, start: Int, count: Int, step: Int) -> StridedView {
        var view = self
        view.offset += start * strides[dimension]
        view.shape[dimension] = count
        view.strides[dimension] *= step
        return view
    }

    /// Stretched to `target` as by broadcasting.
    package func expanded(to target: [Int]) -> StridedView {
        let lead = target.count - shape.count
        let strides = target.indices.map { index in
            index < lead || shape[index - lead] == 1 && target[index] != 1 ? 0 : self.strides[index - lead]
        }
        return StridedView(offset: offset, shape: target, strides: strides)
    }

    /// The same elements, in row-major order, under another shape; nil when that needs more than one stride for a dimension.
    package func reshaped(to target: [Int]) -> StridedView? {
        guard !target.contains(0) else { return StridedView(offset: offset, shape: target, strides: ShapeArithmetic.strides(target)) }
        var strides = Array(repeating: 0, count: target.count)
        let groups = mergedDimensions()
        var next = target.count - 1
        for group in groups.reversed() {
            var left = group.size
            var stride = group.stride
            while next >= 0, left > 1 || target[next] == 1 {
                guard left % target[next] == 0 else { return nil }
                strides[next] = stride
                stride *= target[next]
                left /= target[next]
                next -= 1
            }
            guard left == 1 else { return nil }
        }
        while next >= 0, target[next] == 1 { next -= 1 }
        guard next < 0 else { return nil }
        return StridedView(offset: offset, shape: target, strides: strides)
    }

    /// Runs of dimensions that one stride walks, outermost first, without those of size 1.
    package func mergedDimensions() -> [(size: Int, stride: Int)] {
        var groups: [(size: Int, stride: Int)] = []
        for (size, stride) in zip(shape, strides) where size != 1 {
            if let last = groups.last, last.stride == size * stride {
                groups[groups.count - 1] = (last.size * size, stride)
            } else {
                groups.append((size, stride))
            }
        }
        return groups
    }

    /// The elements, in row-major order.
    package func gather<Element>(_ elements: [Element]) -> [Element] {
        ShapeArithmetic.gather(elements, shape, strides: strides, offset: offset)
    }
}
