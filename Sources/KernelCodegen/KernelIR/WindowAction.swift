import Machine

/// A window sliding over a channels-last tile, as `VectorWindow` has it.
package struct WindowAction<Number: Hashable & Sendable>: Hashable, Sendable {
    package var operation: VectorWindow.Operation
    package var accumulate: Bool
    package var destination: TileAddress<Number>
    package var destinationType: MachineType
    package var destinationRowStride: Number
    package var destinationPixelStride: Number
    package var source: TileAddress<Number>
    package var sourceType: MachineType
    package var sourceRowStride: Number
    package var sourcePixelStride: Number
    /// Read for products only.
    package var weights: TileAddress<Number>?
    package var outputRows: Number
    package var outputColumns: Number
    package var channels: Number
    package var window: Window

    /// What does not change from tile to tile.
    package struct Window: Hashable, Sendable {
        package var kernelHeight: Int
        package var kernelWidth: Int
        package var strideY: Int
        package var strideX: Int
        package var dilationY: Int
        package var dilationX: Int
    }

    /// The same action with every number converted.
    package func map<Other>(_ convert: (Number) -> Other) -> WindowAction<Other> {
        WindowAction<Other>(
            operation: operation, accumulate: accumulate, destination: destination.map(convert),
            destinationType: destinationType, destinationRowStride: convert(destinationRowStride),
            destinationPixelStride: convert(destinationPixelStride), source: source.map(convert), sourceType: sourceType,
            sourceRowStride: convert(sourceRowStride), sourcePixelStride: convert(sourcePixelStride),
            weights: weights.map { $0.map(convert) }, outputRows: convert(outputRows), outputColumns: convert(outputColumns),
            channels: convert(channels),
            window: WindowAction<Other>.Window(
                kernelHeight: window.kernelHeight, kernelWidth: window.kernelWidth, strideY: window.strideY,
                strideX: window.strideX, dilationY: window.dilationY, dilationX: window.dilationX))
    }

    func instruction(_ layout: TileLayout) -> VectorWindow where Number == Int {
        var body = VectorWindow(operation)
        body.accumulate = accumulate
        body.destination = layout.workspace(destination)
        body.destinationType = destinationType
        body.destinationRowStrideBytes = destinationRowStride
        body.destinationPixelStrideBytes = destinationPixelStride
        body.source = layout.workspace(source)
        body.sourceType = sourceType
        body.sourceRowStrideBytes = sourceRowStride
        body.sourcePixelStrideBytes = sourcePixelStride
        if let weights { body.weights = layout.workspace(weights) }
        body.outputRows = outputRows
        body.outputColumns = outputColumns
        body.channels = channels
        body.kernelHeight = window.kernelHeight
        body.kernelWidth = window.kernelWidth
        body.strideY = window.strideY
        body.strideX = window.strideX
        body.dilationY = window.dilationY
        body.dilationX = window.dilationX
        return body
    }
}
