import Basics
import KernelCodegen
import TensorIR

/// Some dimensions of the operand become one value: its file gives the combination, its lane form and its captured names.
package protocol ReductionOperator: RowOperator, RootOperator, CompositeOperator {
    init(dimensions: [Int], keepsDimensions: Bool)

    /// The reduced dimensions, ascending.
    var dimensions: [Int] { get }
    /// Reduced dimensions stay with size 1.
    var keepsDimensions: Bool { get }

    /// What the machine accumulates along rows and columns.
    static var accumulation: ColumnReduction.Operation { get }

    /// The result's element type for an operand's.
    static func element(_ operand: ElementType) throws(OperatorError) -> ElementType

    /// The reference for the values that become one, of which there is at least one.
    func reduce(_ values: [Double]) -> Double

    /// A number that, among the values that become one, changes nothing; nil when there is none.
    static var neutral: CountedUse.Padding? { get }

    /// What is left to do with the accumulated value of `count` elements.
    func finish(_ program: inout LaneBuilder, _ value: LaneValue, count: Int) -> LaneValue
}

extension ReductionOperator {
    package init(_ reader: inout AttributeReader) throws(OperatorError) {
        self.init(dimensions: try reader.ints("dimensions"), keepsDimensions: try reader.bool("keep"))
    }

    package var attributes: Attributes { ["dimensions": .ints(dimensions), "keep": .bool(keepsDimensions)] }

    package func resultTypes(_ operands: [TensorType]) throws(OperatorError) -> [TensorType] {
        let operand = try operands.only()
        guard !dimensions.isEmpty, dimensions == dimensions.sorted(), Set(dimensions).count == dimensions.count,
            dimensions.allSatisfy({ operand.shape.indices.contains($0) }), operand.elementCount > 0
        else { throw OperatorError("reduction of dimensions \(dimensions) of \(operand)") }
        let shape = operand.shape.indices.compactMap { dimensions.contains($0) ? (keepsDimensions ? 1 : nil) : operand.shape[$0] }
        return [TensorType(try Self.element(operand.element), shape)]
    }

    package func evaluate(_ operands: [Tensor]) throws(OperatorError) -> [Tensor] {
        let type = try resultTypes(operands.map(\.type))[0]
        let groups = ReductionRows(operands[0].type.shape, dimensions).rows(of: operands[0].doubles)
        return [Tensor(type, doubles: groups.map(reduce))]
    }

    package func countedUse(of dimension: Int, ofOperand operand: Int, _ types: [TensorType]) -> CountedUse {
        guard dimensions.contains(dimension) else {
            return .inStep(keepsDimensions ? dimension : dimension - dimensions.count { $0 < dimension })
        }
        return Self.neutral.map { .filled($0, result: nil) } ?? (self is any CountedForm ? .rewritten : .mixed)
    }
}

extension ReductionOperator {
    /// Dimensions that are no neighbours one run after the other, from behind: the machine walks rows or columns, not both.
    package func expand(into graph: inout Graph, _ operands: [ValueID]) throws(OperatorError) -> [ValueID]? {
        let type = graph.type(operands[0])
        let long = dimensions.filter { type.shape[$0] != 1 }
        let start = long.indices.dropFirst().last { index in
            (long[index - 1] + 1..<long[index]).contains { type.shape[$0] != 1 }
        }
        guard let start else { return nil }
        let behind = try graph.emit(Self(dimensions: Array(long[start...]), keepsDimensions: true), operands)
        let rest = dimensions.filter { !long[start...].contains($0) }
        let all = try graph.emit(Self(dimensions: rest, keepsDimensions: true), [behind])
        return [keepsDimensions ? all : try graph.emit(Reshape(shape: try resultTypes([type])[0].shape), [all])]
    }

    package func rowDimensions(_ operands: [TensorType]) -> [Int] { dimensions }

    package func rows(
        _ program: inout LaneBuilder, _ operands: [LaneValue], _ types: [TensorType]
    ) throws(OperatorError) -> LaneValue {
        let accumulated: LaneStep.Reduction =
            switch Self.accumulation {
            case .sum: .sum
            case .maximum: .maximum
            case .minimum: .minimum
            }
        return finish(&program, program.rowReduce(accumulated, operands[0]), count: count(types[0].shape))
    }

    /// How many elements become one.
    package func count(_ shape: [Int]) -> Int { dimensions.map { shape[$0] }.reduce(1, *) }

    package func lanes(_ program: inout LaneBuilder, ofRoot root: LaneValue, _ types: [TensorType]) -> LaneValue {
        finish(&program, root, count: count(types[0].shape))
    }

    /// Reduction along columns: the reduced dimensions are walked by one stride, and neighbours in memory are kept apart.
    package func root(_ operands: [StridedView], _ types: [TensorType], _ result: TensorType) throws(OperatorError) -> RootLowering? {
        let view = operands[0]
        let kept = view.shape.indices.filter { !dimensions.contains($0) }
        let rows = view.permuted(dimensions).mergedDimensions()
        let outer = view.permuted(kept).mergedDimensions()
        guard rows.count <= 1, let columns = outer.last, columns.stride == 1, outer.count <= 2 else { return nil }
        var root = ColumnReduction(Self.accumulation)
        (root.inputOffset, root.columns) = (view.offset, columns.size)
        if let row = rows.first { (root.rows, root.inputRowStride) = (row.size, row.stride) }
        if outer.count == 2 { (root.batch, root.inputBatchStride) = (outer[0].size, outer[0].stride) }
        return RootLowering(.columnReduction(root), split: [root.batch, root.columns])
    }
}

/// A tensor as rows: the kept dimensions outside, the reduced ones inside.
package struct ReductionRows {
    private let view: StridedView
    private let count: Int

    package init(_ shape: [Int], _ dimensions: [Int]) {
        let kept = shape.indices.filter { !dimensions.contains($0) }
        view = StridedView(shape: shape, strides: ShapeArithmetic.strides(shape)).permuted(kept + dimensions)
        count = dimensions.map { shape[$0] }.reduce(1, *)
    }

    /// The elements of each row, rows in row-major order of the kept dimensions.
    package func rows(of elements: [Double]) -> [[Double]] {
        let sorted = view.gather(elements)
        return stride(from: 0, to: sorted.count, by: max(count, 1)).map { Array(sorted[$0..<$0 + count]) }
    }
}

extension ImportRule {
    /// `aten.<name>.dim(self, dim, keepdim, dtype)` and the like; without a list of dimensions everything is reduced.
    package static func reduction<Operation: ReductionOperator>(_ operation: Operation.Type, _ targets: String...) -> ImportRule {
        ImportRule(targets, isAsWritten: true) { (call: inout ImportCall) throws(OperatorError) in
            let operand = try call.cast(try call.tensor("self"), to: try call.optionalElementType("dtype"))
            let keeps = try call.bool("keepdim", default: false)
            let dimensions = try call.dimensions("dim", of: operand)
            let type = call.type(operand)
            guard type.rank > 0 else { return [try call.cast(operand, to: try Operation.element(type.element))] }
            return [try call.emit(Operation(dimensions: dimensions, keepsDimensions: keeps), [operand])]
        }
    }
}
