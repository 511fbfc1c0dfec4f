import Basics
import KernelCodegen
import TensorIR

/// Why operands or attributes do not fit an operator: text for a person, made where the rule stands.
package struct OperatorError: Error, Hashable, Sendable {
    package let message: String

    package init(_ message: String) {
        self.message = message
    }
}

/// What programs call: captured names, and named cases. It is an operation of the graph (`Operator`), or written with others as it is imported
/// (`DecomposedOperator`).
package protocol CapturedOperator: Sendable {
    /// The name in graph text, `[a-z0-9_]+`.
    static var name: String { get }

    /// The captured forms, one rule for each group of ATen overloads that map their arguments alike.
    static var imports: [ImportRule] { get }

    /// Named cases, each run through import, types, reference against PyTorch, lowering, simulation and text round trip.
    static var examples: [OperatorExample] { get }

    /// Whether it is a `ViewOperator`, a `CountingOperator`, a `CompositeOperator`, an `Operator`: what is asked of every operator, or of every node. To find by
    /// a cast that a type does not conform, the runtime looks through all conformances there are.
    static var isView: Bool { get }
    static var isCounting: Bool { get }
    static var isComposite: Bool { get }
    static var operation: (any Operator.Type)? { get }
}

extension CapturedOperator {
    package static var isView: Bool { false }
    package static var isCounting: Bool { false }
    package static var isComposite: Bool { false }
    package static var operation: (any Operator.Type)? { nil }
}

extension Operator {
    package static var operation: (any Operator.Type)? { Self.self }
}

/// Means the same as other operators, which stand for it in the graph from the beginning: an import rule and its examples, no node of its own.
package protocol DecomposedOperator: CapturedOperator {}

/// An operation of the graph: what it means, how it is captured, what its result looks like, and how it reaches the machine.
///
/// One operator is one file: a struct whose stored properties are the attributes, with the conformances that apply. Everything else (import, type
/// checks, the operator reference, the fuzzer's seeds) follows from it and from one line in `OperatorSet.swift`.
package protocol Operator: CapturedOperator {
    /// Reads the attributes of a node; an attribute that is absent, of the wrong kind or left over is an error.
    init(_ reader: inout AttributeReader) throws(OperatorError)

    /// The attributes as a node holds them.
    var attributes: Attributes { get }

    /// The shape rule: types of the results, row-major; layouts are assigned later.
    func resultTypes(_ operands: [TensorType]) throws(OperatorError) -> [TensorType]

    /// The reference: slow, obvious, in double precision where the definition is real-valued, rounded once to the result's type.
    /// Operands and results are row-major. Deterministic: the same bits on every machine.
    func evaluate(_ operands: [Tensor]) throws(OperatorError) -> [Tensor]

    /// What it means that `dimension` of an operand is counted (`CountedDimensions`); `.mixed` unless the operator says more.
    func countedUse(of dimension: Int, ofOperand operand: Int, _ types: [TensorType]) -> CountedUse
}

/// Computes each result element from the operand elements at the same place after broadcasting: can join any kernel that makes its operand.
package protocol PointwiseOperator: Operator {
    /// Appends the computation of one lane. `operands` are in the node's order.
    func lanes(_ program: inout LaneBuilder, _ operands: [LaneValue]) throws(OperatorError) -> LaneValue
}

/// Works on whole rows (softmax, layer norm, sums along a row): a kernel of its own, element-wise operators may join it.
package protocol RowOperator: Operator {
    /// The dimensions of operand 0 that make a row, ascending. They have to be innermost and dense in storage.
    func rowDimensions(_ operands: [TensorType]) -> [Int]

    /// The same along other dimensions, so that rows that are not innermost can be moved there; nil when the dimensions are fixed.
    func along(_ dimensions: [Int]) -> Self?

    /// Appends the computation of one row; reductions along the row are lane steps. Operands are stretched to operand 0's shape. The result has that
    /// shape too, or one element per row.
    func rows(_ program: inout LaneBuilder, _ operands: [LaneValue], _ types: [TensorType]) throws(OperatorError) -> LaneValue
}

extension RowOperator {
    package func along(_ dimensions: [Int]) -> Self? { nil }
}

/// Starts a kernel that is more than lanes: contraction, window, reduction along columns, resize, attention.
package protocol RootOperator: Operator {
    /// Whether operand 0 and the result have to be stored channels-last.
    static var isChannelsLast: Bool { get }

    /// The root computation for operands of `types` whose elements lie as the views say; nil when the machine has no form for these attributes or strides.
    func root(_ operands: [StridedView], _ types: [TensorType], _ result: TensorType) throws(OperatorError) -> RootLowering?

    /// What lanes still have to do with an element of the root's result: a mean divides its sum.
    func lanes(_ program: inout LaneBuilder, ofRoot root: LaneValue, _ types: [TensorType]) -> LaneValue
}

extension RootOperator {
    package static var isChannelsLast: Bool { false }

    package func lanes(_ program: inout LaneBuilder, ofRoot root: LaneValue, _ types: [TensorType]) -> LaneValue { root }
}

/// Moves elements without changing them, more than a view can say (concatenation, padding).
package protocol CopyOperator: Operator {
    /// Boxes that together fill the result.
    func boxes(_ operands: [StridedView], _ result: StridedView) -> [CopyBox]
}

/// Moves whole slices, or single elements, without changing them, from or to places that the integers of operand 1 name when the program runs.
package protocol LookupOperator: Operator {
    /// Boxes that one after the other fill the result; nil when the machine has no form for these operands.
    func boxes(_ operands: [StridedView], _ result: StridedView) -> [CopyBox]?
}

extension LookupOperator {
    /// The operand that holds the integers, i32 or i64.
    package static var indices: Int { 1 }
}

/// A kernel of its own that nothing joins, over dense operands: a loop over time.
package protocol WholeOperator: Operator {
    /// The root computation for dense operands, numbered as the node's, with the result behind them; nil when the machine has no form for these types.
    func root(_ types: [TensorType], _ result: TensorType) -> RootComputation?
}

/// A box of elements on its way into a result; both views have one shape.
package struct CopyBox: Sendable {
    package enum Source: Sendable {
        case operand(Int, StridedView)
        case number(Double)
    }

    package let source: Source
    package let place: StridedView
    /// A dimension beside those of the views, whose places on one side are looked up.
    package let lookup: CopyLookup?

    /// Where the integers of the lookup stand, in the views' shape; nil when all places share them.
    package let integers: StridedView?

    package init(_ source: Source, _ place: StridedView, lookup: CopyLookup? = nil, integers: StridedView? = nil) {
        self.source = source
        self.place = place
        self.lookup = lookup
        self.integers = integers
    }

    /// Slices along `dimension` that the integers of operand `indices` pick: in a gather from the source, in a
    /// scatter from the place; the other view has one slice for each integer. nil when slices are no runs, or in so many rows that a kernel would be
    /// nothing but code.
    init?(slices dimension: Int, of operand: Int, _ source: StridedView, to place: StridedView, at integers: StridedView, scatters: Bool) {
        guard source.shape[..<dimension].reduce(1, *) <= Self.largestRows, source.hasRuns(behind: dimension),
            place.hasRuns(behind: dimension)
        else { return nil }
        let lookup = CopyLookup(
            indices: 1, count: (scatters ? source : place).shape[dimension],
            slices: (scatters ? place : source).shape[dimension], sourceStride: source.strides[dimension],
            resultStride: place.strides[dimension], scatters: scatters)
        self.init(.operand(operand, source.dropping(dimension)), place.dropping(dimension), lookup: lookup)
    }

    /// Single elements along `dimension`, one for each integer, which has the others' place: in a gather from the source, in a scatter from the place. The other
    /// view has the integers' shape. nil when elements that one instruction looks up are too far apart, or in so many rows that they are slower than the host.
    init?(elements dimension: Int, of operand: Int, _ source: StridedView, to place: StridedView, at integers: StridedView, scatters: Bool)
    {
        let shape = integers.shape
        // The last dimension's integers follow one another: one instruction.
        let run = shape.indices.last { shape[$0] != 1 } ?? dimension
        let (named, other) = scatters ? (place, source) : (source, place)
        let advance = run == dimension ? 0 : named.strides[run]
        let rows = shape.indices.filter { $0 != run }
        guard (0...Self.largestAdvance).contains(advance), rows.map({ shape[$0] }).reduce(1, *) <= Self.largestRows else { return nil }
        func walked(_ view: StridedView, isNamed: Bool) -> StridedView {
            var walked = view
            walked.shape = rows.map { shape[$0] }
            walked.strides = rows.map { isNamed && $0 == dimension ? 0 : view.strides[$0] }
            return walked
        }
        let lookup = CopyLookup(
            indices: 1, count: shape[run], slices: named.shape[dimension],
            sourceStride: scatters ? other.strides[run] : named.strides[dimension],
            resultStride: scatters ? named.strides[dimension] : other.strides[run], advance: advance, scatters: scatters)
        self.init(
            .operand(operand, walked(source, isNamed: !scatters)), walked(place, isNamed: scatters), lookup: lookup,
            integers: walked(integers, isNamed: false))
    }

    private static let largestRows = 2048
    /// Elements of 8 bytes.
    private static let largestAdvance = CopyLookup.largestAdvanceBytes / 8
}

extension StridedView {
    /// Whether elements behind a dimension follow one another at least along the last dimension of more than one.
    fileprivate func hasRuns(behind dimension: Int) -> Bool {
        shape.indices.last { $0 > dimension && shape[$0] != 1 }.map { strides[$0] == 1 } ?? true
    }

    /// The view without a dimension, at its first place.
    fileprivate func dropping(_ dimension: Int) -> StridedView {
        var view = self
        view.shape.remove(at: dimension)
        view.strides.remove(at: dimension)
        return view
    }
}

/// A root computation, and how the operator's result lies over its domain.
package struct RootLowering: Hashable, Sendable {
    /// Operand numbers are positions among the node's operands.
    package var computation: RootComputation
    /// The result's dimensions, cut into finer ones (or joined)…
    package var split: [Int]
    /// … and put into the order of the domain: domain dimension i is `split[order[i]]`.
    package var order: [Int]

    package init(_ computation: RootComputation, split: [Int], order: [Int]? = nil) {
        self.computation = computation
        self.split = split
        self.order = order ?? Array(split.indices)
    }

    /// Where the elements of the domain lie, given where those of a tensor of the result's shape lie; nil when no strides say so.
    package func domainView(_ view: StridedView) -> StridedView? {
        view.reshaped(to: split)?.permuted(order)
    }
}

/// Means the same as a few simpler operations: rewritten early, one level at a time (batch norm, adaptive pooling).
package protocol CompositeOperator: Operator {
    /// Appends the replacement and returns the values that stand for the node's results; nil when these attributes have none.
    func expand(into graph: inout Graph, _ operands: [ValueID]) throws(OperatorError) -> [ValueID]?
}

extension CompositeOperator {
    package static var isComposite: Bool { true }
}

/// Only says where the same elements are found (reshape, permutation, slice): costs nothing when its users can read them there, else becomes a copy.
package protocol ViewOperator: Operator {
    /// Where the elements of each result lie, given where those of operand 0 lie; nil when no strides say so.
    func views(_ operand: StridedView) -> [StridedView?]
}

extension ViewOperator {
    package static var isView: Bool { true }

    /// The reference: gathers the elements that the view of a row-major operand names. Operators whose view may be missing have their own.
    package func evaluate(_ operands: [Tensor]) throws(OperatorError) -> [Tensor] {
        let types = try resultTypes(operands.map(\.type))
        var results: [Tensor] = []
        for (type, view) in zip(types, views(StridedView(operands[0].type))) {
            guard let view else { throw OperatorError("\(Self.name) of \(operands[0].type) has no view") }
            results.append(operands[0].gathered(view, type))
        }
        return results
    }
}

extension Tensor {
    /// The elements that a view into this tensor names, as a tensor of the view's shape.
    package func gathered(_ view: StridedView, _ type: TensorType) -> Tensor {
        withExtendedLifetime(storage) { regathered(view, type) }
    }

    private func regathered(_ view: StridedView, _ type: TensorType) -> Tensor {
        switch type.element.sizeBytes {
        case 1: regathered(view, type, as: UInt8.self)
        case 2: regathered(view, type, as: UInt16.self)
        case 4: regathered(view, type, as: UInt32.self)
        default: regathered(view, type, as: UInt64.self)
        }
    }

    private func regathered<Word: BitwiseCopyable>(_ view: StridedView, _ type: TensorType, as word: Word.Type) -> Tensor {
        defer { withExtendedLifetime(storage) {} }
        let source = storage.bytes
        let size = MemoryLayout<Word>.size
        return Tensor(
            type,
            storage: ByteStorage(count: type.sizeBytes) { buffer in
                var position = 0
                ShapeArithmetic.forEachRow(view.shape, strides: view.strides, offset: view.offset) { start, count, stride in
                    for index in 0..<count {
                        let element = source.loadUnaligned(fromByteOffset: (start + index * stride) * size, as: Word.self)
                        buffer.storeBytes(of: element, toByteOffset: position, as: Word.self)
                        position += size
                    }
                }
            })
    }
}

/// The attributes of a node, taken one by one by an operator's initialiser.
package struct AttributeReader {
    private var rest: Attributes

    package init(_ attributes: Attributes) {
        rest = attributes
    }

    private mutating func take(_ name: String) throws(OperatorError) -> AttributeValue {
        guard let value = rest[name] else { throw OperatorError("attribute \(name) is missing") }
        rest[name] = nil
        return value
    }

    package mutating func int(_ name: String) throws(OperatorError) -> Int {
        guard case .int(let value) = try take(name) else { throw OperatorError("attribute \(name) is not an integer") }
        return value
    }

    package mutating func ints(_ name: String) throws(OperatorError) -> [Int] {
        guard case .ints(let values) = try take(name) else { throw OperatorError("attribute \(name) is not a list of integers") }
        return values
    }

    package mutating func double(_ name: String) throws(OperatorError) -> Double {
        guard case .float(let value) = try take(name) else { throw OperatorError("attribute \(name) is not a float") }
        return value
    }

    package mutating func doubles(_ name: String) throws(OperatorError) -> [Double] {
        guard case .floats(let values) = try take(name) else { throw OperatorError("attribute \(name) is not a list of floats") }
        return values
    }

    package mutating func bool(_ name: String) throws(OperatorError) -> Bool {
        guard case .bool(let value) = try take(name) else { throw OperatorError("attribute \(name) is not a boolean") }
        return value
    }

    package mutating func string(_ name: String) throws(OperatorError) -> String {
        guard case .string(let value) = try take(name) else { throw OperatorError("attribute \(name) is not a text") }
        return value
    }

    /// One of the names that a type has.
    package mutating func choice<Choice: RawRepresentable>(_ name: String) throws(OperatorError) -> Choice where Choice.RawValue == String {
        let text = try string(name)
        guard let choice = Choice(rawValue: text) else { throw OperatorError("attribute \(name) cannot be '\(text)'") }
        return choice
    }

    package mutating func elementType(_ name: String) throws(OperatorError) -> ElementType {
        guard case .elementType(let value) = try take(name) else { throw OperatorError("attribute \(name) is not an element type") }
        return value
    }

    /// Nil when the attribute is absent.
    package mutating func optionalDouble(_ name: String) throws(OperatorError) -> Double? {
        rest[name] == nil ? nil : try double(name)
    }

    /// Nil when the attribute is absent.
    package mutating func optionalInt(_ name: String) throws(OperatorError) -> Int? {
        rest[name] == nil ? nil : try int(name)
    }

    /// Nil when the attribute is absent.
    package mutating func optionalBool(_ name: String) throws(OperatorError) -> Bool? {
        rest[name] == nil ? nil : try bool(name)
    }

    /// Fails when an attribute has not been taken.
    package func finish() throws(OperatorError) {
        if let left = rest.entries.first { throw OperatorError("unknown attribute \(left.name)") }
    }
}
