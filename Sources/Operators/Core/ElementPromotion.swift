import Basics
import TensorIR

/// PyTorch's type promotion: the greatest category (boolean, integer, float) decides, and within it tensors with dimensions go before
/// tensors of rank 0.
package enum ElementPromotion {
    /// The element type in which operands meet; f32 for none.
    package static func promote(_ operands: [TensorType]) -> ElementType {
        var result = operands.first?.element ?? .f32
        var rank = 0
        for (index, operand) in operands.enumerated() {
            let operandRank = min(operand.rank, 1)
            let (old, new) = (category(result), category(operand.element))
            if index == 0 || new > old || new == old && operandRank > rank {
                // A category below that of what came before never wins, whatever its rank.
                if index == 0 || new >= old { (result, rank) = (operand.element, operandRank) }
            } else if new == old && operandRank == rank {
                result = promote(result, operand.element)
            }
        }
        return result
    }

    private static func category(_ element: ElementType) -> Int {
        element == .bool ? 0 : element.isFloatingPoint ? 2 : 1
    }

    /// The smallest type of the category that holds both: f16 with bf16 is f32, u8 with i8 is i16.
    private static func promote(_ first: ElementType, _ second: ElementType) -> ElementType {
        if first == second { return first }
        let pair = Set([first, second])
        if pair == [.f16, .bf16] { return .f32 }
        if pair == [.u8, .i8] { return .i16 }
        let order: [ElementType] = [.bool, .u8, .i8, .i16, .i32, .i64, .f16, .bf16, .f32, .f64]
        return order.last { pair.contains($0) } ?? first
    }
}
