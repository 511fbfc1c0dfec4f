/// Why a constant cannot be packed, or a view cannot be read.
package enum PackingError: Error, Hashable, Sendable {
    /// A view reaches outside the bytes that it is a view of (a damaged archive), or a packing outside its tensor (a fault of ours).
    case outsideStorage
    /// A view with a negative extent, or with strides that are not one per dimension.
    case malformedView
    /// A packing whose size overflows.
    case malformedPacking
}
