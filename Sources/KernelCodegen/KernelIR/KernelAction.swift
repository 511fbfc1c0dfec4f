import Machine

/// A byte (or accumulator row) of one slot of a buffer.
package struct TileAddress<Number: Hashable & Sendable>: Hashable, Sendable {
    package var buffer: BufferID
    package var slot: Number
    /// Bytes, or rows in the accumulators.
    package var offset: Number

    package func map<Other>(_ convert: (Number) -> Other) -> TileAddress<Other> {
        TileAddress<Other>(buffer: buffer, slot: convert(slot), offset: convert(offset))
    }
}

/// A matrix of lanes in a tile, as `LaneOperand` has it.
package struct LaneTile<Number: Hashable & Sendable>: Hashable, Sendable {
    package var address: TileAddress<Number>
    package var type: MachineType
    /// Bytes, or rows in the accumulators; 0 repeats one row.
    package var rowStride: Number
    /// One element per row, used for all columns.
    package var perRow = false

    package func map<Other>(_ convert: (Number) -> Other) -> LaneTile<Other> {
        LaneTile<Other>(address: address.map(convert), type: type, rowStride: convert(rowStride), perRow: perRow)
    }
}

/// One strided level of a copy, strides in bytes.
package struct TransferLevel<Number: Hashable & Sendable>: Hashable, Sendable {
    package var count: Number
    /// In the operand (or the source, between tiles).
    package var far: Number
    /// In the tile (or the destination, between tiles).
    package var near: Number

    package func map<Other>(_ convert: (Number) -> Other) -> TransferLevel<Other> {
        TransferLevel<Other>(count: convert(count), far: convert(far), near: convert(near))
    }
}

/// A copy between an operand and a tile: a contiguous run over two levels.
package struct Transfer<Number: Hashable & Sendable>: Hashable, Sendable {
    package var operand: Int
    package var offsetBytes: Number
    package var tile: TileAddress<Number>
    package var runBytes: Number
    package var inner: TransferLevel<Number>
    package var outer: TransferLevel<Number>

    package func map<Other>(_ convert: (Number) -> Other) -> Transfer<Other> {
        Transfer<Other>(
            operand: operand, offsetBytes: convert(offsetBytes), tile: tile.map(convert), runBytes: convert(runBytes),
            inner: inner.map(convert), outer: outer.map(convert))
    }
}

/// Slices of an operand that integers in a tile name, one run of another tile each; the runs follow one another.
package struct Lookup<Number: Hashable & Sendable>: Hashable, Sendable {
    package var operand: Int
    package var offsetBytes: Number
    package var tile: TileAddress<Number>
    package var runBytes: Number
    package var count: Number
    /// From slice to slice in the operand, in bytes.
    package var operandStride: Int
    /// From run to run in the operand, beside what the integers say, in bytes.
    package var operandAdvance: Int
    /// Slices of the operand.
    package var slices: Int
    package var indices: TileAddress<Number>
    package var indexWidth: LookupGeometry.IndexWidth

    package func map<Other>(_ convert: (Number) -> Other) -> Lookup<Other> {
        Lookup<Other>(
            operand: operand, offsetBytes: convert(offsetBytes), tile: tile.map(convert), runBytes: convert(runBytes),
            count: convert(count), operandStride: operandStride, operandAdvance: operandAdvance, slices: slices,
            indices: indices.map(convert), indexWidth: indexWidth)
    }
}

/// One element over rows of a tile.
package struct TileFill<Number: Hashable & Sendable>: Hashable, Sendable {
    package var tile: TileAddress<Number>
    package var rows: Number
    package var rowBytes: Number
    package var rowStride: Number
    package var type: MachineType
    package var bits: UInt32

    package func map<Other>(_ convert: (Number) -> Other) -> TileFill<Other> {
        TileFill<Other>(
            tile: tile.map(convert), rows: convert(rows), rowBytes: convert(rowBytes), rowStride: convert(rowStride),
            type: type, bits: bits)
    }
}

/// A block of weights in a tile: element (k, c) is k·depthStride + c·columnStride bytes from its address.
package struct WeightBlock<Number: Hashable & Sendable>: Hashable, Sendable {
    package var tile: TileAddress<Number>
    package var depth: Number
    package var columns: Number
    package var depthStride: Number
    package var columnStride: Number
    package var type: MachineType

    package func map<Other>(_ convert: (Number) -> Other) -> WeightBlock<Other> {
        WeightBlock<Other>(
            tile: tile.map(convert), depth: convert(depth), columns: convert(columns), depthStride: convert(depthStride),
            columnStride: convert(columnStride), type: type)
    }
}

/// Rows of activations for the array: outer × inner rows of `depth` contiguous elements, and where their sums go.
package struct ActivationRows<Number: Hashable & Sendable>: Hashable, Sendable {
    package var tile: TileAddress<Number>
    package var outerCount: Number
    package var outerStride: Number
    package var innerCount: Number
    package var innerStride: Number
    package var type: MachineType
    package var sums: TileAddress<Number>
    /// Adds to the sums unless it is 0: a k index serves.
    package var accumulate: Number

    package func map<Other>(_ convert: (Number) -> Other) -> ActivationRows<Other> {
        ActivationRows<Other>(
            tile: tile.map(convert), outerCount: convert(outerCount), outerStride: convert(outerStride),
            innerCount: convert(innerCount), innerStride: convert(innerStride), type: type, sums: sums.map(convert),
            accumulate: convert(accumulate))
    }
}

/// The second operand of a binary lane operation.
package enum SecondOperand<Number: Hashable & Sendable>: Hashable, Sendable {
    case tile(LaneTile<Number>)
    case immediate(Float)

    package func map<Other>(_ convert: (Number) -> Other) -> SecondOperand<Other> {
        switch self {
        case .tile(let tile): .tile(tile.map(convert))
        case .immediate(let value): .immediate(value)
        }
    }
}

/// Rows and columns of a lane operation.
package struct LaneExtent<Number: Hashable & Sendable>: Hashable, Sendable {
    package var rows: Number
    package var columns: Number

    package func map<Other>(_ convert: (Number) -> Other) -> LaneExtent<Other> {
        LaneExtent<Other>(rows: convert(rows), columns: convert(columns))
    }
}
