import TensorIR

/// The same tensor stored in another layout. Placed by `AssignLayout` only; the elements and the logical shape stay.
package struct Relayout: Operator {
    package static let name = "relayout"
    package static let imports: [ImportRule] = []
    package static let examples: [OperatorExample] = []

    package let layout: Layout

    package init(_ layout: Layout) { self.layout = layout }

    package init(_ reader: inout AttributeReader) throws(OperatorError) {
        layout = try reader.bool("channels_last") ? .channelsLast : .rowMajor
    }

    package var attributes: Attributes { ["channels_last": .bool(layout == .channelsLast)] }

    package func resultTypes(_ operands: [TensorType]) throws(OperatorError) -> [TensorType] {
        [try operands.only().with(layout: layout)]
    }

    /// References know row-major tensors only: nothing happens.
    package func evaluate(_ operands: [Tensor]) throws(OperatorError) -> [Tensor] { operands }
}
