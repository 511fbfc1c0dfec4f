/// Which operand stays in the array while the others stream.
package enum Dataflow: String, Hashable, Sendable, CaseIterable {
    case outputStationary = "os"
    case weightStationary = "ws"
}

/// A matrix product cut into pieces that fit the array: the closed form that SCALE-Sim's reports follow.
///
/// With an R × C array and (Sr, Sc, T) = (M, N, K) output-stationary, (K, N, M) weight-stationary: folds = ⌈Sr/R⌉ · ⌈Sc/C⌉. Not overlapped, a fold
/// takes T + R + C − 2 cycles, and R more where weights are loaded first. Source: SCALE-Sim 3.0.0, checked against every row of its reports.
package struct ArrayFolds: Hashable, Sendable {
    package let product: MatrixProduct
    package let arrayRows: Int
    package let arrayColumns: Int
    package let dataflow: Dataflow

    package init(_ product: MatrixProduct, arrayRows: Int, arrayColumns: Int, dataflow: Dataflow) {
        self.product = product
        self.arrayRows = arrayRows
        self.arrayColumns = arrayColumns
        self.dataflow = dataflow
    }

    /// The operand dimension that lies along the array's rows.
    package var spatialRows: Int { dataflow == .outputStationary ? product.rows : product.depth }
    /// The operand dimension that streams through.
    package var streamed: Int { dataflow == .outputStationary ? product.depth : product.rows }

    private var rowFolds: Int { Self.quotient(spatialRows, arrayRows) }
    private var columnFolds: Int { Self.quotient(product.columns, arrayColumns) }
    package var folds: Int { rowFolds * columnFolds }

    /// Cycles when no fold overlaps the next: SCALE-Sim's `total_cycles` + 1 (it reports the index of the last cycle). `macCycles` is the number of cycles
    /// that one streamed row occupies the array, 1 for int8.
    package func cycles(macCycles: Int = 1) -> Int {
        let load = dataflow == .weightStationary ? arrayRows : 0
        return folds * (streamed * macCycles + load + arrayRows + arrayColumns - 2)
    }

    /// Cycles with shadow weights: while a fold streams the next one's weights are loaded, partial sums merge in the accumulators, and only the last
    /// fold's skew and drain show. Weight-stationary: R + (F − 1) · max(T, R) + T + R + C − 2.
    package func overlappedCycles(macCycles: Int = 1) -> Int {
        let stream = streamed * macCycles
        let load = dataflow == .weightStationary ? arrayRows : 0
        // An output-stationary fold hands R rows of sums over before the array is free again.
        return load + (folds - 1) * max(stream, arrayRows) + stream + arrayRows + arrayColumns - 2
    }

    /// Mean over the folds of the cells in use.
    package var mappingEfficiency: Double {
        Double(spatialRows * product.columns) / Double(folds * arrayRows * arrayColumns)
    }

    /// Elements that the array reads from on-chip memory: each operand once per fold that streams or holds it.
    package var onChipReads: Int {
        let first = product.rows * product.depth * columnFolds
        let second = product.depth * product.columns * (dataflow == .outputStationary ? rowFolds : 1)
        return first + second
    }

    /// Elements that the array writes: results once, or partial sums once per fold along K.
    package var onChipWrites: Int {
        product.rows * product.columns * (dataflow == .outputStationary ? 1 : rowFolds)
    }

    private static func quotient(_ size: Int, _ unit: Int) -> Int { (size + unit - 1) / unit }
}
