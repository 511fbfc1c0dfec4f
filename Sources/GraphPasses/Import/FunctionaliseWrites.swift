import Operators
import TensorIR

/// Turns writes into new values, as PyTorch's functionalisation does, so that the graph stays in single static assignment form.
///
/// Captured tensors that share memory form a tree: a base, views of it, views of those. A write through any of them makes a new value of that
/// view, and from it new values of everything up to the base. The other views are out of date then, and are taken anew from their parents when
/// somebody reads them: a view that nobody reads again costs nothing.
///
///     rows = x.view(4, -1)        rows: a view of x
///     x[:, 0].mul_(2)             x becomes scatter(x, 0, mul(select(x, 0), 2))
///     rows.sum()                  rows is taken again from the new x
struct FunctionaliseWrites {
    /// Names a captured tensor: a base or a view.
    struct TensorID: Hashable {
        fileprivate let index: Int
    }

    private struct Tensor {
        /// The tensor whose memory this one shows, and how; nil for a base.
        var parent: (tensor: TensorID, view: View)?
        /// Index into `writes`.
        var base: Int
        /// The content after `writes` writes to the base.
        var value: ValueID
        var writes: Int
    }

    private var tensors: [Tensor] = []
    /// For each base the number of writes to it.
    private var writes: [Int] = []
    /// Bases whose memory complex numbers share, or shared when they were taken: their parts would not see a write.
    private var frozen: Set<Int> = []

    /// A tensor with memory of its own.
    mutating func addBase(_ value: ValueID) -> TensorID {
        writes.append(0)
        tensors.append(Tensor(parent: nil, base: writes.count - 1, value: value, writes: 0))
        return TensorID(index: tensors.count - 1)
    }

    /// A tensor that shows the memory of `parent`, whose content has just been read.
    mutating func addView(_ value: ValueID, of parent: TensorID, _ view: View) -> TensorID {
        let base = tensors[parent.index].base
        tensors.append(Tensor(parent: (parent, view), base: base, value: value, writes: writes[base]))
        return TensorID(index: tensors.count - 1)
    }

    /// Refuses later writes to the memory that a tensor shows.
    mutating func freeze(_ id: TensorID) { frozen.insert(tensors[id.index].base) }

    /// The content now: after a write through another tensor that shares the memory, taken anew.
    mutating func content(of id: TensorID, in graph: inout Graph) throws(OperatorError) -> ValueID {
        let tensor = tensors[id.index]
        guard let (parent, view) = tensor.parent, tensor.writes != writes[tensor.base] else { return tensor.value }
        let value = try view.apply(to: try content(of: parent, in: &graph), in: &graph)
        tensors[id.index].value = value
        tensors[id.index].writes = writes[tensor.base]
        return value
    }

    /// Makes `value` the content of a tensor, whose content has just been read, and changes everything that shares its memory.
    mutating func write(_ value: ValueID, to id: TensorID, in graph: inout Graph, _ operators: OperatorRegistry) throws(OperatorError) {
        guard value != tensors[id.index].value else { return }
        let base = tensors[id.index].base
        guard !frozen.contains(base) else { throw OperatorError("a write into memory that complex numbers share; write into a clone()") }
        var changed = [(id, value)]
        while let last = changed.last, let (parent, view) = tensors[last.0.index].parent {
            let before = try content(of: parent, in: &graph)
            changed.append((parent, try view.replace(in: before, by: last.1, in: &graph, operators)))
        }
        writes[base] += 1
        for (tensor, value) in changed {
            tensors[tensor.index].value = value
            tensors[tensor.index].writes = writes[base]
        }
    }
}
