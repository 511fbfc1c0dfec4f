import Machine

/// One step of the kernel IR: an instruction whose numbers may depend on loop variables and whose addresses name buffers.
package enum KernelAction<Number: Hashable & Sendable>: Hashable, Sendable {
    case load(Transfer<Number>)
    case store(Transfer<Number>)
    case loadGathered(Lookup<Number>)
    case storeScattered(Lookup<Number>)
    case fill(TileFill<Number>)
    case loadWeights(WeightBlock<Number>)
    /// Weight-stationary product with the plane loaded last: `depth` elements per row, into `columns` sums.
    case multiply(ActivationRows<Number>, depth: Number, columns: Number)
    /// Output-stationary product.
    case multiplyStreaming(ActivationRows<Number>, WeightBlock<Number>)
    case unary(LaneStep.Unary, LaneTile<Number>, LaneTile<Number>, LaneExtent<Number>)
    case binary(LaneStep.Binary, LaneTile<Number>, LaneTile<Number>, SecondOperand<Number>, LaneExtent<Number>)
    /// Destination, condition, first, second.
    case select(LaneTile<Number>, LaneTile<Number>, LaneTile<Number>, LaneTile<Number>, LaneExtent<Number>)
    /// Starts from the destination unless `accumulate` is 0.
    case reduce(
        LaneStep.Reduction, VectorReduce.Axis, accumulate: Number, LaneTile<Number>, LaneTile<Number>, LaneExtent<Number>)
    case window(WindowAction<Number>)
    /// Elements of `size` bytes between tiles: destination, source, three levels from the innermost.
    case rearrange(
        size: Int, TileAddress<Number>, TileAddress<Number>, TransferLevel<Number>, TransferLevel<Number>,
        TransferLevel<Number>)
    /// Sums out of the accumulators with bias and clamp: destination, sums.
    case drain(
        LaneTile<Number>, TileAddress<Number>, bias: TileAddress<Number>?, clamp: ClosedFloatRange?, LaneExtent<Number>)

    /// The same action with every number converted.
    package func map<Other>(_ convert: (Number) -> Other) -> KernelAction<Other> {
        switch self {
        case .load(let transfer): .load(transfer.map(convert))
        case .store(let transfer): .store(transfer.map(convert))
        case .loadGathered(let lookup): .loadGathered(lookup.map(convert))
        case .storeScattered(let lookup): .storeScattered(lookup.map(convert))
        case .fill(let fill): .fill(fill.map(convert))
        case .loadWeights(let block): .loadWeights(block.map(convert))
        case .multiply(let rows, let depth, let columns):
            .multiply(rows.map(convert), depth: convert(depth), columns: convert(columns))
        case .multiplyStreaming(let rows, let block): .multiplyStreaming(rows.map(convert), block.map(convert))
        case .unary(let operation, let destination, let source, let extent):
            .unary(operation, destination.map(convert), source.map(convert), extent.map(convert))
        case .binary(let operation, let destination, let first, let second, let extent):
            .binary(operation, destination.map(convert), first.map(convert), second.map(convert), extent.map(convert))
        case .select(let destination, let condition, let first, let second, let extent):
            .select(
                destination.map(convert), condition.map(convert), first.map(convert), second.map(convert), extent.map(convert))
        case .reduce(let operation, let axis, let accumulate, let destination, let source, let extent):
            .reduce(
                operation, axis, accumulate: convert(accumulate), destination.map(convert), source.map(convert),
                extent.map(convert))
        case .window(let window): .window(window.map(convert))
        case .rearrange(let size, let destination, let source, let inner, let middle, let outer):
            .rearrange(
                size: size, destination.map(convert), source.map(convert), inner.map(convert), middle.map(convert),
                outer.map(convert))
        case .drain(let destination, let sums, let bias, let clamp, let extent):
            .drain(
                destination.map(convert), sums.map(convert), bias: bias.map { $0.map(convert) }, clamp: clamp,
                extent.map(convert))
        }
    }
}

/// Limits of a clamp.
package struct ClosedFloatRange: Hashable, Sendable {
    package var low: Float
    package var high: Float
}
