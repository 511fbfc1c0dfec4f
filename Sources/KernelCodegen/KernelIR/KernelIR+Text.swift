import Machine

/// The text form: buffers with their places, then loops and actions. A tile is `name[slot]+offset`, a level of a copy `count × (operand stride, tile stride)`.
extension KernelIR: CustomStringConvertible {
    package var description: String {
        let (bases, bytes, rows) = layout
        var lines = ["workspace \(bytes) bytes, accumulators \(rows) rows"]
        for (buffer, base) in zip(buffers, bases) {
            let unit = buffer.space == .workspace ? "bytes" : "accumulator rows"
            lines.append("buffer \(buffer.name): \(buffer.slots) x \(buffer.slotSize) \(unit) at \(base)")
        }
        append(body, indent: "", to: &lines)
        return lines.joined(separator: "\n") + "\n"
    }

    private func append(_ statements: [KernelStatement], indent: String, to lines: inout [String]) {
        let printer = ActionPrinter(kernel: self)
        for statement in statements {
            switch statement {
            case .loop(let loop):
                lines.append("\(indent)for \(variableNames[loop.variable]) in \(printer.text(loop.count)) {")
                append(loop.body, indent: indent + "  ", to: &lines)
                lines.append("\(indent)}")
            case .perform(let action, let core):
                let place = core == 0 || !action.hasCore ? "" : "@\(printer.text(core)) "
                lines.append(indent + place + printer.text(action))
            }
        }
    }
}

extension KernelAction {
    /// Whether it runs on a core's array or vector unit.
    fileprivate var hasCore: Bool {
        switch self {
        case .load, .store, .loadGathered, .storeScattered, .fill: false
        default: true
        }
    }
}

private struct ActionPrinter {
    let kernel: KernelIR

    func text(_ index: Index) -> String { index.text(kernel.variableNames) }

    private func text(_ tile: TileAddress<Index>) -> String {
        let slot = kernel.buffers[tile.buffer.index].slots == 1 ? "" : "[\(text(tile.slot))]"
        return kernel.buffers[tile.buffer.index].name + slot + (tile.offset == 0 ? "" : "+(\(text(tile.offset)))")
    }

    private func text(_ tile: LaneTile<Index>) -> String {
        let stride = tile.rowStride == 0 ? "" : " by \(text(tile.rowStride))"
        return "\(tile.type.name) \(text(tile.address))\(stride)\(tile.perRow ? " per row" : "")"
    }

    private func text(_ extent: LaneExtent<Index>) -> String { "[\(text(extent.rows)) x \(text(extent.columns))]" }

    private func text(_ level: TransferLevel<Index>) -> String {
        level.count == 1 ? "" : " \(text(level.count)) x (\(text(level.far)), \(text(level.near)))"
    }

    private func text(_ transfer: Transfer<Index>) -> (operand: String, shape: String) {
        (
            "operand \(transfer.operand)+(\(text(transfer.offsetBytes)))",
            "run \(text(transfer.runBytes))" + text(transfer.inner) + text(transfer.outer)
        )
    }

    private func text(_ lookup: Lookup<Index>) -> String {
        "operand \(lookup.operand)+(\(text(lookup.offsetBytes))) run \(text(lookup.runBytes)) "
            + "at \(text(lookup.count)) of \(lookup.slices) by \(lookup.operandStride)"
            + (lookup.operandAdvance == 0 ? "" : " advancing \(lookup.operandAdvance)") + ", indices \(text(lookup.indices))"
    }

    private func text(_ block: WeightBlock<Index>) -> String {
        "\(block.type.name) \(text(block.tile)) [\(text(block.depth)) x \(text(block.columns))] "
            + "by (\(text(block.depthStride)), \(text(block.columnStride)))"
    }

    private func text(_ rows: ActivationRows<Index>) -> String {
        let outer = rows.outerCount == 1 ? "" : "\(text(rows.outerCount)) by \(text(rows.outerStride)), "
        return "\(text(rows.sums)) \(rows.accumulate == 0 ? "=" : "+=[\(text(rows.accumulate))]") \(rows.type.name) "
            + "\(text(rows.tile)) rows \(outer)\(text(rows.innerCount)) by \(text(rows.innerStride))"
    }

    func text(_ action: KernelAction<Index>) -> String {
        switch action {
        case .load(let transfer): "load \(text(transfer.tile)) <- \(text(transfer).operand) \(text(transfer).shape)"
        case .store(let transfer): "store \(text(transfer).operand) <- \(text(transfer.tile)) \(text(transfer).shape)"
        case .loadGathered(let lookup): "load_gathered \(text(lookup.tile)) <- \(text(lookup))"
        case .storeScattered(let lookup): "store_scattered \(text(lookup)) <- \(text(lookup.tile))"
        case .fill(let fill):
            "fill \(fill.type.name) \(text(fill.tile)) = \(fill.bits) [\(text(fill.rows)) x \(text(fill.rowBytes)) bytes] "
                + "by \(text(fill.rowStride))"
        case .loadWeights(let block): "load_weights \(text(block))"
        case .multiply(let rows, let depth, let columns):
            "multiply \(text(rows)) depth \(text(depth)) columns \(text(columns))"
        case .multiplyStreaming(let rows, let block): "multiply_streaming \(text(rows)) with \(text(block))"
        case .unary(let operation, let destination, let source, let extent):
            "\(operation.name) \(text(destination)) <- \(text(source)) \(text(extent))"
        case .binary(let operation, let destination, let first, .tile(let second), let extent):
            "\(operation.name) \(text(destination)) <- \(text(first)), \(text(second)) \(text(extent))"
        case .binary(let operation, let destination, let first, .immediate(let second), let extent):
            "\(operation.name) \(text(destination)) <- \(text(first)), \(second) \(text(extent))"
        case .select(let destination, let condition, let first, let second, let extent):
            "select \(text(destination)) <- \(text(condition)) ? \(text(first)) : \(text(second)) \(text(extent))"
        default: otherText(action)
        }
    }

    private func otherText(_ action: KernelAction<Index>) -> String {
        switch action {
        case .reduce(let operation, let axis, let accumulate, let destination, let source, let extent):
            "reduce_\(operation.name) over \(axis.name) \(text(destination)) "
                + "\(accumulate == 0 ? "<-" : "<-[\(text(accumulate))]") \(text(source)) \(text(extent))"
        case .window(let window):
            "window_\(window.operation.name) \(window.destinationType.name) \(text(window.destination)) "
                + "by (\(text(window.destinationRowStride)), \(text(window.destinationPixelStride))) <- "
                + "\(window.sourceType.name) \(text(window.source)) "
                + "by (\(text(window.sourceRowStride)), \(text(window.sourcePixelStride)))"
                + (window.weights.map { " with \(text($0))" } ?? "")
                + " [\(text(window.outputRows)) x \(text(window.outputColumns)) x \(text(window.channels))]"
        case .rearrange(let size, let destination, let source, let inner, let middle, let outer):
            "rearrange \(size) bytes \(text(destination)) <- \(text(source))\(text(inner))\(text(middle))\(text(outer))"
        case .drain(let destination, let sums, let bias, let clamp, let extent):
            "drain \(text(destination)) <- \(text(sums))" + (bias.map { " + \(text($0))" } ?? "")
                + (clamp.map { " within \($0.low)...\($0.high)" } ?? "") + " \(text(extent))"
        default: ""
        }
    }
}
