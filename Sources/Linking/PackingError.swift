import Basics
import TensorIR

/// Why a constant cannot be packed. All but a storage that is too short are faults of ours: recipes and packings are made by the compiler.
package enum PackingError: Error, Hashable, Sendable {
    /// The recipe gave another element type than the packing asks for; packing converts nothing.
    case elementType(TensorType, expected: ElementType)
    /// The tensor has not the dimensions that the packing asks for.
    case shape(TensorType, expected: [Int])
    /// A view reaches outside the bytes that it is a view of: a damaged archive.
    case outsideStorage
    /// A view with a negative extent, or with strides that are not one per dimension.
    case malformedView
}
