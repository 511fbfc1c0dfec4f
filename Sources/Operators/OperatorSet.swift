/// The list of operators: one line each, by family. A file in this module that declares an operator and is not listed fails a test.
package enum OperatorSet {
    package static let all: [any CapturedOperator.Type] = [
        // Unary
        AbsoluteValue.self, Cast.self, Ceiling.self, Clamp.self, Cosine.self, Elu.self, ErrorFunction.self, Exponential.self,
        ExponentialMinusOne.self, Floor.self,
        GatedLinearUnit.self, Gelu.self, HardSigmoid.self, HardSwish.self, HyperbolicTangent.self, LeakyRelu.self, Logarithm.self,
        LogarithmOnePlus.self, LogarithmToBase.self,
        LogicalNot.self, Mish.self, Negation.self, ParametricRelu.self, Reciprocal.self, ReciprocalSquareRoot.self, Relu.self,
        Rounding.self, Sigmoid.self, Sign.self, Silu.self, Sine.self, Softplus.self, SquareRoot.self, Truncation.self,
        Arctangent.self, FloatClass.self, Hyperbolics.self, InverseTrigonometry.self, LogSigmoid.self, Shrinkage.self, SimpleFunctions.self,
        SpecialFunctions.self,
        Tangent.self,
        // Binary
        AddProduct.self, Addition.self, Arctangent2.self, Interpolation.self, SimpleCombinations.self, Difference.self, Division.self,
        Maximum.self, Minimum.self, Multiplication.self, Power.self,
        Remainder.self, Subtraction.self, TruncatedRemainder.self,
        // Comparison
        Equality.self, GreaterOrEqual.self, GreaterThan.self, Inequality.self, LessOrEqual.self, LessThan.self, LogicalAnd.self,
        IntegerBits.self, LogicalOr.self, LogicalXor.self,
        // Selection, indexing
        Where.self, ColumnsToImage.self, EmbeddingBag.self, Gather.self, GatherElements.self, Histogram.self, ImageToColumns.self,
        Index.self,
        NonMaximumSuppression.self, Nonzero.self, NonzeroStatic.self, OneHot.self, PutSlices.self, ScatterElements.self,
        SearchSorted.self, Sort.self,
        // Creation
        Arange.self, CoordinateGrid.self, Full.self, Linspace.self, SignalWindow.self, Triangle.self,
        // Shape
        Concatenate.self, DepthToSpace.self, Diagonal.self, EdgePad.self, Expand.self, Flip.self, Pad.self, Permute.self,
        Rearrangements.self, Relayout.self,
        RepeatInterleave.self, Reshape.self, Roll.self, Slice.self, Split.self, Stacks.self, Unfold.self,
        // Contraction
        AddedProduct.self, Attention.self, BilinearForm.self, Convolution.self, Einsum.self, FrameConvolution.self, GroupedMatmul.self,
        Linear.self, Matmul.self,
        PairwiseDistances.self, TransposedConvolution.self, TransposedFrameConvolution.self, VectorProduct.self,
        // Complex numbers, spectrum
        ComplexNumbers.self, FourierTransform.self, FourierTransforms.self, InverseShortTimeTransform.self, ShortTimeTransform.self,
        // Recurrent
        GatedRecurrentUnit.self, LongShortTermMemory.self, RecurrentSteps.self, RecurrentUnit.self,
        // Pooling, resize
        AdaptiveAveragePool.self, AdaptiveMaxPool.self, AffineGrid.self, AveragePool.self, AveragePool3D.self, GridSample.self,
        MaxPool.self, MaxPool3D.self, MaxPoolPlaces.self, MaxUnpool.self,
        ResampleByMatrix.self, ResampleVolume.self, Upsample.self,
        // Linear algebra
        CholeskyFactor.self, Determinant.self, LinearSolve.self, MatrixExponential.self, MatrixPower.self,
        SingularValues.self, SymmetricEigen.self, TriangularSolve.self,
        // Reduction
        AnyOf.self, ArgumentOfExtremum.self, CumulativeCombination.self, CumulativeSum.self, GreatestOf.self, LeastOf.self,
        LogSumExp.self, Mean.self, OrderStatistics.self, Product.self, SimpleReductions.self, Sum.self,
        Variance.self,
        VectorNorm.self,
        // Loss
        ClassLoss.self, ElementLosses.self, VectorLosses.self,
        // Normalisation
        BatchNorm.self, GroupNorm.self, InstanceNorm.self, LayerNorm.self, LogSoftmax.self, RootMeanSquareNorm.self, Softmax.self,
        WeightNorm.self,
    ]

    /// The operators above, indexed.
    package static let standard = OperatorRegistry(all)
}
