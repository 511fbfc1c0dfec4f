/// The list of operators: one line each, by family. A file in this module that declares an operator and is not listed fails a test.
package enum OperatorSet {
    package static let all: [any Operator.Type] = [
        // Unary
        AbsoluteValue.self, Cast.self, Ceiling.self, Clamp.self, Cosine.self, ErrorFunction.self, Exponential.self, Floor.self, Gelu.self,
        HardSigmoid.self, HardSwish.self, HyperbolicTangent.self, LeakyRelu.self, Logarithm.self, LogicalNot.self, Negation.self,
        Reciprocal.self, ReciprocalSquareRoot.self, Relu.self, Rounding.self, Sigmoid.self, Sign.self, Silu.self, Sine.self,
        SquareRoot.self, Truncation.self,
        // Binary
        Addition.self, Division.self, Maximum.self, Minimum.self, Multiplication.self, Power.self, Remainder.self, Subtraction.self,
        // Comparison
        Equality.self, GreaterOrEqual.self, GreaterThan.self, Inequality.self, LessOrEqual.self, LessThan.self, LogicalAnd.self,
        LogicalOr.self, LogicalXor.self,
        // Selection, indexing, creation
        Where.self, Gather.self, Arange.self, Full.self, Triangle.self,
        // Shape
        Concatenate.self, Expand.self, Flip.self, Pad.self, Permute.self, Relayout.self, Reshape.self, Slice.self, Split.self,
        // Contraction
        Attention.self, Convolution.self, Linear.self, Matmul.self,
        // Pooling, resize
        AdaptiveAveragePool.self, AveragePool.self, MaxPool.self, Upsample.self,
        // Reduction
        ArgumentOfExtremum.self, CumulativeSum.self, GreatestOf.self, LeastOf.self, Mean.self, Sum.self,
        // Normalisation
        BatchNorm.self, GroupNorm.self, LayerNorm.self, LogSoftmax.self, Softmax.self,
    ]

    /// The operators above, indexed.
    package static let standard = OperatorRegistry(all)
}
