import Basics
import Foundation
import QueryEngine
import Synchronization

/// How a random query looks at the world: the engine's context, or the naive engine.
package protocol Door {
    func leaf(_ number: Int) throws -> Int
    func file(_ number: Int) throws -> Int
    func exists(_ number: Int) throws -> Bool
    func named(_ numbers: [Int]) async throws -> [Int]
    func closed(_ number: Int, argument: Int, facts: IngredientTable) async throws -> Int
    func fact(_ number: Int) -> Int
    func report(_ diagnostic: Diagnostic)
}

/// A program of queries that ask each other in ways that depend on what they read: the seed decides what each does.
///
/// Named query `n` asks only named queries above `n`, so that there is no cycle; closed queries likewise.
package struct RandomProgram: Sendable {
    package static let namedCount = 12
    package static let leafCount = 6
    package static let fileCount = 4
    package static let factCount = 3

    package let seed: UInt64

    package init(seed: UInt64) { self.seed = seed }

    private static func mix(_ left: Int, _ right: Int) -> Int {
        var generator = SeededGenerator(seed: UInt64(bitPattern: Int64(left &* 31 &+ right)))
        return Int(generator.next() >> 40)
    }

    /// The body of a named query.
    package func named(_ number: Int, version: UInt32, _ door: some Door) async throws -> Int {
        var generator = SeededGenerator(seed: seed &* 1_000 &+ UInt64(number))
        var sum = number &+ Int(version) &* 7
        for _ in 0..<Int.random(in: 1...4, using: &generator) {
            let pick = Int.random(in: 0..<8, using: &generator)
            let first = Int.random(in: 0..<64, using: &generator)
            let second = Int.random(in: 0..<64, using: &generator)
            sum = Self.mix(sum, try await step(pick, first, second, sum, number, door))
        }
        // Some tell more than their value does.
        if number % 4 == 1 { door.report(Diagnostic(DiagnosticCode("W100"), severity: .note, "note of \(number): \(sum % 5)")) }
        if sum % 29 == 0 { throw Diagnostic(DiagnosticCode("W101"), "query \(number) fails with \(sum % 5)") }
        return sum % Int.random(in: 2...40, using: &generator)
    }

    private func step(
        _ pick: Int, _ first: Int, _ second: Int, _ sum: Int, _ number: Int, _ door: some Door
    ) async throws -> Int {
        let above = Self.namedCount - number - 1
        switch pick {
        case 0: return try door.leaf(first % Self.leafCount)
        case 1: return try door.file(first % Self.fileCount)
        case 2: return try door.exists(first % Self.fileCount) ? 1 : 0
        case 3:
            guard above > 0 else { return try door.leaf(second % Self.leafCount) }
            let next = number + 1 + (sum.isMultiple(of: 2) ? first : second) % above
            return try await door.named([next])[0]
        case 4, 5:
            guard above > 0 else { return try door.leaf(first % Self.leafCount) }
            return try await door.named([number + 1 + first % above, number + 1 + second % above]).reduce(0, &+)
        default:
            let values = try (0..<Self.factCount).map { try door.leaf($0) }
            let facts = IngredientTable(
                Dictionary(uniqueKeysWithValues: values.enumerated().map { ("fact\($0)", IngredientValue("\($1)")) }))
            return try await door.closed(first % 3, argument: sum % 6, facts: facts)
        }
    }

    /// The body of a closed query.
    package func closed(
        _ number: Int, argument: Int, version: UInt32, facts: IngredientTable, _ door: some Door
    ) async throws -> Int {
        var sum = Self.mix(number &+ Int(version), argument)
        if argument % 2 == 0 { sum = Self.mix(sum, door.fact(argument % Self.factCount)) }
        if number < 2, argument % 3 == 0 {
            sum = Self.mix(sum, try await door.closed(number + 1, argument: argument / 2, facts: facts))
        }
        if argument == 4 { door.report(Diagnostic(DiagnosticCode("W103"), severity: .note, "closed note of \(number)")) }
        if sum % 31 == 0 { throw Diagnostic(DiagnosticCode("W102"), "closed \(number) fails") }
        return sum % 10
    }
}

/// What random programs read, and which versions their kinds have: one for each test, by number, because stored keys cannot hold it.
package final class World: Sendable {
    package struct State: Sendable {
        package var leaves = Array(repeating: 0, count: RandomProgram.leafCount)
        package var files: [Int?] = Array(repeating: nil, count: RandomProgram.fileCount)
    }

    /// Thrown by a computation when the fuse is burnt: a failure that is no result.
    package struct FuseBurnt: Error {}

    package let program: RandomProgram
    package let state = Mutex(State())
    /// How many more computations succeed; nil: all.
    package let fuse = Mutex<Int?>(nil)

    package init(program: RandomProgram) { self.program = program }

    private static let worlds = Mutex<[Int: World]>([:])
    private static let kindVersions = Mutex<[String: UInt32]>([:])

    package static func install(_ world: World, number: Int) { worlds.withLock { $0[number] = world } }

    package static func number(_ number: Int) -> World {
        worlds.withLock { $0[number] } ?? World(program: RandomProgram(seed: 0))
    }

    package static func version(_ kind: String) -> UInt32 { kindVersions.withLock { $0[kind] ?? 1 } }

    package static func raise(_ kind: String) { kindVersions.withLock { $0[kind, default: 1] += 1 } }

    func burn() throws {
        let isBurnt = fuse.withLock { fuse in
            guard let left = fuse else { return false }
            fuse = left - 1
            return left <= 0
        }
        if isBurnt { throw FuseBurnt() }
    }
}

/// The leaves of a world, as volatile inputs.
package struct WorldLeaves: IngredientSource {
    let leaves: [Int]
    package init(_ world: World) { leaves = world.state.withLock { $0.leaves } }
    package func ingredient(named name: String) -> IngredientValue? {
        guard let number = Int(name.dropFirst(4)), leaves.indices.contains(number) else { return nil }
        return IngredientValue("\(leaves[number])")
    }
}
