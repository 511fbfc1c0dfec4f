/// All index expressions of one kernel, shared and in an order in which each follows its parts.
///
/// Every expression belongs to the innermost loop whose variable it reads and is computed once per iteration of that loop: what does not change inside
/// a loop is never computed there.
struct IndexTable {
    private enum Node: Hashable {
        case constant(Int)
        case variable(Int)
        case sum(Int, Int)
        case product(Int, Int)
        case quotient(Int, Int)
        case remainder(Int, Int)
        case minimum(Int, Int)
        case maximum(Int, Int)
    }

    private var nodes: [Node] = []
    /// For each node the position (in nesting order) of the loop it belongs to; −1 for constants.
    private var owners: [Int] = []
    private var known: [Node: Int] = [:]
    private var knownIndices: [Index: Int] = [:]
    /// For each loop variable, the nodes to compute when it changes, in order.
    private(set) var dependents: [[Int]]
    /// Position of each variable in the nesting: a loop inside another has the greater one.
    private let depths: [Int]

    init(variableDepths: [Int]) {
        depths = variableDepths
        dependents = Array(repeating: [], count: variableDepths.count)
    }

    var count: Int { nodes.count }

    /// The node of an expression.
    mutating func node(_ index: Index) -> Int {
        if let number = knownIndices[index] { return number }
        let number =
            switch index {
            case .constant(let value): intern(.constant(value), owner: -1)
            case .variable(let variable): intern(.variable(variable), owner: variable)
            case .sum(let left, let right): pair(left, right, Node.sum)
            case .product(let left, let right): pair(left, right, Node.product)
            case .quotient(let left, let divisor): single(left, divisor, Node.quotient)
            case .remainder(let left, let divisor): single(left, divisor, Node.remainder)
            case .minimum(let left, let right): pair(left, right, Node.minimum)
            case .maximum(let left, let right): pair(left, right, Node.maximum)
            }
        knownIndices[index] = number
        return number
    }

    private mutating func pair(_ left: Index, _ right: Index, _ make: (Int, Int) -> Node) -> Int {
        let first = node(left)
        let second = node(right)
        return intern(make(first, second), owner: inner(owners[first], owners[second]))
    }

    private mutating func single(_ left: Index, _ divisor: Int, _ make: (Int, Int) -> Node) -> Int {
        let first = node(left)
        return intern(make(first, divisor), owner: owners[first])
    }

    private func inner(_ first: Int, _ second: Int) -> Int {
        if first < 0 { return second }
        if second < 0 { return first }
        return depths[first] >= depths[second] ? first : second
    }

    private mutating func intern(_ node: Node, owner: Int) -> Int {
        if let number = known[node] { return number }
        let number = nodes.count
        nodes.append(node)
        owners.append(owner)
        known[node] = number
        if owner >= 0, case .variable = node {} else if owner >= 0 { dependents[owner].append(number) }
        return number
    }

    /// The node of a loop's variable.
    mutating func node(variable: Int) -> Int { node(.variable(variable)) }

    /// Values of all nodes, the constants computed.
    func initialValues() -> [Int] {
        var values = Array(repeating: 0, count: nodes.count)
        for (number, owner) in owners.enumerated() where owner < 0 { values[number] = value(of: number, values) }
        return values
    }

    /// Computes what depends on a variable that has just changed.
    func update(_ values: inout [Int], after variable: Int) {
        for number in dependents[variable] { values[number] = value(of: number, values) }
    }

    @inline(__always)
    private func value(of number: Int, _ values: [Int]) -> Int {
        switch nodes[number] {
        case .constant(let value): value
        case .variable: values[number]
        case .sum(let left, let right): values[left] + values[right]
        case .product(let left, let right): values[left] * values[right]
        case .quotient(let left, let divisor): values[left] / divisor
        case .remainder(let left, let divisor): values[left] % divisor
        case .minimum(let left, let right): min(values[left], values[right])
        case .maximum(let left, let right): max(values[left], values[right])
        }
    }
}
