extension Instruction {
    /// Why the instruction's workspace addresses and strides do not suit its element types, or nil.
    ///
    /// Units read and write whole elements at multiples of the element's size; transfers move bytes and need no alignment, but for the integers of lookups.
    package var alignmentFault: String? {
        for (amount, size) in alignedAmounts where amount % size != 0 {
            return "an address or stride of \(amount) bytes is no multiple of an element of \(size)"
        }
        return nil
    }

    /// Addresses and strides in bytes, each with the element size that must divide it.
    private var alignedAmounts: [(amount: Int, size: Int)] {
        switch self {
        case .load, .store, .halt: []
        case .loadGathered(let body): body.geometry.alignedAmounts
        case .storeScattered(let body): body.geometry.alignedAmounts
        case .fill(let body): body.alignedAmounts
        case .loadWeights(let body):
            [body.source.bytes, body.depthStrideBytes, body.columnStrideBytes].map { ($0, body.type.sizeBytes) }
        case .matmulWeightStationary(let body):
            [body.source.bytes, body.outerStrideBytes, body.innerStrideBytes].map { ($0, body.type.sizeBytes) }
        case .matmulOutputStationary(let body):
            [body.source.bytes, body.outerStrideBytes, body.innerStrideBytes].map { ($0, body.type.sizeBytes) }
                + [body.weights.bytes, body.depthStrideBytes, body.columnStrideBytes].map { ($0, body.weightType.sizeBytes) }
        case .vectorBinary(let body):
            [body.destination, body.first, body.second].flatMap(\.alignedAmounts)
        case .vectorUnary(let body): [body.destination, body.source].flatMap(\.alignedAmounts)
        case .vectorSelect(let body):
            [body.destinationOperand, body.conditionOperand, body.firstOperand, body.secondOperand].flatMap(\.alignedAmounts)
        case .vectorReduce(let body): [body.destination, body.source].flatMap(\.alignedAmounts)
        case .vectorWindow(let body): body.alignedAmounts
        case .vectorCopy(let body): body.alignedAmounts
        case .drain(let body): body.destinationOperand.alignedAmounts + [(body.bias.bytes, 4)]
        case .requantise(let body):
            body.destinationOperand.alignedAmounts + [(body.bias.bytes, 4), (body.multipliers.bytes, 4)]
        }
    }
}

extension LookupGeometry {
    fileprivate var alignedAmounts: [(amount: Int, size: Int)] { [(indices.bytes, indexWidth.bytes)] }
}

extension LaneOperand {
    fileprivate var alignedAmounts: [(amount: Int, size: Int)] {
        space == .workspace ? [(address, type.sizeBytes), (rowStride, type.sizeBytes)] : []
    }
}

extension Fill {
    fileprivate var alignedAmounts: [(amount: Int, size: Int)] {
        [destination.bytes, rows > 1 ? rowStrideBytes : 0].map { ($0, type.sizeBytes) }
    }
}

extension VectorWindow {
    fileprivate var alignedAmounts: [(amount: Int, size: Int)] {
        [source.bytes, weights.bytes, sourceRowStrideBytes, sourcePixelStrideBytes].map { ($0, sourceType.sizeBytes) }
            + [destination.bytes, destinationRowStrideBytes, destinationPixelStrideBytes]
            .map { ($0, destinationType.sizeBytes) }
    }
}

extension VectorCopy {
    fileprivate var alignedAmounts: [(amount: Int, size: Int)] {
        let levels = [inner, middle, outer].flatMap { [$0.sourceStrideBytes, $0.destinationStrideBytes] }
        return ([source.bytes, destination.bytes] + levels).map { ($0, elementSize.bytes) }
    }
}
