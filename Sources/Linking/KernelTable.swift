import Basics
import Machine

/// The image's kernels: equal ones once, in the order of first use.
struct KernelTable {
    private(set) var objects: [KernelObject] = []
    private let candidates: [KernelObject]
    private var indexOfCandidate: [Int]
    private var byFingerprint: [Fingerprint: [Int]] = [:]

    init(_ candidates: [KernelObject]) {
        self.candidates = candidates
        indexOfCandidate = Array(repeating: -1, count: candidates.count)
    }

    /// The image's index of a kernel of the request. The code's fingerprint finds equals, comparison decides.
    mutating func index(of candidate: Int) -> Int {
        if indexOfCandidate[candidate] >= 0 { return indexOfCandidate[candidate] }
        let object = candidates[candidate]
        let fingerprint = Fingerprint(hashing: object.code)
        let index: Int
        if let known = byFingerprint[fingerprint]?.first(where: { objects[$0] == object }) {
            index = known
        } else {
            index = objects.count
            objects.append(object)
            byFingerprint[fingerprint, default: []].append(index)
        }
        indexOfCandidate[candidate] = index
        return index
    }
}
