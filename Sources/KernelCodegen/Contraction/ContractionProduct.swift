import Basics
import Machine

/// Rows of activations times a block of weights of any depth, cut into what one instruction of the array takes.
struct ContractionProduct {
    var activations: ActivationRows<Index>
    var weights: WeightBlock<Index>
    /// The most that depth, outer and inner count can be: how often the loops run.
    var maximumDepth: Int
    var maximumHeight: Int
    var maximumWidth: Int
    var arrayRows: Int

    func emit(isOutputStationary: Bool, in builder: inout KernelBuilder) throws(Diagnostic) {
        if isOutputStationary { try emitOutputStationary(in: &builder) } else { try emitWeightStationary(in: &builder) }
    }

    /// A weight plane per `arrayRows` of k; all rows pass it.
    private func emitWeightStationary(in builder: inout KernelBuilder) throws(Diagnostic) {
        let planes = (maximumDepth + arrayRows - 1) / arrayRows
        try builder.loop("s", .constant(planes)) { (builder, s) throws(Diagnostic) in
            let first = s * .constant(arrayRows)
            let depth = planes == 1 ? weights.depth : Index.least(.constant(arrayRows), weights.depth - first)
            var plane = weights
            plane.tile = weights.tile.advanced(by: first * weights.depthStride)
            plane.depth = depth
            builder.perform(.loadWeights(plane))
            var rows = activations
            rows.tile = activations.tile.advanced(by: first * .constant(activations.type.sizeBytes))
            rows.accumulate = activations.accumulate + s
            builder.perform(.multiply(rows, depth: depth, columns: weights.columns))
        }
    }

    /// At most `arrayRows` rows of activations at a time; all of k streams past them.
    private func emitOutputStationary(in builder: inout KernelBuilder) throws(Diagnostic) {
        if maximumWidth >= arrayRows { try emitWideRows(in: &builder) } else { try emitNarrowRows(in: &builder) }
    }

    /// Rows of pixels longer than the array: pieces of each.
    private func emitWideRows(in builder: inout KernelBuilder) throws(Diagnostic) {
        let across = (maximumWidth + arrayRows - 1) / arrayRows
        try builder.loop("py", activations.outerCount) { (builder, y) throws(Diagnostic) in
            try builder.loop("px", .constant(across)) { (builder, x) throws(Diagnostic) in
                let first = x * .constant(arrayRows)
                var rows = activations
                rows.tile = activations.tile.advanced(by: y * activations.outerStride + first * activations.innerStride)
                rows.sums = activations.sums.advanced(by: y * activations.innerCount + first)
                rows.outerCount = 1
                rows.outerStride = 0
                rows.innerCount = .least(.constant(arrayRows), activations.innerCount - first)
                builder.perform(.multiplyStreaming(rows, weights))
            }
        }
    }

    /// Several short rows of pixels at once.
    private func emitNarrowRows(in builder: inout KernelBuilder) throws(Diagnostic) {
        let together = arrayRows / maximumWidth
        let groups = (maximumHeight + together - 1) / together
        try builder.loop("py", .constant(groups)) { (builder, group) throws(Diagnostic) in
            let first = group * .constant(together)
            var rows = activations
            rows.tile = activations.tile.advanced(by: first * activations.outerStride)
            rows.sums = activations.sums.advanced(by: first * activations.innerCount)
            rows.outerCount = groups == 1 ? activations.outerCount : .least(.constant(together), activations.outerCount - first)
            builder.perform(.multiplyStreaming(rows, weights))
        }
    }
}
