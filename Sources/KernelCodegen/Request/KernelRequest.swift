import Basics

/// What a fused subgraph asks of code generation: operands, one root computation, and a lane program over the root's result.
///
/// A request is the whole key of a kernel, together with the target facts that were read: it holds structure alone (shapes, strides, element types, operations)
/// and never an address, a weight, a scale or a name. Operand numbers are positions in `operands`; the machine code names operands by the same numbers.
///
/// The lane program runs over the request's `domain`: the root's result as dimensions in stored order, the last one being the columns (lanes).
/// Operands and results of the program say by strides where the element of a domain index is found, so that broadcasts, slices and
/// head splits cost nothing.
package struct KernelRequest: Hashable, Sendable {
    package var operands: [KernelOperand]
    package var root: RootComputation
    /// The epilogue; for `.lanes` the kernel itself. A root that is whole has an empty one.
    package var program: LaneProgram

    package init(operands: [KernelOperand], root: RootComputation, program: LaneProgram = LaneProgram()) {
        self.operands = operands
        self.root = root
        self.program = program
    }

    /// The dimensions over which the lane program runs, outermost first; empty where the root is whole.
    package var domain: [Int] { root.domain }
}

/// One operand of a kernel: what the step binds to a place in memory.
package struct KernelOperand: Hashable, Sendable {
    package enum Kind: UInt8, Hashable, Sendable, CaseIterable {
        /// An activation that the kernel reads.
        case input
        /// Known when the program is linked: packed as code generation chooses (`KernelObject.Operand.packing`).
        case constant
        /// An activation that the kernel writes, every element exactly once.
        case result
    }

    package var kind: Kind
    package var element: ElementType
    /// As stored, outermost first; dense.
    package var dimensions: [Int]

    package init(_ kind: Kind, _ element: ElementType, _ dimensions: [Int]) {
        self.kind = kind
        self.element = element
        self.dimensions = dimensions
    }

    package var elementCount: Int { dimensions.reduce(1, *) }
    package var sizeBytes: Int { elementCount * element.sizeBytes }
}

/// What a kernel computes before its lane program.
package enum RootComputation: Hashable, Sendable {
    /// Convolution, linear, (batched) matrix product.
    case contraction(Contraction)
    /// Depthwise convolution and pooling.
    case window(WindowComputation)
    /// Nothing: the lane program reads its operands over a domain of these dimensions. Element-wise kernels, and row programs (softmax, layer norm).
    case lanes(dimensions: [Int])
    /// Sum or extreme over rows, per column.
    case columnReduction(ColumnReduction)
    /// Elements moved unchanged: permutations, layout changes, slices, concatenations, padding.
    case copy(StridedCopy)
    /// Interpolation between pixels.
    case resize(Resize)
    /// Two products with a softmax between them.
    case attention(AttentionComputation)
    /// Steps of a recurrent cell.
    case recurrence(Recurrence)

    /// Whether the root writes its result itself: the lane program is empty.
    package var isWhole: Bool {
        switch self {
        case .copy, .recurrence: true
        default: false
        }
    }

    /// The dimensions of the result as the lane program sees them.
    package var domain: [Int] {
        switch self {
        case .contraction(let contraction): contraction.domain
        case .window(let window): window.domain
        case .lanes(let dimensions): dimensions
        case .columnReduction(let reduction): reduction.domain
        case .copy, .recurrence: []
        case .resize(let resize): resize.domain
        case .attention(let attention): attention.domain
        }
    }
}

extension KernelOperand: CanonicalCodable {
    package func encode(into encoder: inout CanonicalEncoder) {
        encoder.append(kind.rawValue)
        encoder.append(element)
        encoder.append(dimensions)
    }

    package init(from decoder: inout CanonicalDecoder) throws(CanonicalDecodingError) {
        guard let kind = Kind(rawValue: try decoder.uint8()) else { throw .invalid("operand kind", at: decoder.position - 1) }
        self.init(kind, try ElementType(from: &decoder), try decoder.array(of: Int.self))
    }
}

extension RootComputation: CanonicalCodable {
    package func encode(into encoder: inout CanonicalEncoder) {
        switch self {
        case .contraction(let contraction):
            encoder.append(0 as UInt8)
            encoder.append(contraction)
        case .window(let window):
            encoder.append(1 as UInt8)
            encoder.append(window)
        case .lanes(let dimensions):
            encoder.append(2 as UInt8)
            encoder.append(dimensions)
        case .columnReduction(let reduction):
            encoder.append(3 as UInt8)
            encoder.append(reduction)
        case .copy(let copy):
            encoder.append(4 as UInt8)
            encoder.append(copy)
        case .resize(let resize):
            encoder.append(5 as UInt8)
            encoder.append(resize)
        case .attention(let attention):
            encoder.append(6 as UInt8)
            encoder.append(attention)
        case .recurrence(let recurrence):
            encoder.append(7 as UInt8)
            encoder.append(recurrence)
        }
    }

    package init(from decoder: inout CanonicalDecoder) throws(CanonicalDecodingError) {
        switch try decoder.uint8() {
        case 0: self = .contraction(try Contraction(from: &decoder))
        case 1: self = .window(try WindowComputation(from: &decoder))
        case 2: self = .lanes(dimensions: try decoder.array(of: Int.self))
        case 3: self = .columnReduction(try ColumnReduction(from: &decoder))
        case 4: self = .copy(try StridedCopy(from: &decoder))
        case 5: self = .resize(try Resize(from: &decoder))
        case 6: self = .attention(try AttentionComputation(from: &decoder))
        case 7: self = .recurrence(try Recurrence(from: &decoder))
        default: throw .invalid("root computation", at: decoder.position - 1)
        }
    }
}

extension KernelRequest: CanonicalCodable {
    package func encode(into encoder: inout CanonicalEncoder) {
        encoder.append(operands)
        encoder.append(root)
        encoder.append(program)
    }

    package init(from decoder: inout CanonicalDecoder) throws(CanonicalDecodingError) {
        self.init(
            operands: try decoder.array(of: KernelOperand.self), root: try RootComputation(from: &decoder),
            program: try LaneProgram(from: &decoder))
    }
}
