import Basics

/// How a tensor's elements follow one another in memory. The shape is always the logical one, in PyTorch's order.
package enum Layout: UInt8, Hashable, Sendable, CaseIterable {
    /// The last dimension is contiguous.
    case rowMajor
    /// `[N, C, spatial…]` stored as `[N, spatial…, C]`: channels are contiguous, as the machine's lanes want them.
    case channelsLast

    /// The order in which logical dimensions are stored, outermost first.
    package func storageOrder(rank: Int) -> [Int] {
        switch self {
        case .rowMajor: Array(0..<rank)
        case .channelsLast: rank < 3 ? Array(0..<rank) : [0] + Array(2..<rank) + [1]
        }
    }
}

/// Element type, logical shape and layout of a dense tensor.
package struct TensorType: Hashable, Sendable {
    package var element: ElementType
    package var shape: [Int]
    package var layout: Layout

    package init(_ element: ElementType, _ shape: [Int], layout: Layout = .rowMajor) {
        self.element = element
        self.shape = shape
        self.layout = layout
    }

    package var rank: Int { shape.count }
    package var elementCount: Int { shape.reduce(1, *) }
    package var sizeBytes: Int { elementCount * element.sizeBytes }

    /// The dimensions as stored, outermost first.
    package var storedShape: [Int] { layout.storageOrder(rank: rank).map { shape[$0] } }

    /// For each logical dimension, how many elements apart its neighbours are.
    package var strides: [Int] {
        var strides = Array(repeating: 1, count: rank)
        var step = 1
        for dimension in layout.storageOrder(rank: rank).reversed() {
            strides[dimension] = step
            step *= shape[dimension]
        }
        return strides
    }

    package func with(layout: Layout) -> TensorType { TensorType(element, shape, layout: layout) }
    package func with(element: ElementType) -> TensorType { TensorType(element, shape, layout: layout) }
    package func with(shape: [Int]) -> TensorType { TensorType(element, shape, layout: layout) }
}

extension TensorType: CustomStringConvertible {
    /// `f32[1,8,48,80]`, followed by `@nhwc` when stored channels-last.
    package var description: String {
        "\(element.name)[\(shape.map(String.init).joined(separator: ","))]" + (layout == .channelsLast ? "@nhwc" : "")
    }
}

extension TensorType: CanonicalCodable {
    package func encode(into encoder: inout CanonicalEncoder) {
        encoder.append(element)
        encoder.append(shape)
        encoder.append(layout.rawValue)
    }

    package init(from decoder: inout CanonicalDecoder) throws(CanonicalDecodingError) {
        let element = try ElementType(from: &decoder)
        let shape = try decoder.array(of: Int.self)
        guard let layout = Layout(rawValue: try decoder.uint8()) else {
            throw .invalid("layout", at: decoder.position - 1)
        }
        self.init(element, shape, layout: layout)
    }
}
