import Basics
import Machine
import Testing

@Suite struct StridedRegionTests {
    private func bytes(_ region: StridedRegion) -> Set<Int> {
        var set: Set<Int> = []
        region.forEachRun { set.formUnion($0) }
        return set
    }

    @Test func `Joining and sorting levels keeps the set of bytes`() {
        var generator = SeededGenerator(seed: 3)
        func level() -> StridedRegion.Level {
            .init(count: Int.random(in: 1...4, using: &generator), strideBytes: Int.random(in: -6...12, using: &generator))
        }
        for _ in 0..<3000 {
            let run = Int.random(in: 1...6, using: &generator)
            let levels = [level(), level(), level()]
            let region = StridedRegion(start: 100, runBytes: run, inner: levels[0], middle: levels[1], outer: levels[2])
            var naive: Set<Int> = []
            for outer in 0..<levels[2].count {
                for middle in 0..<levels[1].count {
                    for inner in 0..<levels[0].count {
                        let first =
                            100 + outer * levels[2].strideBytes + middle * levels[1].strideBytes
                            + inner * levels[0].strideBytes
                        naive.formUnion(first..<first + run)
                    }
                }
            }
            #expect(bytes(region) == naive)
            #expect(region.bounds.lowerBound == naive.min() && region.bounds.upperBound == naive.max().map { $0 + 1 })
        }
    }

    @Test func `Regions that share a byte are always said to overlap, and interleaved columns are told apart`() {
        var generator = SeededGenerator(seed: 4)
        func region() -> StridedRegion {
            StridedRegion(
                start: Int.random(in: 0..<40, using: &generator), runBytes: Int.random(in: 1...8, using: &generator),
                inner: .init(count: Int.random(in: 1...5, using: &generator), strideBytes: Bool.random(using: &generator) ? 16 : 24))
        }
        for _ in 0..<4000 {
            let (left, right) = (region(), region())
            if !bytes(left).isDisjoint(with: bytes(right)) { #expect(left.mayOverlap(right) && right.mayOverlap(left)) }
        }
        let left = StridedRegion(start: 0, runBytes: 8, inner: .init(count: 10, strideBytes: 16))
        let right = StridedRegion(start: 8, runBytes: 8, inner: .init(count: 10, strideBytes: 16))
        #expect(!left.mayOverlap(right))
    }
}
