import Basics
import OperatorTestKit
import Operators
import TensorIR
import Testing

/// Vectors of a decomposition have an arbitrary sign, so that they cannot be PyTorch's number for number: what they have to do is checked instead.
@Suite struct MatrixDecompositionTests {
    private static func draw(_ shape: [Int], _ seed: String) -> Tensor {
        var generator = SeededGenerator(seed)
        let count = shape.reduce(1, *)
        return Tensor(TensorType(.f64, shape), doubles: (0..<count).map { _ in Double(generator.next() >> 52) / 1024 - 2 })
    }

    /// `left · right`, row-major.
    private static func product(_ left: [Double], _ right: [Double], _ rows: Int, _ depth: Int, _ columns: Int) -> [Double] {
        (0..<rows * columns).map { place in
            (0..<depth).reduce(0) { $0 + left[place / columns * depth + $1] * right[$1 * columns + place % columns] }
        }
    }

    private static func transposed(_ matrix: [Double], _ rows: Int, _ columns: Int) -> [Double] {
        (0..<rows * columns).map { matrix[$0 % rows * columns + $0 / rows] }
    }

    private static func distance(_ left: [Double], _ right: [Double]) -> Double {
        zip(left, right).map { abs($0 - $1) }.max() ?? 0
    }

    private static func unit(_ size: Int) -> [Double] { (0..<size * size).map { $0 / size == $0 % size ? 1 : 0 } }

    @Test(arguments: [(1, 1), (3, 3), (5, 2), (2, 6), (12, 12)], [false, true])
    func `Singular vectors stand at right angles, and make the matrix again`(size: (rows: Int, columns: Int), isSingular: Bool) throws {
        let (rows, columns) = size
        let count = min(rows, columns)
        var matrix = Self.draw([rows, columns], "\(size)").doubles
        // Two rows alike, or none but zeros.
        if isSingular { for column in 0..<columns { matrix[(rows - 1) * columns + column] = rows > 1 ? matrix[column] : 0 } }
        let parts = try SingularValues().evaluate([Tensor(TensorType(.f64, [rows, columns]), doubles: matrix)]).map(\.doubles)
        let scaled = parts[0].indices.map { parts[0][$0] * parts[1][$0 % count] }
        #expect(Self.distance(Self.product(scaled, parts[2], rows, count, columns), matrix) < 1e-12)
        #expect(Self.distance(Self.product(Self.transposed(parts[0], rows, count), parts[0], count, rows, count), Self.unit(count)) < 1e-12)
        #expect(
            Self.distance(Self.product(parts[2], Self.transposed(parts[2], count, columns), count, columns, count), Self.unit(count))
                < 1e-12)
        #expect(zip(parts[1], parts[1].dropFirst()).allSatisfy { $0 >= $1 } && parts[1].allSatisfy { $0 >= 0 })
    }

    @Test(arguments: [1, 2, 5, 16])
    func `Eigenvectors stand at right angles, and are stretched by their values`(size: Int) throws {
        let drawn = Self.draw([size, size], "\(size)").doubles
        let matrix = drawn.indices.map { place in
            let (row, column) = (place / size, place % size)
            return drawn[max(row, column) * size + min(row, column)]
        }
        let parts = try SymmetricEigen().evaluate([Tensor(TensorType(.f64, [size, size]), doubles: drawn)]).map(\.doubles)
        let stretched = parts[1].indices.map { parts[1][$0] * parts[0][$0 % size] }
        #expect(Self.distance(Self.product(matrix, parts[1], size, size, size), stretched) < 1e-12)
        #expect(Self.distance(Self.product(Self.transposed(parts[1], size, size), parts[1], size, size, size), Self.unit(size)) < 1e-12)
        #expect(zip(parts[0], parts[0].dropFirst()).allSatisfy { $0 <= $1 })
    }

    @Test func `What is no number ends, and is none afterwards`() throws {
        let matrix = Tensor(TensorType(.f64, [3, 3]), doubles: [1, .nan, 2, 3, .infinity, 1, 0, 0, 1])
        #expect(try SingularValues().evaluate([matrix])[1].doubles.contains { $0.isNaN })
        #expect(try SymmetricEigen().evaluate([matrix])[0].doubles.contains { $0.isNaN })
    }
}
