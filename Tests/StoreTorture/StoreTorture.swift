import Basics
import ContentStore
import EngineTestKit
import Foundation
import QueryEngine
import Synchronization

/// A blob of some size that its number decides.
struct MakeBlob: Query {
    static let kind = "TortureBlob"
    let number: Int
    func encode(into encoder: inout CanonicalEncoder) { encoder.append(number) }
    var label: String { "blob \(number)" }
    func compute(_ context: QueryContext) async throws -> Blob { context.blob(Self.bytes(number)) }

    static func bytes(_ number: Int) -> [UInt8] {
        var generator = SeededGenerator(seed: UInt64(number))
        return (0..<20_000 + 1000 * number).map { _ in UInt8(truncatingIfNeeded: generator.next()) }
    }
}

/// What a blob's bytes add up to.
struct SumBlob: Query {
    static let kind = "TortureSum"
    let blob: Blob
    let salt: Int
    func encode(into encoder: inout CanonicalEncoder) {
        encoder.append(blob)
        encoder.append(salt)
    }
    var label: String { "sum \(salt)" }
    func compute(_ context: QueryContext) async throws -> String {
        let sum = try context.open(blob).array.reduce(salt) { $0 &* 31 &+ Int($1) }
        // Big enough to go to the value table.
        return (0..<200).map { "\(sum &+ $0)" }.joined(separator: " ")
    }
}

/// Everything at once: blobs, values of all sizes, volatile inputs.
struct Torture: Query {
    static let kind = "Torture"
    static let storage = QueryStorage.byTrace
    func encode(into encoder: inout CanonicalEncoder) {}
    var label: String { "torture" }
    func compute(_ context: QueryContext) async throws -> Int {
        let numbers = try (0..<RandomProgram.leafCount).map { number in
            try context.volatile("leaf\(number)").flatMap { Int($0.text) } ?? 0
        }
        let blobs = try await context.getAll(numbers.map(MakeBlob.init))
        let sums = try await context.getAll(blobs.enumerated().map { SumBlob(blob: $1, salt: $0) })
        return sums.reduce(0) { $1.utf8.reduce($0) { $0 &* 3 &+ Int($1) } }
    }
}

/// `StoreTorture <directory> <leaves> [<barrier>]`: one build with the given volatile inputs, on the store in the directory. Ends itself without a warning at the
/// given crossing of a write barrier. Prints the value, what ran, and the codes of the store's warnings. `StoreTorture grow <directory> <count>` adds big records;
/// `StoreTorture hold <directory>` is suspended in the middle of a transaction, from the moment that the file `held` is there.
@main struct StoreTorture {
    static func main() async throws {
        let arguments = CommandLine.arguments
        guard arguments.count >= 3 else {
            return print("usage: StoreTorture <directory> <leaves> [<barrier>] | grow <directory> <count> | hold <directory>")
        }
        if arguments[1] == "hold" { return try hold(arguments[2]) }
        if arguments[1] == "grow", arguments.count == 4 { return try grow(arguments[2], Int(arguments[3]) ?? 0) }
        var options = StoreOptions()
        if arguments.count > 3, let barrier = Int(arguments[3]) { options.barrier = killer(at: barrier) }
        // So that a file-size limit, which stands in for a full disk, is an error and not a signal.
        signal(SIGXFSZ, SIG_IGN)
        let store = try ContentStore.open(arguments[1], options: options)
        let engine = Engine(
            store: store, options: EngineOptions(jobs: 2, kinds: [Torture.self, MakeBlob.self, SumBlob.self]))
        let world = World(program: RandomProgram(seed: 1))
        world.state.withLock { $0.leaves = arguments[2].split(separator: ",").compactMap { Int($0) } }
        let (evaluation, summary) = try await engine.evaluate(Torture(), volatile: WorldLeaves(world))
        print("value", try evaluation.value())
        print("ran", summary.statistics.executions.count)
        print("warnings", summary.warnings.map(\.code.text).joined(separator: ","))
    }

    /// Adds records of 40 kB, from a map that is too small for them.
    private static func grow(_ directory: String, _ count: Int) throws {
        var options = StoreOptions()
        options.mapSize = 1 << 20
        let store = try ContentStore.open(directory, options: options)
        for number in 0..<count {
            store.write([.put(.value, key: [0, UInt8(truncatingIfNeeded: number)], value: Array(repeating: 7, count: 40_000))])
            if number % 10 == 9 { store.flush() }
        }
        store.flush()
        print("grown", store.warnings.isEmpty ? count : 0)
    }

    private static func hold(_ directory: String) throws {
        var options = StoreOptions()
        options.barrier = { barrier in
            guard barrier == .transactionFilled else { return }
            _ = FileManager.default.createFile(atPath: directory + "/held", contents: nil)
            while true { pause() }
        }
        let store = try ContentStore.open(directory, options: options)
        store.write([.put(.value, key: [9], value: [9])])
        store.flush()
    }

    /// Counts crossings, and ends the process at one of them as the system does when it runs out of memory.
    private static func killer(at barrier: Int) -> @Sendable (WriteBarrier) -> Void {
        let crossed = Counter()
        return { _ in
            if crossed.next() == barrier { kill(getpid(), SIGKILL) }
        }
    }
}

/// Counts up, from any thread.
private final class Counter: Sendable {
    private let value = Atomic(0)
    func next() -> Int { value.wrappingAdd(1, ordering: .relaxed).oldValue }
}
