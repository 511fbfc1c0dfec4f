import Basics
import TensorIR

/// The places that an affine map gives the pixels of a picture (`torch.nn.functional.affine_grid`): a product of the pixels' own places in [−1, 1], a
/// constant, with the map.
package enum AffineGrid: DecomposedOperator {
    package static let name = "affine_grid"
    package static let imports: [ImportRule] = [
        ImportRule(["aten.affine_grid_generator.default"]) { (call: inout ImportCall) throws(OperatorError) in
            let map = try call.tensor("theta")
            let size = try call.ints("size")
            let alignsCorners = try call.bool("align_corners")
            let type = call.type(map)
            let axes = Array(size.dropFirst(2))
            guard axes.count == 2 || axes.count == 3, axes.allSatisfy({ $0 >= 1 }), type.shape == [size[0], axes.count, axes.count + 1]
            else {
                throw OperatorError("an affine grid of \(size) by \(type)")
            }
            // A row for each pixel: its places, the last dimension first, and a 1.
            let count = axes.reduce(1, *)
            let steps = ShapeArithmetic.strides(axes)
            let rows = (0..<count).flatMap { pixel -> [Double] in
                axes.indices.reversed().map { place(pixel / steps[$0] % axes[$0], axes[$0], alignsCorners) } + [1]
            }
            let places = call.graph.literal(Tensor(TensorType(type.element, [count, axes.count + 1]), doubles: rows))
            let columns = try call.emit(Permute(dimensions: [0, 2, 1]), [map])
            return [try call.reshape(try call.emit(Matmul(), [places, columns]), [size[0]] + axes + [axes.count])]
        }
    ]
    package static let examples: [OperatorExample] = [
        OperatorExample(
            "picture", "aten.affine_grid_generator.default",
            ["theta": .f32(2, 2, 3), "size": .ints(2, 3, 4, 5), "align_corners": .bool(false)], gives: .f32(2, 4, 5, 2)),
        OperatorExample(
            "volume, aligned", "aten.affine_grid_generator.default",
            ["theta": .f32(1, 3, 4), "size": .ints(1, 1, 2, 3, 4), "align_corners": .bool(true)], gives: .f32(1, 2, 3, 4, 3)),
    ]

    private static func place(_ index: Int, _ size: Int, _ alignsCorners: Bool) -> Double {
        if alignsCorners { return size > 1 ? -1 + 2 * Double(index) / Double(size - 1) : 0 }
        return (2 * Double(index) + 1) / Double(size) - 1
    }
}
