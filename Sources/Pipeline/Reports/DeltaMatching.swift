import Basics

/// Which step of a program is which step of another one: the same place where it still has the same content or no better match, the same content where a
/// layer was renamed or moved.
struct DeltaMatching {
    /// Indices into the steps of the two programs, in the order of the later one; steps that are gone come last. One side may be missing, never both.
    let pairs: [(before: Int?, after: Int?)]

    init(_ before: BuiltProgram, _ after: BuiltProgram) {
        var partner = [Int?](repeating: nil, count: after.steps.count)
        var isTaken = [Bool](repeating: false, count: before.steps.count)
        func pair(_ candidates: (Int) -> Int?) {
            for index in after.steps.indices where partner[index] == nil {
                guard let candidate = candidates(index), !isTaken[candidate] else { continue }
                partner[index] = candidate
                isTaken[candidate] = true
            }
        }
        let places = Dictionary(before.steps.enumerated().map { ($1.name, $0) }, uniquingKeysWith: { first, _ in first })
        pair { index in
            guard let place = places[after.steps[index].name] else { return nil }
            return before.code(of: place) == after.code(of: index) ? place : nil
        }
        // In program order, so that a block put in front of equal ones pushes none of them out of its row.
        var contents: [Fingerprint: [Int]] = [:]
        for index in before.steps.indices.reversed() where !isTaken[index] {
            if let code = before.code(of: index) { contents[code, default: []].append(index) }
        }
        pair { index in after.code(of: index).flatMap { contents[$0]?.popLast() } }
        pair { index in places[after.steps[index].name] }
        pairs =
            after.steps.indices.map { (partner[$0], $0) }
            + before.steps.indices.filter { !isTaken[$0] }.map { ($0, nil) }
    }
}

extension BuiltProgram {
    /// The kernel of a step; nil on the host.
    func kernel(of step: Int) -> Kernel? { steps[step].kernel.map { kernels[$0] } }

    /// What the step's kernel is, whoever generated it; nil on the host.
    func code(of step: Int) -> Fingerprint? { kernel(of: step)?.code }
}
