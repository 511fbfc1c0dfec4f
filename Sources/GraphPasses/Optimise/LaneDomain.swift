import KernelCodegen
import Operators
import TensorIR

/// How the elements of a tensor of the result's shape lie over the domain of a kernel's lanes.
struct LaneDomain {
    /// The result's dimensions cut into finer ones (or joined)…
    var split: [Int]
    /// … and ordered as the domain wants them.
    var order: [Int]
    /// Sizes of the domain where it joins ordered dimensions; nil where it has one for each.
    var joined: [Int]?

    init(_ lowering: RootLowering) {
        split = lowering.split
        order = lowering.order
    }

    /// Lanes over a tensor of this type: its dimensions as stored; those of one element are left out.
    init(elements type: TensorType) {
        split = type.shape
        order = type.layout.storageOrder(rank: type.rank)
        let sizes = order.map { type.shape[$0] }.filter { $0 != 1 }
        joined = sizes.isEmpty ? [1] : sizes
    }

    /// Rows of a tensor of this type: the row's dimensions joined into columns.
    init(rows type: TensorType, along dimensions: [Int]) {
        split = type.shape
        let stored = type.layout.storageOrder(rank: type.rank)
        let kept = stored.filter { !dimensions.contains($0) }
        let row = stored.filter { dimensions.contains($0) }
        order = kept + row
        joined = kept.map { type.shape[$0] }.filter { $0 != 1 } + [row.map { type.shape[$0] }.reduce(1, *)]
    }

    /// The sizes of the domain.
    var dimensions: [Int] { joined ?? order.map { split[$0] } }

    /// Where the domain's elements are, for a view of the result's shape; nil when no strides say so.
    func access(_ view: StridedView) -> LaneAccess? {
        guard let ordered = view.reshaped(to: split)?.permuted(order), let final = joined.map({ ordered.reshaped(to: $0) }) ?? ordered
        else { return nil }
        let columnStride = final.strides.last ?? 0
        guard columnStride == 0 || columnStride == 1 || final.shape.last == 1 else { return nil }
        var strides = final.strides
        for index in strides.indices where final.shape[index] == 1 { strides[index] = 0 }
        return LaneAccess(offset: final.offset, strides: strides)
    }
}
