import Basics

/// The arithmetic in which a float program is compiled.
package enum Precision: String, CaseIterable, Sendable {
    /// As captured: float32.
    case float
    /// bfloat16 weights and activations, float32 accumulation.
    case bf16
    /// float16 weights and activations, float32 accumulation.
    case fp16
    /// Post-training quantised at capture; the archive then holds quantise and dequantise pairs.
    case int8

    /// The type that float32 values take, nil where they stay as they are.
    package var element: ElementType? {
        switch self {
        case .float, .int8: nil
        case .bf16: .bf16
        case .fp16: .f16
        }
    }
}
