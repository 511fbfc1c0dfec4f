/// Moves elements inside the workspace over three strided levels: transposes, gathers, layout changes.
package struct VectorCopy: InstructionBody {
    package enum ElementSize: UInt8, FieldChoice {
        case one, two, four

        package var bytes: Int { 1 << Int(rawValue) }

        package init?(bytes: Int) {
            switch bytes {
            case 1: self = .one
            case 2: self = .two
            case 4: self = .four
            default: return nil
            }
        }
    }

    /// One strided level of the copy.
    package struct Level: Hashable, Sendable {
        package static let maximumCount = (1 << 14) - 1
        package var count: Int
        package var destinationStrideBytes: Int
        package var sourceStrideBytes: Int

        package init(count: Int, destinationStrideBytes: Int, sourceStrideBytes: Int) {
            self.count = count
            self.destinationStrideBytes = destinationStrideBytes
            self.sourceStrideBytes = sourceStrideBytes
        }

        package static let none = Level(count: 1, destinationStrideBytes: 0, sourceStrideBytes: 0)
    }

    package static let opcode = Opcode.vectorCopy
    package static let unit = Unit.vector
    package static let summary: StaticString = """
        For o, m, n (inner n fastest): the element at destination + o·outerD + m·middleD + n·innerD = the element at source + o·outerS + m·middleS + n·innerS. \
        Bits are moved unchanged; source and destination must not overlap.
        """
    package var elementSize: ElementSize
    package var destination: WorkspaceAddress
    package var source: WorkspaceAddress
    package var inner: Level
    package var middle: Level
    package var outer: Level

    package init(
        elementSize: ElementSize, destination: WorkspaceAddress, source: WorkspaceAddress, inner: Level,
        middle: Level = .none, outer: Level = .none
    ) {
        self.elementSize = elementSize
        self.destination = destination
        self.source = source
        self.inner = inner
        self.middle = middle
        self.outer = outer
    }

    package init() {
        let zero = Level(count: 0, destinationStrideBytes: 0, sourceStrideBytes: 0)
        self.init(elementSize: .one, destination: 0, source: 0, inner: zero, middle: zero, outer: zero)
    }

    /// Elements moved.
    package var elements: Int { inner.count * middle.count * outer.count }

    package mutating func visitFields<Visitor: FieldVisitor>(_ visitor: inout Visitor) throws(InstructionError) {
        let address = WorkspaceAddress.fieldBits
        try visitor.visit(&elementSize, Field("elementSize", bits: 2, .choice, "bytes of an element: one, two, four"))
        try visitor.visit(&destination, Field("destination", bits: address, .bytes, "first byte written"))
        try visitor.visit(&source, Field("source", bits: address, .bytes, "first byte read"))
        try visitor.visit(&inner.count, Field("innerCount", bits: 14, .count, "elements of the fastest level", minimum: 1))
        try visitor.visit(
            &inner.destinationStrideBytes, Field("innerDestinationStrideBytes", bits: 22, .bytes, "from element to element"))
        try visitor.visit(&inner.sourceStrideBytes, Field("innerSourceStrideBytes", bits: 22, .bytes, "the same, source"))
        try visitor.visit(&middle.count, Field("middleCount", bits: 14, .count, "repeats of the inner level", minimum: 1))
        try visitor.visit(
            &middle.destinationStrideBytes, Field("middleDestinationStrideBytes", bits: 22, .bytes, "from repeat to repeat"))
        try visitor.visit(&middle.sourceStrideBytes, Field("middleSourceStrideBytes", bits: 22, .bytes, "the same, source"))
        try visitor.visit(&outer.count, Field("outerCount", bits: 14, .count, "repeats of the middle level", minimum: 1))
        try visitor.visit(
            &outer.destinationStrideBytes, Field("outerDestinationStrideBytes", bits: 22, .bytes, "from repeat to repeat"))
        try visitor.visit(&outer.sourceStrideBytes, Field("outerSourceStrideBytes", bits: 22, .bytes, "the same, source"))
    }

    package var sourceRegion: StridedRegion {
        StridedRegion(
            start: source.bytes, runBytes: elementSize.bytes,
            inner: .init(count: inner.count, strideBytes: inner.sourceStrideBytes),
            middle: .init(count: middle.count, strideBytes: middle.sourceStrideBytes),
            outer: .init(count: outer.count, strideBytes: outer.sourceStrideBytes))
    }

    package var destinationRegion: StridedRegion {
        StridedRegion(
            start: destination.bytes, runBytes: elementSize.bytes,
            inner: .init(count: inner.count, strideBytes: inner.destinationStrideBytes),
            middle: .init(count: middle.count, strideBytes: middle.destinationStrideBytes),
            outer: .init(count: outer.count, strideBytes: outer.destinationStrideBytes))
    }

    package func appendAccesses(core: Int, to accesses: inout [Access]) {
        accesses.append(.reads(sourceRegion))
        accesses.append(.writes(destinationRegion))
    }
}
