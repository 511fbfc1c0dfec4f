/// When each block of memory is needed, once parts have been resolved to the values that they are part of.
struct LiveRanges {
    /// For each value, the value that owns its memory (itself, unless it is a part), and where in it the value begins.
    private(set) var owners: [Int]
    private(set) var offsets: [Int]
    /// For each owner: first and last step that touches it or a part of it; `first > last` for memory that nothing touches.
    private(set) var first: [Int]
    private(set) var last: [Int]
    /// For each owner: bytes moved by all steps that touch it.
    private(set) var movedBytes: [Int]
    /// For each owner: whether it needs a place of its own in DRAM, or at least one in DRAM.
    private(set) var isPinned: [Bool]
    private(set) var needsDRAM: [Bool]

    /// O(values + accesses).
    init(_ request: ActivationPlanRequest) throws(ActivationPlanError) {
        let count = request.values.count
        owners = Array(0..<count)
        offsets = Array(repeating: 0, count: count)
        first = Array(repeating: Int.max, count: count)
        last = Array(repeating: -1, count: count)
        movedBytes = Array(repeating: 0, count: count)
        isPinned = Array(repeating: false, count: count)
        needsDRAM = Array(repeating: false, count: count)
        try resolveParts(request.values)
        for value in 0..<count where request.values[value].isPinned { isPinned[owners[value]] = true }
        for step in 0..<request.steps.count { try visit(request.steps[step], at: step) }
        for value in 0..<count where isPinned[value] { (first[value], last[value]) = (0, max(request.steps.count - 1, 0)) }
    }

    /// Follows chains of parts to their owners. Each chain is walked once: a resolved value answers for all that lead to it.
    private mutating func resolveParts(_ values: [PlannedValue]) throws(ActivationPlanError) {
        var isResolved = Array(repeating: false, count: values.count)
        var chain: [Int] = []
        for start in 0..<values.count {
            guard values[start].sizeBytes >= 0 else { throw .malformed(.negativeSize(value: start)) }
            var value = start
            while !isResolved[value], let part = values[value].part {
                guard values.indices.contains(part.whole) else { throw .malformed(.partOutsideWhole(value: value)) }
                let (end, overflow) = part.offsetBytes.addingReportingOverflow(values[value].sizeBytes)
                guard part.offsetBytes >= 0, !overflow, end <= values[part.whole].sizeBytes else {
                    throw .malformed(.partOutsideWhole(value: value))
                }
                chain.append(value)
                guard chain.count <= values.count else { throw .malformed(.partOfItself(value: start)) }
                value = part.whole
            }
            isResolved[value] = true
            while let inner = chain.popLast(), let part = values[inner].part {
                owners[inner] = owners[part.whole]
                offsets[inner] = offsets[part.whole] + part.offsetBytes
                isResolved[inner] = true
            }
        }
    }

    private mutating func visit(_ step: PlannedStep, at index: Int) throws(ActivationPlanError) {
        for access in step.reads {
            guard owners.indices.contains(access.value) else { throw .malformed(.unknownValue(access.value, step: index)) }
            let owner = owners[access.value]
            guard isPinned[owner] || first[owner] < index else {
                throw .malformed(.readBeforeWritten(value: access.value, step: index))
            }
            touch(owner, moving: access.movedBytes, at: index, onHost: step.runsOnHost)
        }
        for access in step.writes {
            guard owners.indices.contains(access.value) else { throw .malformed(.unknownValue(access.value, step: index)) }
            touch(owners[access.value], moving: access.movedBytes, at: index, onHost: step.runsOnHost)
        }
    }

    private mutating func touch(_ owner: Int, moving bytes: Int, at step: Int, onHost: Bool) {
        first[owner] = min(first[owner], step)
        last[owner] = step
        if onHost { needsDRAM[owner] = true } else { movedBytes[owner] += bytes }
    }
}
