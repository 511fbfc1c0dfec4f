import Basics
import Machine

/// The text form, one line per part; `KernelRequest(text:)` reads it back.
///
///     operand input f32 [1,56,56,64]
///     operand constant f32 [64,64,3,3]
///     operand result f32 [1,56,56,64]
///     contraction weight=1 inputHeight=56 …
///       batch count=1
///     %0 = root
///     %1 = relu %0
///     output %1 to 2 [200704,3584,64,1]
///
/// An attention's score program stands under it in lines `score %0 = root`. Numbers at their defaults are left out. An access is `[strides]`, preceded by `+offset` where that is not 0.
extension KernelRequest: CustomStringConvertible {
    package var description: String {
        var lines = operands.map { "operand \($0.kind) \($0.element.name) \(Self.list($0.dimensions))" }
        appendRoot(to: &lines)
        lines += program.steps.enumerated().map { "%\($0.offset) = \(Self.text($0.element))" }
        lines += program.outputs.map { "output %\($0.value.index) to \($0.operand) \(Self.text($0.access))" }
        return lines.joined(separator: "\n") + "\n"
    }

    static func list(_ numbers: [Int]) -> String { "[" + numbers.map(String.init).joined(separator: ",") + "]" }

    private static func text(_ access: LaneAccess) -> String {
        (access.offset == 0 ? "" : "+\(access.offset) ") + list(access.strides)
    }

    private static func text(_ step: LaneStep) -> String {
        switch step {
        case .root: "root"
        case .operand(let number, let access): "operand \(number) \(text(access))"
        case .immediate(let value): "immediate \(value)"
        case .unary(let operation, let value): "\(operation.name) %\(value.index)"
        case .binary(let operation, let first, let second): "\(operation.name) %\(first.index) %\(second.index)"
        case .select(let condition, let first, let second): "select %\(condition.index) %\(first.index) %\(second.index)"
        case .rowReduce(let operation, let value): "row_\(operation.name) %\(value.index)"
        }
    }

    private func appendRoot(to lines: inout [String]) {
        switch root {
        case .contraction(let contraction):
            lines.append(Self.words("contraction", contraction.integersText))
            lines += contraction.batches.map { "  " + Self.words("batch", $0.integersText) }
        case .window(let window): lines.append(Self.words("window", "\(window.operation)", window.integersText))
        case .lanes(let dimensions): lines.append("lanes \(Self.list(dimensions))")
        case .columnReduction(let reduction):
            lines.append(Self.words("column_reduction", "\(reduction.operation)", reduction.integersText))
        case .copy(let copy):
            lines.append("copy to \(copy.result)")
            for piece in copy.pieces {
                let source =
                    switch piece.source {
                    case .operand(let number): "operand \(number)"
                    case .fill(let bits): "fill \(bits)"
                    }
                lines.append("  piece \(source) from \(piece.sourceOffset) to \(piece.resultOffset)")
                lines += piece.dimensions.map { "    " + Self.words("dimension", $0.integersText) }
                if let lookup = piece.lookup { lines.append("    " + Self.words("lookup", lookup.integersText)) }
            }
        case .resize(let resize):
            lines.append(Self.words("resize", resize.integersText))
            lines += resize.rows.map { "  row \(Self.text($0))" } + resize.columns.map { "  column \(Self.text($0))" }
        case .recurrence(let recurrence): lines.append(Self.words("recurrence", "\(recurrence.cell)", recurrence.integersText))
        case .attention(let attention):
            lines.append(Self.words("attention", attention.integersText))
            lines += attention.batches.map { "  " + Self.words("batch", $0.integersText) }
            lines += attention.scores.steps.enumerated().map { "  score %\($0.offset) = \(Self.text($0.element))" }
        }
    }

    private static func text(_ tap: ResizeTap) -> String {
        "\(tap.first) \(tap.firstWeight) \(tap.second) \(tap.secondWeight)"
    }

    private static func words(_ parts: String...) -> String { parts.filter { !$0.isEmpty }.joined(separator: " ") }
}
