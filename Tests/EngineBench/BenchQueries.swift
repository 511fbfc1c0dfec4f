import Basics
import QueryEngine

/// A closed query that does nothing worth remembering.
struct Cell: Query {
    static let kind = "BenchCell"
    let number: Int
    func encode(into encoder: inout CanonicalEncoder) { encoder.append(number) }
    func compute(_ context: QueryContext) async throws -> Int { number &* 3 }
}

/// A closed query that spins for a millisecond.
struct Work: Query {
    static let kind = "BenchWork"
    let number: Int
    func encode(into encoder: inout CanonicalEncoder) { encoder.append(number) }
    func compute(_ context: QueryContext) async throws -> Int {
        let end = ContinuousClock.now + .milliseconds(1)
        while ContinuousClock.now < end {}
        return number
    }
}

/// A root over files and cells.
struct Root: Query {
    static let kind = "BenchRoot"
    static let storage = QueryStorage.byTrace
    let files: Int
    let cells: Int
    func encode(into encoder: inout CanonicalEncoder) {
        encoder.append(files)
        encoder.append(cells)
    }
    func compute(_ context: QueryContext) async throws -> Int {
        for number in 0..<files { _ = try context.file("input\(number)") }
        return try await context.getAll((0..<cells).map(Cell.init)).reduce(0, &+)
    }
}

/// Asks for one cell after the other, many times: the hit path.
struct HotLoop: Query {
    static let kind = "BenchHotLoop"
    static let storage = QueryStorage.byTrace
    let rounds: Int
    func encode(into encoder: inout CanonicalEncoder) { encoder.append(rounds) }
    func compute(_ context: QueryContext) async throws -> Int {
        var sum = 0
        for number in 0..<1000 { sum &+= try await context.get(Cell(number: number)) }
        let cost = try await Cost.measure {
            for _ in 0..<rounds {
                for number in 0..<1000 { sum &+= try await context.get(Cell(number: number)) }
            }
        }
        print("cached get in memory           \(cost.per(rounds * 1000, 1, "ns"))   goal 150")
        return sum
    }
}

/// All work items at once.
struct Parallel: Query {
    static let kind = "BenchParallel"
    static let storage = QueryStorage.byTrace
    let count: Int
    let salt: Int
    func encode(into encoder: inout CanonicalEncoder) {
        encoder.append(count)
        encoder.append(salt)
    }
    func compute(_ context: QueryContext) async throws -> Int {
        try await context.getAll((0..<count).map { Work(number: salt * 1_000_000 + $0) }).reduce(0, &+)
    }
}

/// A layer of a program: what a kernel's generation is to the engine, with a role, arguments, a fact of a target, and a value of some size.
struct Layer: Query {
    static let kind = "BenchLayer"
    let width: Int
    let facts: IngredientTable
    let role: String?
    func encode(into encoder: inout CanonicalEncoder) { for _ in 0..<16 { encoder.append(width) } }
    var label: String { role ?? "" }

    /// The layers of these widths, each with the role of its place.
    static func all(_ widths: ArraySlice<Int>, _ facts: IngredientTable) -> [Layer] {
        zip(widths.indices, widths).map { Layer(width: $1, facts: facts, role: "program/layer \($0)") }
    }

    var arguments: [Ingredient] { (0..<12).map { Ingredient("argument \($0)", "\(width &+ $0)") } }
    var ingredients: any IngredientSource { facts }
    func compute(_ context: QueryContext) async throws -> String {
        for name in ["array rows", "array columns", "scratchpad"] { _ = context.ingredient(name) }
        return String(decoding: Array(repeating: UInt8(48 + width % 10), count: 1_500), as: UTF8.self)
    }
}

/// Neighbouring layers of a program: what is asked for them is one result while none of them changes. Many are asked for in groups of groups.
struct LayerGroup: Query {
    static let kind = "BenchLayerGroup"
    /// So many layers, or groups, are asked for in one list at most.
    static let width = 32
    let widths: ArraySlice<Int>
    let facts: IngredientTable
    func encode(into encoder: inout CanonicalEncoder) { encoder.append(widths.withUnsafeBytes { Fingerprint(hashing: $0) }) }
    var ingredients: any IngredientSource { facts }

    func compute(_ context: QueryContext) async throws -> Int {
        guard widths.count > Self.width else {
            return try await context.getAll(Layer.all(widths, facts)).reduce(0) { $0 &+ $1.utf8.count }
        }
        var size = Self.width
        while size * Self.width < widths.count { size *= Self.width }
        let groups = stride(from: widths.startIndex, to: widths.endIndex, by: size).map { first in
            LayerGroup(widths: widths[first..<min(first + size, widths.endIndex)], facts: facts)
        }
        return try await context.getAll(groups).reduce(0, &+)
    }

    /// How many groups have to be asked for the layers of theirs when one of so many layers changes.
    static func depth(of layers: Int) -> Int {
        var (depth, reach) = (1, width)
        while reach < layers { (depth, reach) = (depth + 1, reach * width) }
        return depth
    }
}

/// Reads a program, a width on each line, and has all its layers made: in one list, or in groups.
struct Program: Query {
    static let kind = "BenchProgram"
    static let storage = QueryStorage.byTrace
    let path: String
    var isGrouped = false
    func encode(into encoder: inout CanonicalEncoder) {
        encoder.append(path)
        encoder.append(isGrouped)
    }
    static let facts: IngredientTable = ["array rows": "32", "array columns": "32", "scratchpad": "2097152", "clock": "1000"]

    func compute(_ context: QueryContext) async throws -> Int {
        let bytes = try context.read(path).array
        guard isGrouped else { return try await context.getAll(Self.layers(bytes)).reduce(0) { $0 &+ $1.utf8.count } }
        return try await context.get(LayerGroup(widths: Self.widths(bytes)[...], facts: Self.facts))
    }

    /// The program's own work, which no engine spares it.
    static func layers(_ bytes: [UInt8]) -> [Layer] { Layer.all(widths(bytes)[...], facts) }

    static func widths(_ bytes: [UInt8]) -> [Int] {
        bytes.split(separator: UInt8(ascii: "\n")).map { $0.reduce(0) { $0 * 10 + Int($1 & 15) } }
    }
}
