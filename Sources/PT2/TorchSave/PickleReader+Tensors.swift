import Basics

// What the symbols of the closed list mean.

extension PickleReader {
    /// Pushes what Python would get by calling `symbol` with `operands`.
    mutating func push(reducing symbol: PickleValue, _ operands: [PickleValue]) throws(PickleProblem) {
        guard case .symbol(let symbol) = symbol else { throw malformed("it calls what is no function") }
        switch symbol {
        case .orderedDictionary:
            guard operands.isEmpty else { throw malformed("an ordered dictionary has arguments") }
            pushDictionary()
        case .size:
            guard operands.count == 1, case .tuple = operands[0] else { throw malformed("a size is no tuple") }
            push(operands[0])
        case .rebuildParameter:
            guard let first = operands.first, case .tensor = first else { throw malformed("a parameter holds no tensor") }
            push(first)
        case .rebuildTensor: try push(tensor(operands, type: nil))
        case .rebuildTypedTensor:
            guard operands.count > 6, case .symbol(.elementType(let type)) = operands[6] else {
                throw malformed("a tensor has no element type")
            }
            try push(tensor(operands, type: type))
        case .rebuildMetaTensor: try push(metaTensor(operands))
        case .storage, .elementType: throw malformed("it calls what is no function")
        }
    }

    /// A storage by its persistent identifier: `("storage", class, key, device, number of elements)`.
    mutating func persistent(_ identifier: PickleValue) throws(PickleProblem) -> PickleValue {
        let parts = try tuple(identifier)
        guard parts.count == 5, parts[0] == .text("storage"), case .symbol(.storage(let type)) = parts[1], case .text(let key) = parts[2],
            case .integer(let count) = parts[4], count >= 0
        else { throw malformed("a storage is not described as one") }
        // One storage may be mentioned by any number of tensors.
        let identity = "\(type?.name ?? "-") \(key)"
        if let known = storages[identity] { return .storage(known) }
        guard let bytes = storage(key) else { throw .missingStorage(key) }
        let (size, overflowed) = count.multipliedReportingOverflow(by: type?.sizeBytes ?? 1)
        guard !overflowed, size <= bytes.count || bytes.count == 0 else {
            throw malformed("storage '\(key)' has fewer bytes than elements")
        }
        heap.storages.append(PickleHeap.Storage(scalarType: type, bytes: bytes))
        storages[identity] = heap.storages.count - 1
        return .storage(heap.storages.count - 1)
    }

    func tuple(_ value: PickleValue) throws(PickleProblem) -> [PickleValue] {
        guard case .tuple(let place) = value else { throw malformed("it lacks a tuple") }
        return heap.sequences[place]
    }

    private mutating func tensor(_ operands: [PickleValue], type: ScalarType?) throws(PickleProblem) -> PickleValue {
        guard operands.count >= 4, case .storage(let place) = operands[0], case .integer(let offset) = operands[1],
            let type = type ?? heap.storages[place].scalarType
        else { throw malformed("a tensor is not described as one") }
        heap.tensors.append(
            PickleHeap.Tensor(
                scalarType: type, bytes: heap.storages[place].bytes, storageOffset: offset, sizes: try integers(operands[2]),
                strides: try integers(operands[3])))
        return .tensor(heap.tensors.count - 1)
    }

    private mutating func metaTensor(_ operands: [PickleValue]) throws(PickleProblem) -> PickleValue {
        guard operands.count >= 3, case .symbol(.elementType(let type)) = operands[0] else {
            throw malformed("a tensor is not described as one")
        }
        heap.tensors.append(
            PickleHeap.Tensor(
                scalarType: type, bytes: ByteStorage([]), storageOffset: 0, sizes: try integers(operands[1]),
                strides: try integers(operands[2])))
        return .tensor(heap.tensors.count - 1)
    }

    /// The sizes or strides of a tensor; bounded before anything is copied, since a pickle may mention one tuple again and again.
    private func integers(_ value: PickleValue) throws(PickleProblem) -> [Int] {
        guard case .tuple(let place) = value else { throw malformed("it lacks a tuple") }
        let elements = heap.sequences[place]
        guard elements.count <= Limits.rank else { throw malformed("a tensor has more than \(Limits.rank) dimensions") }
        var integers: [Int] = []
        for element in elements {
            guard case .integer(let integer) = element else { throw malformed("a size is no integer") }
            integers.append(integer)
        }
        return integers
    }
}
