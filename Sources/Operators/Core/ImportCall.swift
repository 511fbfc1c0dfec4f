import Basics
import TensorIR

/// One captured call on its way into the graph: arguments by name, each taken once, and the graph that receives the nodes.
///
///     ImportRule(["aten.softmax.int"]) { call throws(OperatorError) in
///         let input = try call.tensor("self")
///         return [try call.emit(Softmax(dimension: try call.dimension("dim", of: input)), [input])]
///     }
///
/// An argument that a rule neither takes nor ignores is an error when the rule has finished: nothing is dropped silently.
package struct ImportCall {
    /// The overload without `torch.ops.` in front.
    package let target: String
    package var graph: Graph
    private var arguments: [(name: String, value: ImportArgument)]

    package init(_ target: String, _ arguments: [(name: String, value: ImportArgument)], graph: Graph) {
        self.target = target
        self.arguments = arguments
        self.graph = graph
    }

    /// Runs a rule on a call and gives back the results, checking that every argument was understood. On an error `graph` may have more nodes,
    /// which nothing reads.
    package static func apply(
        _ rule: ImportRule, _ target: String, _ arguments: [(name: String, value: ImportArgument)], to graph: inout Graph
    ) throws(OperatorError) -> [ValueID?] {
        let target = rule.original(target)
        if let results = try ComplexRules.apply(rule, target, arguments, to: &graph) { return results }
        return try applyAsWritten(rule, target, arguments, to: &graph)
    }

    /// The same without a look at the numbers that the arguments hold.
    static func applyAsWritten(
        _ rule: ImportRule, _ target: String, _ arguments: [(name: String, value: ImportArgument)], to graph: inout Graph
    ) throws(OperatorError) -> [ValueID?] {
        // Moved in and out again: with a copy every call would cost the whole graph.
        var call = ImportCall(target, arguments, graph: graph)
        graph = Graph(name: "")
        defer { graph = call.graph }
        let results = try rule.build(&call)
        if let left = call.arguments.first {
            throw OperatorError("argument '\(left.name)' (\(left.value.kind)) is not supported")
        }
        return results
    }

    /// The argument of that name, out of the list; nil when omitted or given as none.
    package mutating func take(_ name: String) -> ImportArgument? {
        guard let index = arguments.firstIndex(where: { $0.name == name }) else { return nil }
        let value = arguments.remove(at: index).value
        return value == .none ? nil : value
    }

    /// Whether an argument of that name is in the list: what overloads of one operator call differently.
    package func has(_ name: String) -> Bool { arguments.contains { $0.name == name } }

    /// Takes arguments that mean nothing for the machine: memory format, device, seeds of an operator that is not random here.
    package mutating func ignore(_ names: String...) {
        for name in names { _ = take(name) }
    }

    private func wrong(_ name: String, _ value: ImportArgument?, wanted: String) -> OperatorError {
        OperatorError("argument '\(name)' is \(value?.kind ?? "missing"), expected \(wanted)")
    }

    // MARK: Tensors

    package mutating func tensor(_ name: String) throws(OperatorError) -> ValueID {
        let value = take(name)
        guard case .value(let id)? = value else { throw wrong(name, value, wanted: "a tensor") }
        return id
    }

    package mutating func complex(_ name: String) throws(OperatorError) -> ComplexValue {
        let value = take(name)
        guard case .complex(let parts)? = value else { throw wrong(name, value, wanted: "a tensor of complex numbers") }
        return parts
    }

    /// A tensor that stays in the list.
    package func peek(_ name: String) throws(OperatorError) -> ValueID {
        let value = arguments.first { $0.name == name }?.value
        guard case .value(let id)? = value else { throw wrong(name, value, wanted: "a tensor") }
        return id
    }

    package mutating func optionalTensor(_ name: String) throws(OperatorError) -> ValueID? {
        guard let value = take(name) else { return nil }
        guard case .value(let id) = value else { throw wrong(name, value, wanted: "a tensor") }
        return id
    }

    /// A list in which every member is there.
    package mutating func tensors(_ name: String) throws(OperatorError) -> [ValueID] {
        let value = take(name)
        guard case .values(let ids)? = value, !ids.contains(nil) else { throw wrong(name, value, wanted: "a list of tensors") }
        return ids.compactMap { $0 }
    }

    /// A list whose members may be absent: the indices of `aten.index`.
    package mutating func optionalTensors(_ name: String) throws(OperatorError) -> [ValueID?] {
        let value = take(name)
        guard case .values(let ids)? = value else { throw wrong(name, value, wanted: "a list of tensors") }
        return ids
    }

    /// A tensor, or a number as a tensor of rank 0. As in PyTorch a number takes the element type of the other operand when that type's
    /// category holds it, else f32 for a float and i64 for an integer.
    package mutating func tensorOrScalar(_ name: String, with other: ValueID) throws(OperatorError) -> ValueID {
        try tensorOrScalar(take(name), name, with: other)
    }

    /// The same for an argument that has been taken.
    package mutating func tensorOrScalar(
        _ value: ImportArgument?, _ name: String, with other: ValueID
    ) throws(OperatorError) -> ValueID {
        let element = graph.type(other).element
        switch value {
        case .value(let id)?: return id
        case .bool(let flag)?: return literal(flag ? 1 : 0, .bool)
        case .int(let number)?: return element == .bool ? literal(number, .i64) : literal(number, element)
        case .float(let number)?: return literal(number, element.isFloatingPoint ? element : .f32)
        default: throw wrong(name, value, wanted: "a tensor or a number")
        }
    }

    // MARK: Numbers and texts

    package mutating func int(_ name: String, default standard: Int? = nil) throws(OperatorError) -> Int {
        guard let number = try optionalInt(name) ?? standard else { throw wrong(name, nil, wanted: "an integer") }
        return number
    }

    package mutating func optionalInt(_ name: String) throws(OperatorError) -> Int? {
        guard let value = take(name) else { return nil }
        guard case .int(let number) = value else { throw wrong(name, value, wanted: "an integer") }
        return number
    }

    /// A float; an integer is taken for one.
    package mutating func double(_ name: String, default standard: Double? = nil) throws(OperatorError) -> Double {
        guard let number = try optionalDouble(name) ?? standard else { throw wrong(name, nil, wanted: "a number") }
        return number
    }

    package mutating func optionalDouble(_ name: String) throws(OperatorError) -> Double? {
        switch take(name) {
        case nil: nil
        case .int(let number)?: Double(number)
        case .float(let number)?: number
        case .bool(let flag)?: flag ? 1 : 0
        case let other?: throw wrong(name, other, wanted: "a number")
        }
    }

    package mutating func bool(_ name: String, default standard: Bool? = nil) throws(OperatorError) -> Bool {
        switch take(name) ?? standard.map(ImportArgument.bool) {
        case .bool(let flag)?: return flag
        case let other: throw wrong(name, other, wanted: "a boolean")
        }
    }

    package mutating func string(_ name: String, default standard: String? = nil) throws(OperatorError) -> String {
        switch take(name) ?? standard.map(ImportArgument.string) {
        case .string(let text)?: return text
        case let other: throw wrong(name, other, wanted: "a text")
        }
    }

    package mutating func optionalElementType(_ name: String) throws(OperatorError) -> ElementType? {
        guard let value = take(name) else { return nil }
        guard case .elementType(let element) = value else { throw wrong(name, value, wanted: "an element type") }
        return element
    }

    // MARK: Lists

    /// A list of integers; a single integer is a list of one.
    package mutating func ints(_ name: String, default standard: [Int]? = nil) throws(OperatorError) -> [Int] {
        guard let numbers = try optionalInts(name) ?? standard else { throw wrong(name, nil, wanted: "a list of integers") }
        return numbers
    }

    package mutating func optionalInts(_ name: String) throws(OperatorError) -> [Int]? {
        switch take(name) {
        case nil: nil
        case .int(let number)?: [number]
        case .ints(let numbers)?: numbers
        case .values(let values)? where values.isEmpty: []
        case let other?: throw wrong(name, other, wanted: "a list of integers")
        }
    }

    package mutating func optionalDoubles(_ name: String) throws(OperatorError) -> [Double]? {
        switch take(name) {
        case nil: nil
        case .floats(let numbers)?: numbers
        case .ints(let numbers)?: numbers.map(Double.init)
        case let other?: throw wrong(name, other, wanted: "a list of floats")
        }
    }

    /// A list of `count` integers, one per spatial dimension; a single number stands for all of them, as in PyTorch.
    package mutating func spatial(_ name: String, _ count: Int, default standard: Int) throws(OperatorError) -> [Int] {
        let numbers = try optionalInts(name) ?? [standard]
        if numbers.count == 1 { return Array(repeating: numbers[0], count: count) }
        guard numbers.count == count else { throw OperatorError("argument '\(name)' has \(numbers.count) members, expected \(count)") }
        return numbers
    }

    // MARK: Dimensions

    /// A dimension of `value`, counted from the end when negative.
    package mutating func dimension(
        _ name: String, of value: ValueID, default standard: Int? = nil
    ) throws(OperatorError) -> Int {
        try normalised(try int(name, default: standard), rank: graph.type(value).rank)
    }

    /// Dimensions of `value`, sorted; an empty or absent list is all of them.
    package mutating func dimensions(_ name: String, of value: ValueID) throws(OperatorError) -> [Int] {
        let rank = graph.type(value).rank
        var found: [Int] = []
        for number in try optionalInts(name) ?? [] { found.append(try normalised(number, rank: rank)) }
        return found.isEmpty ? Array(0..<rank) : found.sorted()
    }

    /// `number` as a dimension of a tensor of that rank; a rank of 0 counts as 1, as in PyTorch.
    package func normalised(_ number: Int, rank: Int) throws(OperatorError) -> Int {
        let limit = max(rank, 1)
        guard number >= -limit, number < limit else { throw OperatorError("dimension \(number) of a tensor of rank \(rank)") }
        return number < 0 ? number + limit : number
    }
}
