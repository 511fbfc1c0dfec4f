import Basics
import KernelCodegen
import Machine
import Testing

@Suite struct CopyTests {
    /// A permutation of dense dimensions.
    static func permutation(_ dimensions: [Int], _ order: [Int], _ element: ElementType = .f32) -> KernelRequest {
        let source = LaneAccess.dense(dimensions).strides
        let shape = order.map { dimensions[$0] }
        let result = LaneAccess.dense(shape).strides
        let piece = CopyPiece(
            .operand(0),
            dimensions: order.indices.map {
                CopyDimension(count: shape[$0], sourceStride: source[order[$0]], resultStride: result[$0])
            })
        return KernelRequest(
            operands: [KernelOperand(.input, element, dimensions), KernelOperand(.result, element, shape)],
            root: .copy(StridedCopy(result: 1, pieces: [piece])))
    }

    @Test(arguments: Targets.all + [.glasses])
    func `permutations move every element`(_ target: TargetDescription) throws {
        for element in [ElementType.f32, .bf16, .bool] {
            try KernelRunner(Self.permutation([1, 16, 20, 33], [0, 2, 3, 1], element), target).check(tolerance: 0)
            try KernelRunner(Self.permutation([2, 20, 33, 16], [0, 3, 1, 2], element), target).check(tolerance: 0)
            try KernelRunner(Self.permutation([5, 3, 4, 6], [2, 0, 3, 1], element), target).check(tolerance: 0)
            try KernelRunner(Self.permutation([7], [0], element), target).check(tolerance: 0)
            try KernelRunner(Self.permutation([3, 3000], [1, 0], element), target).check(tolerance: 0)
            try KernelRunner(Self.permutation([1, 1], [1, 0], element), target).check(tolerance: 0)
        }
    }

    @Test(arguments: Targets.all)
    func `concatenation and padding`(_ target: TargetDescription) throws {
        let concatenation = KernelRequest(
            operands: [
                KernelOperand(.input, .f32, [50, 3]), KernelOperand(.input, .f32, [50, 9]), KernelOperand(.result, .f32, [50, 12]),
            ],
            root: .copy(
                StridedCopy(
                    result: 2,
                    pieces: [
                        CopyPiece(
                            .operand(0),
                            dimensions: [
                                .init(count: 50, sourceStride: 3, resultStride: 12), .init(count: 3, sourceStride: 1, resultStride: 1),
                            ]),
                        CopyPiece(
                            .operand(1), resultOffset: 3,
                            dimensions: [
                                .init(count: 50, sourceStride: 9, resultStride: 12), .init(count: 9, sourceStride: 1, resultStride: 1),
                            ]),
                    ])))
        try KernelRunner(concatenation, target).check(tolerance: 0)
        let edge = CopyDimension(count: 6, sourceStride: 0, resultStride: 7)
        let padding = KernelRequest(
            operands: [KernelOperand(.input, .f32, [6, 5]), KernelOperand(.result, .f32, [6, 7])],
            root: .copy(
                StridedCopy(
                    result: 1,
                    pieces: [
                        CopyPiece(.fill(bits: Float(2.5).bitPattern), dimensions: [edge]),
                        CopyPiece(
                            .operand(0), resultOffset: 1,
                            dimensions: [
                                .init(count: 6, sourceStride: 5, resultStride: 7), .init(count: 5, sourceStride: 1, resultStride: 1),
                            ]),
                        CopyPiece(.fill(bits: Float(-1).bitPattern), resultOffset: 6, dimensions: [edge]),
                    ])))
        try KernelRunner(padding, target).check(tolerance: 0)
    }

    @Test(arguments: Targets.all)
    func `slices, flips, expansions and fills`(_ target: TargetDescription) throws {
        let pieces: [(Int, [CopyDimension])] = [
            (1, [.init(count: 20, sourceStride: 2, resultStride: 1)]),
            (49, [.init(count: 20, sourceStride: -1, resultStride: 1)]),
            (7, [.init(count: 5, sourceStride: 0, resultStride: 4), .init(count: 4, sourceStride: 1, resultStride: 1)]),
            (7, [.init(count: 5, sourceStride: 3, resultStride: 4), .init(count: 4, sourceStride: 0, resultStride: 1)]),
        ]
        for (offset, dimensions) in pieces {
            let request = KernelRequest(
                operands: [KernelOperand(.input, .f32, [50]), KernelOperand(.result, .f32, [20])],
                root: .copy(StridedCopy(result: 1, pieces: [CopyPiece(.operand(0), sourceOffset: offset, dimensions: dimensions)])))
            try KernelRunner(request, target).check(tolerance: 0)
        }
        let filled = KernelRequest(
            operands: [KernelOperand(.result, .bf16, [30, 700])],
            root: .copy(
                StridedCopy(
                    result: 0,
                    pieces: [CopyPiece(.fill(bits: 0x3F80), dimensions: [.init(count: 21_000, sourceStride: 0, resultStride: 1)])])))
        try KernelRunner(filled, target).check(tolerance: 0)
    }

    /// `[outer, size, inner]` looked up at `count` places of its middle dimension, or written over there.
    static func lookup(
        _ outer: Int, _ size: Int, _ inner: Int, count: Int, _ element: ElementType = .f32, indices: ElementType = .i64, scatters: Bool
    ) -> KernelRequest {
        let (table, slices) = ([outer, size, inner], [outer, count, inner])
        let dimensions = [
            CopyDimension(
                count: outer, sourceStride: (scatters ? count : size) * inner, resultStride: (scatters ? size : count) * inner),
            CopyDimension(count: inner, sourceStride: 1, resultStride: 1),
        ]
        let lookup = CopyLookup(indices: 1, count: count, slices: size, sourceStride: inner, resultStride: inner, scatters: scatters)
        let box = CopyPiece(.operand(scatters ? 2 : 0), dimensions: dimensions, lookup: lookup)
        let all = outer * size * inner
        let whole = CopyPiece(.operand(0), dimensions: [CopyDimension(count: all, sourceStride: 1, resultStride: 1)])
        let operands = [KernelOperand(.input, element, table), KernelOperand(.input, indices, [count])]
        return KernelRequest(
            operands: operands
                + (scatters
                    ? [KernelOperand(.input, element, slices), KernelOperand(.result, element, table)]
                    : [KernelOperand(.result, element, slices)]),
            root: .copy(StridedCopy(result: scatters ? 3 : 2, pieces: scatters ? [whole, box] : [box])))
    }

    @Test(arguments: Targets.all + [.glasses], [false, true])
    func `slices are looked up and put at places known when the kernel runs`(_ target: TargetDescription, scatters: Bool) throws {
        for (outer, size, inner, count) in [
            (1, 50, 16, 7), (3, 10, 5, 4), (1, 7, 1, 30), (4, 33, 1, 12), (1, 300, 96, 2000), (1, 4, 9000, 3), (2, 1, 3, 1),
        ] {
            for element in [ElementType.f32, .bf16, .bool] {
                let request = Self.lookup(outer, size, inner, count: count, element, scatters: scatters)
                try KernelRunner(request, target).check(tolerance: 0)
                #expect(try KernelRequest(text: request.description) == request)
            }
            let narrow = Self.lookup(outer, size, inner, count: count, indices: .i32, scatters: scatters)
            try KernelRunner(narrow, target).check(tolerance: 0)
        }
    }

    /// `[outer, size, inner]` with `[outer, count, inner]` integers: each names an element along the middle dimension, at its own place in the others.
    static func elementLookup(_ outer: Int, _ size: Int, _ inner: Int, count: Int, _ element: ElementType, scatters: Bool) -> KernelRequest
    {
        let (table, slices) = ([outer, size, inner], [outer, count, inner])
        let (near, far) = (count * inner, size * inner)
        var dimensions = [
            CopyDimension(
                count: outer, sourceStride: scatters ? near : far, resultStride: scatters ? far : near, indexStride: near),
            CopyDimension(count: count, sourceStride: scatters ? inner : 0, resultStride: scatters ? 0 : inner, indexStride: inner),
        ]
        var lookup = CopyLookup(
            indices: 1, count: inner, slices: size, sourceStride: scatters ? 1 : inner, resultStride: scatters ? inner : 1, advance: 1,
            scatters: scatters)
        if inner == 1 {
            dimensions.removeLast()
            (lookup.count, lookup.advance) = (count, 0)
        }
        let box = CopyPiece(.operand(scatters ? 2 : 0), dimensions: dimensions, lookup: lookup)
        let whole = CopyPiece(.operand(0), dimensions: [CopyDimension(count: outer * far, sourceStride: 1, resultStride: 1)])
        let operands = [KernelOperand(.input, element, table), KernelOperand(.input, .i64, slices)]
        return KernelRequest(
            operands: operands
                + (scatters
                    ? [KernelOperand(.input, element, slices), KernelOperand(.result, element, table)]
                    : [KernelOperand(.result, element, slices)]),
            root: .copy(StridedCopy(result: scatters ? 3 : 2, pieces: scatters ? [whole, box] : [box])))
    }

    @Test(arguments: Targets.all + [.glasses], [false, true])
    func `single elements are looked up and put, each by an integer of its own`(_ target: TargetDescription, scatters: Bool) throws {
        for (outer, size, inner, count) in [(1, 9, 5, 4), (3, 10, 1, 7), (2, 6, 17, 3), (1, 4, 5000, 2), (4, 1, 1, 1)] {
            for element in [ElementType.f32, .bf16, .bool] {
                let request = Self.elementLookup(outer, size, inner, count: count, element, scatters: scatters)
                try KernelRunner(request, target).check(tolerance: 0)
                #expect(try KernelRequest(text: request.description) == request)
            }
        }
    }

    @Test func `a lookup by floats, of no slices or beyond its integers is refused`() throws {
        for change in 0..<4 {
            var request = Self.lookup(1, 8, 4, count: 3, scatters: false)
            guard case .copy(var copy) = request.root else { continue }
            switch change {
            case 0: request.operands[1].element = .f32
            case 1: copy.pieces[0].lookup?.count = 4
            case 2: copy.pieces[0].lookup?.slices = 0
            default: copy.pieces[0].lookup?.slices = 9
            }
            request.root = .copy(copy)
            #expect(throws: Diagnostic.self) { try generate(request, target: TargetView(.headset)) }
        }
    }

    /// Bilinear taps as PyTorch has them without aligned corners.
    static func bilinear(_ input: Int, _ output: Int) -> [ResizeTap] {
        (0..<output).map { place in
            let position = max(0, Float(input) / Float(output) * (Float(place) + 0.5) - 0.5)
            let first = min(Int(position), input - 1)
            let weight = position - Float(first)
            return ResizeTap(first, 1 - weight, min(first + 1, input - 1), weight)
        }
    }

    static func nearest(_ input: Int, _ output: Int) -> [ResizeTap] { (0..<output).map { ResizeTap($0 * input / output) } }

    @Test(arguments: Targets.all)
    func `resizes by any scale give the naive result`(_ target: TargetDescription) throws {
        for (height, width, channels, outputHeight, outputWidth) in [
            (8, 8, 24, 16, 16), (5, 7, 3, 11, 4), (1, 1, 40, 3, 3), (6, 6, 1, 6, 6), (3, 40, 70, 9, 120),
        ] {
            for isNearest in [true, false] {
                var resize = Resize()
                (resize.batch, resize.inputHeight, resize.inputWidth, resize.channels) = (2, height, width, channels)
                (resize.inputBatchStride, resize.inputRowStride, resize.inputPixelStride) = (
                    height * width * channels, width * channels, channels
                )
                resize.rows = isNearest ? Self.nearest(height, outputHeight) : Self.bilinear(height, outputHeight)
                resize.columns = isNearest ? Self.nearest(width, outputWidth) : Self.bilinear(width, outputWidth)
                for element in [ElementType.f32, .bf16] {
                    var lanes = LaneBuilder()
                    lanes.output(lanes.unary(.relu, lanes.root()), to: 1, .dense(resize.domain))
                    let request = KernelRequest(
                        operands: [
                            KernelOperand(.input, element, [2, height, width, channels]), KernelOperand(.result, element, resize.domain),
                        ],
                        root: .resize(resize), program: lanes.program)
                    try KernelRunner(request, target).check()
                }
            }
        }
    }
}
