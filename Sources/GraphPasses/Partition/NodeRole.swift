import Basics
import KernelCodegen
import Operators
import TensorIR

/// What a node is to the partition.
enum NodeRole: Hashable {
    /// Computed from constants alone: part of every region that reads it.
    case constant
    /// Shows elements where they are: part of every region that looks through it.
    case view
    /// May join the kernel that makes one of its operands.
    case pointwise
    /// Starts a kernel. Element-wise nodes may follow it when its lanes are those of its result.
    case anchor(takesFollowers: Bool)
    case host(String)

    /// The role of a node whose operands are not all constant.
    static func of(_ node: Node, in graph: Graph, _ operators: OperatorRegistry) throws(OperatorError) -> NodeRole {
        let operation = try operators.operation(node)
        let operands = node.operands.map { graph.type($0) }
        let results = node.results.map { graph.type($0) }
        if operation is any ViewOperator { return .view }
        if operation is Relayout { return operands[0].storesLike(results[0]) ? .view : .anchor(takesFollowers: false) }
        guard operation.hasDeviceForm else { return .host("\(node.operation) has no form on the machine") }
        var computed = operands + results
        if let lookup = operation as? any LookupOperator {
            let integers = computed.remove(at: type(of: lookup).indices).element
            if !CopyLookup.reads(integers) {
                return .host("\(node.operation) looks up \(integers.name), and the machine i32 and i64 alone")
            }
        }
        if let other = computed.first(where: { !$0.element.isOnDevice }) {
            return .host("\(node.operation) works on \(other.element.name), which the machine does not compute with")
        }
        if (operands + results).contains(where: { $0.elementCount == 0 }) {
            return .host("\(node.operation) meets a tensor without elements")
        }
        switch operation {
        case is any PointwiseOperator: return .pointwise
        case is any CopyOperator: return .anchor(takesFollowers: false)
        case let lookup as any LookupOperator where lookup.boxes(operands.map { StridedView($0) }, StridedView(results[0])) != nil:
            return .anchor(takesFollowers: false)
        case let whole as any WholeOperator where whole.root(operands, results[0]) != nil: return .anchor(takesFollowers: false)
        case let root as any RootOperator:
            if try root.root(operands.map { StridedView($0) }, operands, results[0]) != nil { return .anchor(takesFollowers: true) }
            if root is any RowOperator { return .anchor(takesFollowers: false) }
            return .host("the machine has no form of \(node.operation) with these attributes")
        case is any RowOperator: return .anchor(takesFollowers: operands[0].shape == results[0].shape)
        default: return .host("the machine has no form of \(node.operation) with these attributes")
        }
    }
}

extension Operator {
    /// Whether the machine computes it for some types and attributes.
    fileprivate var hasDeviceForm: Bool {
        self is any PointwiseOperator || self is any CopyOperator || self is any LookupOperator || self is any RootOperator
            || self is any RowOperator || self is any WholeOperator || self is any CompositeOperator
    }
}

extension ElementType {
    /// Whether kernels read and write the type.
    var isOnDevice: Bool {
        switch self {
        case .f32, .f16, .bf16, .bool: true
        default: false
        }
    }
}

extension TensorType {
    /// Whether a tensor of the other layout has the same elements in the same order.
    func storesLike(_ other: TensorType) -> Bool {
        shape == other.shape && StridedView(self).contiguousOffset(as: other) == 0
    }
}
