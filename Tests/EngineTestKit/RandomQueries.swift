import Basics
import QueryEngine

/// A named query of a random program.
package struct RandomNamed: RecoverableQuery {
    package static let kind = "RandomNamed"
    package static var version: UInt32 { World.version(kind) }
    package static let storage = QueryStorage.byTrace
    let world: Int
    let number: Int

    package init(world: Int, number: Int) {
        self.world = world
        self.number = number
    }

    package init(from decoder: inout CanonicalDecoder) throws(CanonicalDecodingError) {
        world = try decoder.int()
        number = try decoder.int()
    }

    package func encode(into encoder: inout CanonicalEncoder) {
        encoder.append(world)
        encoder.append(number)
    }

    package var label: String { "named \(number)" }

    package func compute(_ context: QueryContext) async throws -> Int {
        let world = World.number(world)
        try world.burn()
        return try await world.program.named(number, version: Self.version, EngineDoor(context: context, world: self.world))
    }
}

/// A closed query of a random program.
package struct RandomClosed: Query {
    package static let kind = "RandomClosed"
    package static var version: UInt32 { World.version(kind) }
    let world: Int
    let number: Int
    let argument: Int
    let facts: IngredientTable

    package func encode(into encoder: inout CanonicalEncoder) {
        encoder.append(world)
        encoder.append(number)
        encoder.append(argument)
    }

    package var label: String { "closed \(number) \(argument)" }
    package var role: String? { "role \(world) \(number)" }
    package var ingredients: any IngredientSource { facts }

    package func compute(_ context: QueryContext) async throws -> Int {
        let world = World.number(world)
        try world.burn()
        let door = EngineDoor(context: context, world: self.world)
        return try await world.program.closed(number, argument: argument, version: Self.version, facts: facts, door)
    }
}

/// The world through the engine's context.
struct EngineDoor: Door {
    let context: QueryContext
    let world: Int

    func leaf(_ number: Int) throws -> Int { try context.volatile("leaf\(number)").flatMap { Int($0.text) } ?? 0 }

    func file(_ number: Int) throws -> Int {
        guard let storage = try? context.read("file\(number)") else { return -1 }
        return Int(String(decoding: storage.array, as: UTF8.self)) ?? -2
    }

    func exists(_ number: Int) throws -> Bool { try context.exists("file\(number)") }

    func named(_ numbers: [Int]) async throws -> [Int] {
        try await context.getAll(numbers.map { RandomNamed(world: world, number: $0) })
    }

    func closed(_ number: Int, argument: Int, facts: IngredientTable) async throws -> Int {
        try await context.get(RandomClosed(world: world, number: number, argument: argument, facts: facts))
    }

    func fact(_ number: Int) -> Int { context.ingredient("fact\(number)").flatMap { Int($0.text) } ?? 0 }

    func report(_ diagnostic: Diagnostic) { context.report(diagnostic) }
}
