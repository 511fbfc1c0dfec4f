import Basics
import KernelCodegen
import Operators
import TensorIR

/// One kernel being made: its root, its lane program so far, and its operands.
struct KernelLowering {
    private var root: RootComputation
    private var domain: LaneDomain
    private var program = LaneBuilder()
    private var operands: [KernelOperand] = []
    private var references: [SubgraphPlace] = []
    /// The operand number of a place that lanes read.
    private var numbers: [SubgraphPlace: Int] = [:]
    /// The value that the last node of the kernel makes.
    private var value: ValueID
    /// What the kernel has made so far, as lanes; nothing in a copy.
    private var made: [ValueID: LaneValue] = [:]
    /// A row reduction gives one element per row.
    private var isPerRow = false

    init(_ anchor: Node, _ lowering: inout SubgraphLowering) throws(LoweringError) {
        value = anchor.results[0]
        domain = LaneDomain(elements: lowering.graph.type(value))
        root = .lanes(dimensions: domain.dimensions)
        let operation = try Self.operation(anchor, lowering)
        if let copy = operation as? any CopyOperator {
            try lowerCopy(anchor, &lowering) { copy.boxes($0, $1) }
        } else if let lookup = operation as? any LookupOperator {
            try lowerCopy(anchor, dense: type(of: lookup).indices, &lowering) { lookup.boxes($0, $1) }
        } else if let whole = operation as? any WholeOperator {
            try lowerWhole(anchor, whole, &lowering)
        } else if anchor.operation == Relayout.name {
            let type = lowering.graph.type(value)
            lowering.place(value, at: try lowering.dense(try lowering.place(anchor.operands[0]), type))
        } else if let operation = operation as? any RootOperator, try lowerRoot(anchor, operation, &lowering) {
            return
        } else if let row = operation as? any RowOperator {
            try lowerRows(anchor, row, &lowering)
        } else if let pointwise = operation as? any PointwiseOperator {
            made[value] = try lane(of: anchor, pointwise, &lowering)
        } else {
            throw LoweringError("\(anchor.operation) starts no kernel")
        }
    }

    /// Adds an element-wise node.
    mutating func follow(_ node: Node, _ lowering: inout SubgraphLowering) throws(LoweringError) {
        guard let pointwise = try Self.operation(node, lowering) as? any PointwiseOperator, !made.isEmpty else {
            throw LoweringError("\(node.operation) cannot follow in a kernel")
        }
        value = node.results[0]
        made[value] = try lane(of: node, pointwise, &lowering)
    }

    /// Writes the kernel's value into a local.
    mutating func finish(_ lowering: inout SubgraphLowering) throws(LoweringError) {
        guard let lanes = made[value] else { return }
        if let (type, view) = lowering.permutedOutput(of: value), !isPerRow, let access = domain.access(view) {
            return append(lanes, access, type, view, &lowering)
        }
        let type = lowering.graph.type(value)
        let view = StridedView(type)
        guard let access = isPerRow ? perRow(view) : domain.access(view) else {
            throw LoweringError("the result has no strides over the domain")
        }
        append(lanes, access, type, view, &lowering)
    }

    /// Adds the kernel that writes its value into a local of `type`, where its elements lie as `view` says.
    private mutating func append(
        _ lanes: LaneValue, _ access: LaneAccess, _ type: TensorType, _ view: StridedView, _ lowering: inout SubgraphLowering
    ) {
        program.output(lanes, to: operands.count, access)
        operands.append(KernelOperand(.result, type.element, type.storedShape))
        let local = lowering.addLocal(type)
        lowering.append(
            .kernel(KernelRequest(operands: operands, root: root, program: program.program), operands: references, results: [local]))
        lowering.place(value, at: SubgraphLowering.Place(SubgraphPlace(.local(local)), type, view))
    }

    private static func operation(_ node: Node, _ lowering: SubgraphLowering) throws(LoweringError) -> any Operator {
        do { return try lowering.operators.operation(node) } catch { throw LoweringError(error) }
    }

    /// One element per row: the result's dimensions are the domain's without the columns.
    private func perRow(_ view: StridedView) -> LaneAccess? {
        view.reshaped(to: Array(domain.dimensions.dropLast())).map { LaneAccess(offset: $0.offset, strides: $0.strides + [0]) }
    }
}

// Anchors.
extension KernelLowering {
    /// False when the operator has no root for these operands even after they were moved.
    private mutating func lowerRoot(
        _ node: Node, _ operation: any RootOperator, _ lowering: inout SubgraphLowering
    ) throws(LoweringError) -> Bool {
        let type = lowering.graph.type(value)
        let types = node.operands.map { lowering.graph.type($0) }
        var places = try lowering.places(node)
        var found = try Self.root(operation, places, types, type)
        if found == nil {
            places = try lowering.dense(places, of: node)
            found = try Self.root(operation, places, types, type)
        }
        guard let found else { return false }
        root = found.computation
        domain = LaneDomain(found)
        for place in places {
            operands.append(lowering.kernelOperand(place))
            references.append(place.base)
        }
        made[value] = operation.lanes(&program, ofRoot: program.root(), types)
        return true
    }

    private static func root(
        _ operation: any RootOperator, _ places: [SubgraphLowering.Place], _ types: [TensorType], _ type: TensorType
    ) throws(LoweringError) -> RootLowering? {
        do { return try operation.root(places.map(\.view), types, type) } catch { throw LoweringError(error) }
    }

    private mutating func lowerRows(
        _ node: Node, _ operation: any RowOperator, _ lowering: inout SubgraphLowering
    ) throws(LoweringError) {
        let types = node.operands.map { lowering.graph.type($0) }
        let rowMajor = types.map { $0.with(layout: .rowMajor) }
        domain = LaneDomain(rows: types[0], along: operation.rowDimensions(rowMajor))
        root = .lanes(dimensions: domain.dimensions)
        isPerRow = lowering.graph.type(value).elementCount != types[0].elementCount
        var values: [LaneValue] = []
        for operand in node.operands { values.append(try lane(operand, shape: types[0].shape, &lowering)) }
        do { made[value] = try operation.rows(&program, values, rowMajor) } catch { throw LoweringError(error) }
    }

    /// What an element-wise node makes: of values that the kernel has made, and of others that are read.
    private mutating func lane(
        of node: Node, _ operation: any PointwiseOperator, _ lowering: inout SubgraphLowering
    ) throws(LoweringError) -> LaneValue {
        let shape = lowering.graph.type(node.results[0]).shape
        var values: [LaneValue] = []
        for operand in node.operands {
            if let known = made[operand] {
                values.append(known)
            } else if let same = node.operands.firstIndex(of: operand), same < values.count {
                // A square reads, and where need be moves, its operand once.
                values.append(values[same])
            } else {
                values.append(try lane(operand, shape: shape, &lowering))
            }
        }
        do { return try operation.lanes(&program, values) } catch { throw LoweringError(error) }
    }

    /// - Parameter dense: an operand whose elements have to follow one another.
    private mutating func lowerCopy(
        _ node: Node, dense: Int? = nil, _ lowering: inout SubgraphLowering, boxes: ([StridedView], StridedView) -> [CopyBox]?
    ) throws(LoweringError) {
        let type = lowering.graph.type(value)
        var places = try lowering.places(node)
        if let dense { places[dense] = try lowering.dense(places[dense], lowering.graph.type(node.operands[dense])) }
        var moves = boxes(places.map(\.view), StridedView(type))
        if moves == nil {
            places = try lowering.dense(places, of: node)
            moves = boxes(places.map(\.view), StridedView(type))
        }
        guard let moves else { throw LoweringError("\(node.operation) has no boxes") }
        let pieces = moves.map { box in
            var piece =
                switch box.source {
                case .operand(let number, let view): CopyPiece(.operand(number), from: view, to: box.place, integers: box.integers)
                case .number(let number): CopyPiece(.fill(bits: Self.bits(number, type.element)), from: box.place, to: box.place)
                }
            piece.lookup = box.lookup
            return piece
        }
        let local = lowering.appendKernel(.copy(StridedCopy(result: places.count, pieces: pieces)), places, type)
        lowering.place(value, inLocal: local)
    }

    private mutating func lowerWhole(
        _ node: Node, _ operation: any WholeOperator, _ lowering: inout SubgraphLowering
    ) throws(LoweringError) {
        let type = lowering.graph.type(value)
        let types = node.operands.map { lowering.graph.type($0) }
        guard let root = operation.root(types, type) else { throw LoweringError("\(node.operation) has no root") }
        let places = try lowering.dense(try lowering.places(node), of: node)
        lowering.place(value, inLocal: lowering.appendKernel(root, places, type))
    }

    /// The bits of a number in an element type of at most four bytes.
    private static func bits(_ number: Double, _ element: ElementType) -> UInt32 {
        let tensor = Tensor(TensorType(element, [1]), doubles: [number])
        return withExtendedLifetime(tensor.storage) {
            tensor.storage.bytes.reversed().reduce(0) { $0 << 8 | UInt32($1) }
        }
    }
}

// Lanes that read operands.
extension KernelLowering {
    /// A value stretched to `shape`, as lanes: a number, or an operand read by strides, moved first where strides do not do.
    private mutating func lane(
        _ value: ValueID, shape: [Int], _ lowering: inout SubgraphLowering
    ) throws(LoweringError) -> LaneValue {
        if let number = try lowering.number(value) { return program.immediate(Float(number)) }
        var place = try lowering.place(value)
        if let access = access(place, shape) { return operand(place, access, lowering) }
        let type = lowering.graph.type(value)
        for layout in Layout.allCases {
            if lowering.isConstant[value.index] {
                place = try lowering.constant(value, layout: layout)
            } else if access(StridedView(type.with(layout: layout)), shape) != nil {
                place = try lowering.dense(place, type.with(layout: layout))
            }
            if let access = access(place, shape) { return operand(place, access, lowering) }
        }
        // Broadcast along one of two dimensions that the domain joins (a mask for all heads under a batch of two dimensions): stretched in memory.
        for layout in Layout.allCases {
            let stretched = TensorType(type.element, shape).with(layout: layout)
            guard let access = access(StridedView(stretched), shape) else { continue }
            place.view = place.view.expanded(to: shape)
            return operand(try lowering.dense(place, stretched), access, lowering)
        }
        throw LoweringError("no strides read \(type) over the lanes of \(shape)")
    }

    private func access(_ place: SubgraphLowering.Place, _ shape: [Int]) -> LaneAccess? { access(place.view, shape) }

    private func access(_ view: StridedView, _ shape: [Int]) -> LaneAccess? { domain.access(view.expanded(to: shape)) }

    private mutating func operand(
        _ place: SubgraphLowering.Place, _ access: LaneAccess, _ lowering: SubgraphLowering
    ) -> LaneValue {
        let number: Int
        if let known = numbers[place.base], operands[known] == lowering.kernelOperand(place) {
            number = known
        } else {
            number = operands.count
            operands.append(lowering.kernelOperand(place))
            references.append(place.base)
            numbers[place.base] = number
        }
        return program.operand(number, access)
    }
}
