import Basics
import KernelCodegen
import Operators
import TensorIR

/// Why a region cannot be lowered: a contradiction between the partition and an operator, a fault of ours.
package struct LoweringError: Error, Hashable, Sendable {
    package let message: String

    init(_ message: String) { self.message = message }

    init(_ error: OperatorError) { message = error.message }
}

/// A region on its way to kernels: where each value's elements lie, and the steps, locals and recipes so far.
struct SubgraphLowering {
    /// Where a value's elements are: a view of a buffer or of a run inside one.
    struct Place {
        var base: SubgraphPlace
        /// The run's type, dense.
        var baseType: TensorType
        var view: StridedView

        init(_ base: SubgraphPlace, _ baseType: TensorType, _ view: StridedView) {
            self.base = base
            self.baseType = baseType
            self.view = view
        }

        /// The whole of a buffer.
        init(_ base: SubgraphOperand, _ type: TensorType) { self.init(SubgraphPlace(base), type, StridedView(type)) }

        /// The same elements, of a tensor of `type`, with the run as short as it can be where they follow one another in it.
        func narrowed(to type: TensorType) -> Place {
            guard type.elementCount < baseType.elementCount, let offset = view.contiguousOffset(as: type) else { return self }
            return Place(SubgraphPlace(base.base, offset: base.offset + offset), type, StridedView(type))
        }
    }

    let graph: Graph
    let operators: OperatorRegistry
    let isConstant: [Bool]
    private let producers: [NodeID?]
    private var places: [ValueID: Place] = [:]
    private var recipes: [RecipeKey: Int] = [:]
    private(set) var result = OptimisedSubgraph()

    private struct RecipeKey: Hashable {
        let value: ValueID
        let layout: Layout
    }

    init(_ graph: Graph, _ operators: OperatorRegistry) {
        self.graph = graph
        self.operators = operators
        isConstant = graph.constants()
        producers = graph.producers()
        for (index, input) in graph.inputs.enumerated() where !input.kind.isConstant {
            let type = graph.type(input.value)
            places[input.value] = Place(.input(index), type)
        }
    }

    /// The nodes that compute something at run time, in order: neither constants nor views.
    var computations: [Node] {
        graph.nodes.filter { node in
            !node.operands.allSatisfy { isConstant[$0.index] } && !isView(node)
        }
    }

    private func isView(_ node: Node) -> Bool {
        guard ViewNames.all.contains(node.operation) else { return false }
        return node.operation != Relayout.name || graph.type(node.operands[0]).storesLike(graph.type(node.results[0]))
    }

    mutating func append(_ step: SubgraphStep) { result.steps.append(step) }

    mutating func addLocal(_ type: TensorType) -> Int {
        result.locals.append(type)
        return result.locals.count - 1
    }

    /// States that a value is in a local of its own type.
    mutating func place(_ value: ValueID, inLocal local: Int) {
        places[value] = Place(.local(local), result.locals[local])
    }

    /// States where a value's elements are: a relayout moves nothing when they lie as asked for already.
    mutating func place(_ value: ValueID, at place: Place) { places[value] = place }

    /// Where a value's elements are, looking through views; a view that no strides express is moved into a buffer of its own first.
    mutating func place(_ value: ValueID) throws(LoweringError) -> Place {
        if let known = places[value] { return known }
        if isConstant[value.index] { return try constant(value, layout: .rowMajor) }
        guard let producer = producers[value.index] else { throw LoweringError("a value without a producer") }
        let node = graph[producer]
        let source = try place(node.operands[0])
        let index = node.results.firstIndex(of: value) ?? 0
        var place = source
        if node.operation == Relayout.name {
            place.view = source.view
        } else if let view = try views(node, source.view)[index] {
            place.view = view
        } else {
            let moved = try dense(source, graph.type(node.operands[0]).with(layout: .rowMajor))
            guard let view = try views(node, moved.view)[index] else { throw LoweringError("no view of a dense \(node.operation)") }
            place = Place(moved.base, moved.baseType, view)
        }
        place = place.narrowed(to: graph.type(value))
        places[value] = place
        return place
    }

    private func views(_ node: Node, _ operand: StridedView) throws(LoweringError) -> [StridedView?] {
        let operation: any Operator
        do { operation = try operators.operation(node) } catch { throw LoweringError(error) }
        guard let view = operation as? any ViewOperator else { throw LoweringError("\(node.operation) is no view") }
        return view.views(operand)
    }

    /// The elements of a place in a buffer of their own, stored as `type` says; a copy step unless they lie so already.
    mutating func dense(_ source: Place, _ type: TensorType) throws(LoweringError) -> Place {
        if source.view.contiguousOffset(as: type) == 0, source.baseType.elementCount == type.elementCount {
            return Place(source.base, type, StridedView(type))
        }
        return copied(source, type)
    }

    /// The elements of a place, moved into a buffer of their own.
    private mutating func copied(_ source: Place, _ type: TensorType) -> Place {
        // Without elements there is nothing to move.
        if type.elementCount == 0 { return Place(.local(addLocal(type)), type) }
        let copy = StridedCopy(result: 1, pieces: [CopyPiece(.operand(0), from: source.view, to: StridedView(type))])
        return Place(.local(appendKernel(.copy(copy), [source], type)), type)
    }

    /// Adds a kernel whose root writes the result, its last operand, into a local of `type`; gives the local.
    mutating func appendKernel(_ root: RootComputation, _ operands: [Place], _ type: TensorType) -> Int {
        let local = addLocal(type)
        let request = KernelRequest(
            operands: operands.map { kernelOperand($0) } + [KernelOperand(.result, type.element, type.storedShape)], root: root)
        append(.kernel(request, operands: operands.map(\.base), results: [local]))
        return local
    }

    /// Where a node's operands are.
    mutating func places(_ node: Node) throws(LoweringError) -> [Place] {
        var places: [Place] = []
        for operand in node.operands { places.append(try place(operand)) }
        return places
    }

    /// A node's operands, each dense in its own type.
    mutating func dense(_ places: [Place], of node: Node) throws(LoweringError) -> [Place] {
        var moved: [Place] = []
        for (place, operand) in zip(places, node.operands) { moved.append(try dense(place, graph.type(operand))) }
        return moved
    }

    func kernelOperand(_ place: Place) -> KernelOperand {
        var kind = KernelOperand.Kind.input
        if case .constant = place.base.base { kind = .constant }
        return KernelOperand(kind, place.baseType.element, place.baseType.storedShape)
    }

    /// Where the region's output is a permutation of the value: the output's type, and the value's elements in it.
    func permutedOutput(of value: ValueID) -> (type: TensorType, view: StridedView)? {
        guard let output = graph.outputs.first, let producer = producers[output.index], graph[producer].operands == [value],
            let permute = try? operators.operation(graph[producer]) as? Permute
        else { return nil }
        let type = graph.type(output)
        return (type, StridedView(type).permuted(permute.inverse))
    }

    // MARK: Constants

    /// The number that a constant of one element is, when its recipe reads nothing that is bound later.
    func number(_ value: ValueID) throws(LoweringError) -> Double? {
        guard isConstant[value.index], graph.type(value).elementCount == 1 else { return nil }
        let recipe = makeRecipe(value, layout: .rowMajor)
        guard recipe.inputs.allSatisfy({ $0 == nil }) else { return nil }
        do { return try evaluateRecipe(recipe, [], operators: operators).doubles.first } catch { throw LoweringError(error) }
    }

    /// A constant as an operand, stored in the given layout.
    mutating func constant(_ value: ValueID, layout: Layout) throws(LoweringError) -> Place {
        let type = graph.type(value).with(layout: .rowMajor)
        let key = RecipeKey(value: value, layout: type.rank < 3 ? .rowMajor : layout)
        let index: Int
        if let known = recipes[key] {
            index = known
        } else {
            index = result.recipes.count
            result.recipes.append(makeRecipe(value, layout: key.layout))
            recipes[key] = index
        }
        return Place(.constant(index), type.with(layout: key.layout))
    }

    /// The nodes that compute a constant as a graph of its own, in the order of their own structure. For channels-last the last node permutes.
    private func makeRecipe(_ value: ValueID, layout: Layout) -> Recipe {
        var recipe = Graph(name: "")
        var inputs: [Int?] = []
        var replacements: [ValueID: ValueID] = [:]
        func bring(_ value: ValueID) -> ValueID {
            if let known = replacements[value] { return known }
            if let producer = producers[value.index] {
                let node = graph[producer]
                let operands = node.operands.map { bring($0) }
                let types = node.results.map { graph.type($0).with(layout: .rowMajor) }
                for (old, new) in zip(node.results, recipe.append(node.operation, operands, node.attributes, types: types)) {
                    replacements[old] = new
                }
            } else if let index = graph.inputs.firstIndex(where: { $0.value == value }) {
                replacements[value] = recipe.addInput(graph.type(value), graph.inputs[index].kind)
                if case .constant(.literal) = graph.inputs[index].kind { inputs.append(nil) } else { inputs.append(index) }
            }
            return replacements[value] ?? value
        }
        var output = bring(value)
        if layout == .channelsLast {
            let type = recipe.type(output)
            let order = layout.storageOrder(rank: type.rank)
            output =
                recipe.append(
                    Permute.name, [output], Permute(dimensions: order).attributes, types: [type.with(shape: order.map { type.shape[$0] })])[
                    0]
        }
        recipe.outputs = [output]
        return Recipe(graph: recipe, inputs: inputs)
    }

    /// Constants have a buffer of their own when they leave the region: a state takes its content from one.
    mutating func addResult(_ value: ValueID) throws(LoweringError) {
        let type = graph.type(value)
        let place = try place(value)
        if isConstant[value.index] {
            result.results.append(copied(place, type).base)
        } else {
            result.results.append(try run(of: place, type))
        }
    }

    /// A place's elements as a run inside a buffer: where they are, or moved.
    mutating func run(of place: Place, _ type: TensorType) throws(LoweringError) -> SubgraphPlace {
        if let offset = place.view.contiguousOffset(as: type) {
            return SubgraphPlace(place.base.base, offset: place.base.offset + offset)
        }
        return try dense(place, type).base
    }
}

extension CopyPiece {
    /// Every element of one view to the same place of another of equal shape. Dimensions of one element are left out.
    init(_ source: Source, from: StridedView, to: StridedView, integers: StridedView? = nil) {
        let dimensions = from.shape.indices.filter { from.shape[$0] != 1 }.map {
            CopyDimension(
                count: from.shape[$0], sourceStride: from.strides[$0], resultStride: to.strides[$0], indexStride: integers?.strides[$0] ?? 0
            )
        }
        self.init(source, sourceOffset: from.offset, resultOffset: to.offset, dimensions: dimensions)
    }
}
