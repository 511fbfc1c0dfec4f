/// Products of small dense matrices in double precision: the inner loop of the references of linear, matmul and convolution.
package enum MatrixProduct {
    /// Adds `left · right` to `result`: `left` is `rows × depth`, `right` is `depth × columns`, all row-major at the given starts.
    /// The depth is walked in ascending order for each element.
    package static func accumulate(
        _ result: inout [Double], at resultStart: Int, _ left: [Double], at leftStart: Int, _ right: [Double], at rightStart: Int,
        rows: Int, depth: Int, columns: Int
    ) {
        result.withUnsafeMutableBufferPointer { result in
            left.withUnsafeBufferPointer { left in
                right.withUnsafeBufferPointer { right in
                    for row in 0..<rows {
                        let target = resultStart + row * columns
                        for step in 0..<depth {
                            let factor = left[leftStart + row * depth + step]
                            let source = rightStart + step * columns
                            for column in 0..<columns { result[target + column] += factor * right[source + column] }
                        }
                    }
                }
            }
        }
    }

    /// The transpose of a `rows × columns` matrix.
    package static func transposed(_ matrix: [Double], rows: Int, columns: Int) -> [Double] {
        var result = [Double](repeating: 0, count: matrix.count)
        for row in 0..<rows { for column in 0..<columns { result[column * rows + row] = matrix[row * columns + column] } }
        return result
    }
}
