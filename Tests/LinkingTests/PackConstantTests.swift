import Basics
import KernelCodegen
import Linking
import TensorIR
import Testing

@Suite struct PackConstantTests {
    /// The obvious definition: one element at a time, in packed order.
    static func naive(_ tensor: Tensor, _ blocks: ColumnBlocks) -> [UInt8] {
        let source = contents(tensor.storage)
        let size = tensor.type.element.sizeBytes
        func offsets(_ levels: [ColumnBlocks.Level]) -> [Int] {
            guard let level = levels.first else { return [0] }
            return (0..<level.count).flatMap { index in offsets(Array(levels.dropFirst())).map { $0 + index * level.stride } }
        }
        var packed: [UInt8] = []
        for matrix in offsets(blocks.matrices) {
            for block in stride(from: 0, to: blocks.columns.count, by: blocks.blockColumns) {
                for depth in offsets(blocks.depth) {
                    for column in block..<min(block + blocks.blockColumns, blocks.columns.count) {
                        let element = blocks.offset + matrix + depth + column * blocks.columns.stride
                        packed += source[element * size..<(element + 1) * size]
                    }
                }
            }
        }
        return packed
    }

    static func tensor(_ element: ElementType, _ shape: [Int]) -> Tensor {
        let type = TensorType(element, shape)
        return Tensor(type, storage: DenseViewTests.pattern(type.sizeBytes))
    }

    /// Weights of a convolution `[outputs, inputs / groups, height, width]`: a matrix for each group, k = (ky, kx, c).
    static func convolution(_ outputs: Int, _ inputs: Int, _ height: Int, _ width: Int, groups: Int = 1, block: Int) -> ColumnBlocks {
        let taps = height * width
        return ColumnBlocks(
            offset: 0, matrices: groups == 1 ? [] : [.init(count: groups, stride: outputs / groups * inputs * taps)],
            depth: [.init(count: height, stride: width), .init(count: width, stride: 1), .init(count: inputs, stride: taps)],
            columns: .init(count: outputs / groups, stride: inputs * taps), blockColumns: block)
    }

    @Test(arguments: [ElementType.i8, .bf16, .f16, .f32, .i64])
    func convolutionsArePackedTapByTapInBlocksOfOutputs(element: ElementType) throws {
        for (outputs, inputs, height, width, groups, block) in [
            (1, 1, 1, 1, 1, 16), (16, 3, 3, 3, 1, 16), (17, 5, 3, 3, 1, 16), (33, 7, 1, 5, 1, 32), (64, 64, 3, 3, 1, 32),
            (100, 33, 1, 1, 1, 32), (12, 2, 3, 3, 4, 16), (66, 3, 2, 2, 2, 32), (31, 1, 7, 7, 1, 32), (10, 65, 1, 1, 5, 1),
        ] {
            let blocks = Self.convolution(outputs, inputs, height, width, groups: groups, block: block)
            let weights = Self.tensor(element, [outputs, inputs, height, width])
            #expect(contents(try pack(weights, as: .columnBlocks(blocks))) == Self.naive(weights, blocks))
        }
    }

    @Test(arguments: [ElementType.i8, .bf16, .f32]) func matricesArePackedInEitherOrientation(element: ElementType) throws {
        for (depth, columns, block) in [(1, 1, 1), (5, 40, 16), (16, 16, 16), (33, 31, 32), (70, 100, 32), (200, 3, 64)] {
            let linear = ColumnBlocks(
                offset: 0, matrices: [], depth: [.init(count: depth, stride: 1)],
                columns: .init(count: columns, stride: depth), blockColumns: block)
            let transposed = ColumnBlocks(
                offset: 0, matrices: [], depth: [.init(count: depth, stride: columns)],
                columns: .init(count: columns, stride: 1), blockColumns: block)
            let weights = Self.tensor(element, [columns, depth])
            for blocks in [linear, transposed] {
                #expect(contents(try pack(weights, as: .columnBlocks(blocks))) == Self.naive(weights, blocks))
            }
        }
    }

    @Test func depthwiseWindowsHaveTheirChannelsTogether() throws {
        let blocks = ColumnBlocks(
            offset: 0, matrices: [], depth: [.init(count: 3, stride: 3), .init(count: 3, stride: 1)],
            columns: .init(count: 50, stride: 9), blockColumns: 50)
        let weights = Self.tensor(.f32, [50, 1, 3, 3])
        let packed = try pack(weights, as: .columnBlocks(blocks))
        let values = Tensor(TensorType(.f32, [3, 3, 50]), storage: packed).doubles.map(\.bitPattern)
        #expect(values[(1 * 3 + 2) * 50 + 7] == weights.doubles.map(\.bitPattern)[7 * 9 + 5])
        #expect(contents(packed) == Self.naive(weights, blocks))
    }

    @Test func randomPackingsAreWhatTheDefinitionSays() throws {
        var random = SeededGenerator(seed: 5)
        for _ in 0..<200 {
            var step = 1
            func level() -> ColumnBlocks.Level {
                let count = Int.random(in: 1...6, using: &random)
                defer { step *= count }
                return .init(count: count, stride: step)
            }
            var levels = (0..<Int.random(in: 1...5, using: &random)).map { _ in level() }.shuffled(using: &random)
            let columns = levels.removeLast()
            let depth = Int.random(in: 0...levels.count, using: &random)
            let blocks = ColumnBlocks(
                offset: 3, matrices: Array(levels[depth...]), depth: Array(levels[..<depth]), columns: columns,
                blockColumns: Int.random(in: 1...8, using: &random))
            let weights = Self.tensor(.bf16, [step + 3])
            #expect(contents(try pack(weights, as: .columnBlocks(blocks))) == Self.naive(weights, blocks), "\(blocks)")
        }
    }

    @Test func rowMajorConstantsAreNotCopied() throws {
        let weights = Self.tensor(.f32, [3, 5])
        #expect(try pack(weights, as: .rowMajor) === weights.storage)
    }

    private static let changes: [(change: @Sendable (inout ColumnBlocks) -> Void, error: PackingError)] = [
        ({ $0.offset = 1 }, .outsideStorage),
        ({ $0.offset = -1 }, .outsideStorage),
        ({ $0.columns.count = 5 }, .outsideStorage),
        ({ $0.columns.stride = -18 }, .outsideStorage),
        ({ $0.depth = [.init(count: 1 << 40, stride: 1), .init(count: 1 << 40, stride: 1)] }, .malformedPacking),
        ({ $0.columns.stride = Int.max }, .malformedPacking),
        ({ $0.blockColumns = 0 }, .malformedPacking),
        ({ $0.matrices = [.init(count: 0, stride: 0)] }, .malformedPacking),
    ]

    @Test(arguments: changes.indices) func packingsOfOtherTensorsAreRefused(index: Int) {
        var blocks = Self.convolution(4, 2, 3, 3, block: 16)
        Self.changes[index].change(&blocks)
        #expect(throws: Self.changes[index].error) {
            try pack(Self.tensor(.f32, [4, 2, 3, 3]), as: .columnBlocks(blocks))
        }
    }
}
