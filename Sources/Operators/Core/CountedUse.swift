import Basics
import TensorIR

/// Finds how many there are: its first result holds, along dimension 0, as many elements as its second (i32[]) counts, then padding.
///
/// A size that values of tensors decide (the places of `torch.nonzero`) is in the graph as the greatest that it can be, with that count beside it.
package protocol CountingOperator: Operator {}

extension CountingOperator {
    package static var isCounting: Bool { true }
}

/// What a counted dimension of an operand (the first elements are the program's, the rest is padding) means for a node.
package enum CountedUse: Hashable, Sendable {
    /// Elements of the results hang on elements at the same place along this dimension of theirs alone: it is counted alike.
    case inStep(Int)
    /// The same, and the results hold only what stands at these places.
    case cut(Int, Range<Int>)
    /// Right when the padding holds this number; the results are counted alike along a dimension of theirs, or no longer.
    case filled(Padding, result: Int?)
    /// The operator takes the count as one more operand, and its results are not counted by it.
    case takesCount
    /// The operator has a form of its own over what is counted (`CountedForm`).
    case rewritten
    /// Elements are picked by their places, and none of the padding.
    case unread
    /// Padding would reach elements that are not.
    case mixed

    /// What says how many elements are there.
    static let count = TensorType(.i32, [])

    /// A number that leaves alone what an operator computes.
    package enum Padding: Hashable, Sendable {
        case zero
        /// −∞, or the least integer; +∞, or the greatest.
        case least, greatest
        /// What goes last in rising order: NaN, or the greatest integer.
        case last

        package func number(_ element: ElementType) -> Tensor {
            let type = TensorType(element, [])
            return switch self {
            case .zero: Tensor(type, ints: [0])
            case .least: element.isFloatingPoint ? Tensor(type, doubles: [-.infinity]) : Tensor(type, ints: [element.leastInteger])
            case .last where element.isFloatingPoint: Tensor(type, doubles: [.nan])
            case .greatest, .last:
                element.isFloatingPoint ? Tensor(type, doubles: [.infinity]) : Tensor(type, ints: [element.greatestInteger])
            }
        }
    }
}

extension Operator {
    package func countedUse(of dimension: Int, ofOperand operand: Int, _ types: [TensorType]) -> CountedUse { .mixed }
}

extension PointwiseOperator {
    /// Broadcasting lines dimensions up from the last.
    package func countedUse(of dimension: Int, ofOperand operand: Int, _ types: [TensorType]) -> CountedUse {
        guard let result = try? resultTypes(types)[0] else { return .mixed }
        let place = dimension + result.rank - types[operand].rank
        return result.shape[place] == types[operand].shape[dimension] ? .inStep(place) : .mixed
    }
}

extension RowOperator {
    /// Rows do not meet. A result of another shape has a use of its own.
    package func countedUse(of dimension: Int, ofOperand operand: Int, _ types: [TensorType]) -> CountedUse {
        guard let result = try? resultTypes(types)[0], result.shape == types[0].shape else { return .mixed }
        let place = dimension + result.rank - types[operand].rank
        let isStretched = result.shape[place] != types[operand].shape[dimension]
        return isStretched || rowDimensions(types).contains(place) ? .mixed : .inStep(place)
    }
}

extension ElementType {
    private var isUnsigned: Bool { self == .bool || self == .u8 }

    /// The least and the greatest number of an integer type.
    fileprivate var leastInteger: Int { isUnsigned ? 0 : Int.min >> (64 - 8 * sizeBytes) }
    fileprivate var greatestInteger: Int { self == .bool ? 1 : isUnsigned ? 255 : ~leastInteger }
}
