/// A size, stride or offset: a number, or an expression of symbols.
package enum SymbolicInteger: Hashable, Sendable {
    case constant(Int)
    /// The expression and the value that it had at capture, if the archive states it.
    indirect case symbolic(SymbolicExpression, hint: Int?)

    /// The number when it is written down, or its value at capture; nil when neither is known.
    package var hint: Int? {
        switch self {
        case .constant(let value): value
        case .symbolic(_, let hint): hint
        }
    }
}

/// A float or boolean computed from sizes.
package struct SymbolicScalar: Hashable, Sendable {
    /// Nil when the value is written down.
    package var expression: SymbolicExpression?
    /// The value at capture.
    package var hint: SymbolicExpression.Value?
}
