/// Shapes as PyTorch computes with them.
package enum ShapeArithmetic {
    /// The common shape of operands under PyTorch's broadcasting: aligned at the last dimension, ones stretch. Nil when they do not fit.
    package static func broadcast(_ shapes: [[Int]]) -> [Int]? {
        var result: [Int] = []
        for shape in shapes {
            if shape.count > result.count { result = Array(repeating: 1, count: shape.count - result.count) + result }
            let lead = result.count - shape.count
            for (index, size) in shape.enumerated() where size != result[lead + index] {
                if result[lead + index] == 1 { result[lead + index] = size } else if size != 1 { return nil }
            }
        }
        return result
    }

    /// Row-major strides, in elements.
    package static func strides(_ shape: [Int]) -> [Int] {
        var strides = Array(repeating: 1, count: shape.count)
        for index in shape.indices.dropLast().reversed() { strides[index] = strides[index + 1] * shape[index + 1] }
        return strides
    }

    /// Strides that read an operand of `shape` as if it had the shape `target`: 0 along stretched dimensions.
    package static func broadcastStrides(_ shape: [Int], to target: [Int]) -> [Int] {
        let own = strides(shape)
        let lead = target.count - shape.count
        return target.indices.map { $0 < lead || shape[$0 - lead] == 1 && target[$0] != 1 ? 0 : own[$0 - lead] }
    }

    /// Calls `body` with the offset of each element of `shape` in row-major order, where a step along dimension i moves by `strides[i]`.
    /// Whole rows are handed over: offset of the first element, count, stride.
    package static func forEachRow(
        _ shape: [Int], strides: [Int], offset: Int = 0, _ body: (_ offset: Int, _ count: Int, _ stride: Int) -> Void
    ) {
        guard !shape.contains(0) else { return }
        guard let columns = shape.last, let step = strides.last else { return body(offset, 1, 1) }
        let outer = shape.count - 1
        var index = Array(repeating: 0, count: outer)
        var position = offset
        while true {
            body(position, columns, step)
            var dimension = outer - 1
            while dimension >= 0 {
                index[dimension] += 1
                position += strides[dimension]
                if index[dimension] < shape[dimension] { break }
                position -= strides[dimension] * shape[dimension]
                index[dimension] = 0
                dimension -= 1
            }
            if dimension < 0 { return }
        }
    }

    /// The elements found by walking `shape` with `strides`, in row-major order: permutation, slice, expansion of `elements`.
    package static func gather<Element>(_ elements: [Element], _ shape: [Int], strides: [Int], offset: Int = 0) -> [Element] {
        var result: [Element] = []
        result.reserveCapacity(shape.reduce(1, *))
        forEachRow(shape, strides: strides, offset: offset) { start, count, stride in
            if stride == 1 {
                result.append(contentsOf: elements[start..<start + count])
            } else if stride == 0 {
                result.append(contentsOf: repeatElement(elements[start], count: count))
            } else {
                for index in 0..<count { result.append(elements[start + index * stride]) }
            }
        }
        return result
    }

    /// `elements` of `shape` stretched to `target`.
    package static func broadcast<Element>(_ elements: [Element], _ shape: [Int], to target: [Int]) -> [Element] {
        shape == target ? elements : gather(elements, target, strides: broadcastStrides(shape, to: target))
    }
}
