/// A sliding window over a channels-last picture, lanes = channels: depthwise convolution and pooling.
package struct VectorWindow: InstructionBody {
    package enum Operation: UInt8, FieldChoice {
        case multiplyAccumulate, maximum, sum
    }

    package static let opcode = Opcode.vectorWindow
    package static let unit = Unit.vector
    package static let summary: StaticString = """
        destination[y][x][c] = op over ky, kx (both ascending, kx fastest) of source[y·strideY + ky·dilationY][x·strideX + kx·dilationX][c], \
        for multiplyAccumulate times weights[ky][kx][c] (contiguous, of the source's type). Element (y, x, c) of the source is at \
        source + y·sourceRowStrideBytes + x·sourcePixelStrideBytes + c·size; the destination likewise. There is no padding: fill the border first. \
        Computed in f32 (product and sum each rounded) or, for integer sources, in i32 (wrapping); \
        sums start from +0 or, with `accumulate`, from the destination; conversion of the result as in `vector_binary`. All in the workspace.
        """
    package var operation: Operation
    package var accumulate: Bool
    package var destination: WorkspaceAddress
    package var destinationType: MachineType
    package var destinationRowStrideBytes: Int
    package var destinationPixelStrideBytes: Int
    package var source: WorkspaceAddress
    package var sourceType: MachineType
    package var sourceRowStrideBytes: Int
    package var sourcePixelStrideBytes: Int
    /// Address of [kernelHeight][kernelWidth][channels] elements of the source's type; 0 and unread for pooling.
    package var weights: WorkspaceAddress
    package var outputRows: Int
    package var outputColumns: Int
    package var channels: Int
    package var kernelHeight: Int
    package var kernelWidth: Int
    package var strideY: Int
    package var strideX: Int
    package var dilationY: Int
    package var dilationX: Int

    package init(_ operation: Operation) {
        self.init()
        self.operation = operation
    }

    /// All zero except strides and dilations, which the caller sets as well: too many fields for one argument list, so they are set by name.
    package init() {
        operation = .multiplyAccumulate
        accumulate = false
        (destination, source, weights) = (0, 0, 0)
        (destinationType, sourceType) = (.i8, .i8)
        (destinationRowStrideBytes, destinationPixelStrideBytes) = (0, 0)
        (sourceRowStrideBytes, sourcePixelStrideBytes) = (0, 0)
        (outputRows, outputColumns, channels) = (0, 0, 0)
        (kernelHeight, kernelWidth) = (0, 0)
        (strideY, strideX, dilationY, dilationX) = (0, 0, 0, 0)
    }

    package mutating func visitFields<Visitor: FieldVisitor>(_ visitor: inout Visitor) throws(InstructionError) {
        let address = WorkspaceAddress.fieldBits
        try visitor.visit(&operation, Field("operation", bits: 2, .choice, "what is computed"))
        try visitor.visit(&accumulate, Field("accumulate", bits: 1, .flag, "start from the destination"))
        try visitor.visit(&destination, Field("destination", bits: address, .bytes, "address of result (0, 0, 0)"))
        try visitor.visit(&source, Field("source", bits: address, .bytes, "address of source (0, 0, 0)"))
        try visitor.visit(&weights, Field("weights", bits: address, .bytes, "address of weight (0, 0, 0)"))
        try visitor.visit(
            &destinationType, Field("destinationType", bits: MachineType.fieldBits, .choice, "type of the result"))
        try visitor.visit(
            &sourceType, Field("sourceType", bits: MachineType.fieldBits, .choice, "type of source and weights"))
        try visitor.visit(
            &destinationRowStrideBytes, Field("destinationRowStrideBytes", bits: 20, .bytes, "from row to row"))
        try visitor.visit(
            &destinationPixelStrideBytes, Field("destinationPixelStrideBytes", bits: 16, .bytes, "from pixel to pixel"))
        try visitor.visit(&sourceRowStrideBytes, Field("sourceRowStrideBytes", bits: 20, .bytes, "from row to row"))
        try visitor.visit(&sourcePixelStrideBytes, Field("sourcePixelStrideBytes", bits: 16, .bytes, "from pixel to pixel"))
        try visitWindow(&visitor)
    }

    private mutating func visitWindow<Visitor: FieldVisitor>(_ visitor: inout Visitor) throws(InstructionError) {
        try visitor.visit(&outputRows, Field("outputRows", bits: 10, .count, "result rows", minimum: 1))
        try visitor.visit(&outputColumns, Field("outputColumns", bits: 10, .count, "result columns", minimum: 1))
        try visitor.visit(&channels, Field("channels", bits: 12, .count, "channels (lanes)", minimum: 1))
        try visitor.visit(&kernelHeight, Field("kernelHeight", bits: 7, .count, "window rows", minimum: 1))
        try visitor.visit(&kernelWidth, Field("kernelWidth", bits: 7, .count, "window columns", minimum: 1))
        try visitor.visit(&strideY, Field("strideY", bits: 4, .count, "source rows from result row to row", minimum: 1))
        try visitor.visit(&strideX, Field("strideX", bits: 4, .count, "source columns likewise", minimum: 1))
        try visitor.visit(&dilationY, Field("dilationY", bits: 5, .count, "source rows from window row to row", minimum: 1))
        try visitor.visit(&dilationX, Field("dilationX", bits: 5, .count, "source columns likewise", minimum: 1))
    }

    package func checkStructure() throws(InstructionError) {
        try require(!(operation == .maximum && accumulate), "a maximum cannot accumulate")
    }

    /// The source bytes read: every pixel that some window touches, bounded by whole pixel rows.
    package var sourceRegion: StridedRegion {
        let reachY = (outputRows - 1) * strideY + (kernelHeight - 1) * dilationY + 1
        let reachX = (outputColumns - 1) * strideX + (kernelWidth - 1) * dilationX + 1
        return StridedRegion(
            start: source.bytes, runBytes: channels * sourceType.sizeBytes,
            inner: .init(count: reachX, strideBytes: sourcePixelStrideBytes),
            middle: .init(count: reachY, strideBytes: sourceRowStrideBytes))
    }

    package var destinationRegion: StridedRegion {
        StridedRegion(
            start: destination.bytes, runBytes: channels * destinationType.sizeBytes,
            inner: .init(count: outputColumns, strideBytes: destinationPixelStrideBytes),
            middle: .init(count: outputRows, strideBytes: destinationRowStrideBytes))
    }

    package var weightRegion: StridedRegion {
        StridedRegion(start: weights.bytes, runBytes: kernelHeight * kernelWidth * channels * sourceType.sizeBytes)
    }

    package func appendAccesses(core: Int, to accesses: inout [Access]) {
        accesses.append(.reads(sourceRegion))
        if operation == .multiplyAccumulate { accesses.append(.reads(weightRegion)) }
        if accumulate { accesses.append(.reads(destinationRegion)) }
        accesses.append(.writes(destinationRegion))
    }
}
