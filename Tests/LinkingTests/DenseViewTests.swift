import Basics
import Linking
import Testing

@Suite struct DenseViewTests {
    /// Bytes that differ from their neighbours at every width.
    static func pattern(_ count: Int) -> ByteStorage {
        var random = SeededGenerator(seed: UInt64(count))
        return ByteStorage((0..<count).map { _ in UInt8.random(in: 0...255, using: &random) })
    }

    /// The obvious definition: one index at a time.
    static func naive(_ view: DenseView) -> [UInt8] {
        let size = view.element.sizeBytes
        var result: [UInt8] = []
        func visit(_ dimension: Int, _ element: Int) {
            guard dimension < view.shape.count else {
                result += view.bytes.bytes[element * size..<(element + 1) * size]
                return
            }
            for index in 0..<view.shape[dimension] { visit(dimension + 1, element + index * view.strides[dimension]) }
        }
        visit(0, view.offset)
        return result
    }

    @Test(arguments: [ElementType.i8, .bf16, .f32, .i64]) func randomViewsAreWhatOneIndexAtATimeGives(element: ElementType) throws {
        var random = SeededGenerator(seed: 11)
        for _ in 0..<300 {
            let shape = (0..<Int.random(in: 0...4, using: &random)).map { _ in Int.random(in: 1...7, using: &random) }
            var strides = Array(repeating: 0, count: shape.count)
            var step = Int.random(in: 1...2, using: &random)
            for dimension in shape.indices.shuffled(using: &random) {
                strides[dimension] = Int.random(in: 0...6, using: &random) == 0 ? 0 : step
                step *= shape[dimension] + (Int.random(in: 0...3, using: &random) == 0 ? 1 : 0)
            }
            if let flipped = shape.indices.randomElement(using: &random), Int.random(in: 0...3, using: &random) == 0 {
                strides[flipped] *= -1
            }
            let below = zip(shape, strides).reduce(0) { $0 + min(0, ($1.0 - 1) * $1.1) }
            let above = zip(shape, strides).reduce(1) { $0 + max(0, ($1.0 - 1) * $1.1) }
            let offset = Int.random(in: 0...3, using: &random) - below
            let view = DenseView(
                Self.pattern((offset + above) * element.sizeBytes), element, shape: shape, strides: strides, offset: offset)
            #expect(contents(try view.rowMajor()) == Self.naive(view), "\(shape) \(strides) \(offset)")
        }
    }

    @Test(arguments: [([64, 33], [33, 1]), ([33, 64], [1, 33]), ([40, 17, 3, 3], [153, 1, 51, 17]), ([5, 40, 70], [1, 350, 5])])
    func largeViewsToo(shape: [Int], strides: [Int]) throws {
        let count = shape.reduce(1, *)
        let view = DenseView(Self.pattern(count * 4), .f32, shape: shape, strides: strides)
        #expect(contents(try view.rowMajor()) == Self.naive(view))
    }

    @Test func aContiguousViewIsNotCopied() throws {
        let storage = Self.pattern(400)
        let view = DenseView(storage, .f32, shape: [1, 6, 1, 10], strides: [7, 10, 99, 1], offset: 40)
        let bytes = try view.rowMajor()
        #expect(bytes.bytes.baseAddress == storage.bytes.baseAddress?.advanced(by: 160) && bytes.count == 240)
    }

    @Test func aViewWithoutElementsIsEmptyWhateverItsOffset() throws {
        #expect(try DenseView(ByteStorage([]), .f32, shape: [3, 0], strides: [0, 1], offset: 99).rowMajor().count == 0)
    }

    @Test(
        arguments: [
            ([10], [1], 1, .outsideStorage), ([10], [-1], 8, .outsideStorage), ([2, 5], [6, 1], 0, .outsideStorage),
            ([2], [Int.max], 0, .outsideStorage), ([1 << 40, 1 << 40], [0, 0], 0, .outsideStorage),
            ([3, 3], [Int.max / 2, Int.max / 2], 0, .outsideStorage),
            ([2], [Int.min], 9, .outsideStorage), ([1], [1], Int.max, .outsideStorage),
            ([2], [1, 1], 0, .malformedView), ([-1], [1], 0, .malformedView), ([1], [1], -1, .malformedView),
        ] as [([Int], [Int], Int, PackingError)])
    func viewsOutsideTheirBytesAreRefused(shape: [Int], strides: [Int], offset: Int, error: PackingError) {
        let view = DenseView(Self.pattern(40), .f32, shape: shape, strides: strides, offset: offset)
        #expect(throws: error) { try view.rowMajor() }
    }
}
