import Basics
import ContentStore
import Foundation
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
        let end = DispatchTime.now().uptimeNanoseconds + 1_000_000
        while DispatchTime.now().uptimeNanoseconds < end {}
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

func format(_ value: Double) -> String { String(format: "%10.2f", value) }

/// Nanoseconds on the wall, and of processor time in all threads: on a busy machine only the latter says what something costs.
struct Cost {
    var wall: Double
    var processor: Double

    static func measure(_ body: () async throws -> Void) async throws -> Cost {
        let start = now()
        try await body()
        let end = now()
        return Cost(wall: end.wall - start.wall, processor: end.processor - start.processor)
    }

    private static func now() -> Cost {
        func read(_ clock: clockid_t) -> Double {
            var time = timespec()
            clock_gettime(clock, &time)
            return Double(time.tv_sec) * 1e9 + Double(time.tv_nsec)
        }
        return Cost(wall: read(CLOCK_MONOTONIC), processor: read(CLOCK_PROCESS_CPUTIME_ID))
    }

    /// Both figures, divided, in a unit.
    func per(_ count: Int, _ divisor: Double, _ unit: String) -> String {
        String(format: "%10.2f %@ (processor %.2f)", wall / Double(count) / divisor, unit, processor / Double(count) / divisor)
    }
}

@main struct EngineBench {
    static let kinds: [any Query.Type] = [Root.self, Cell.self, HotLoop.self, Parallel.self, Work.self]
    static let inputs = 1_000
    static let results = 100_000

    static func main() async throws {
        let arguments = CommandLine.arguments
        if arguments.count == 3, arguments[1] == "null" {
            try await null(arguments[2])
            return
        }
        let directory = NSTemporaryDirectory() + "/reglaze-bench-\(getpid())"
        try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: directory) }
        let parts = arguments.count > 1 ? Array(arguments.dropFirst()) : ["hot", "store", "parallel"]
        if parts.contains("hot") { try await hotPath() }
        if parts.contains("store") { try await storing(directory) }
        if parts.contains("parallel") { try await parallel() }
        if parts.contains("edits") { try await edits(directory) }
    }

    static func engine(_ directory: String, jobs: Int = 2) throws -> Engine {
        let store = try ContentStore.open(directory + "/cache")
        return Engine(store: store, options: EngineOptions(jobs: jobs, directory: directory, kinds: kinds))
    }

    /// One null build; prints its microseconds.
    static func null(_ directory: String) async throws {
        let start = DispatchTime.now().uptimeNanoseconds
        let engine = try engine(directory)
        let opened = DispatchTime.now().uptimeNanoseconds
        let (evaluation, summary) = try await engine.evaluate(Root(files: inputs, cells: results))
        precondition(summary.statistics.executed.isEmpty)
        _ = try evaluation.value()
        let end = DispatchTime.now().uptimeNanoseconds
        print((opened - start) / 1000, (end - opened) / 1000)
    }

    static func hotPath() async throws {
        let engine = Engine(store: MemoryStore(), options: EngineOptions(kinds: kinds))
        _ = try await engine.evaluate(HotLoop(rounds: 1000))
    }

    static func storing(_ directory: String) async throws {
        for number in 0..<inputs { try Data("\(number)".utf8).write(to: URL(fileURLWithPath: "\(directory)/input\(number)")) }
        usleep(200_000)
        var cost = try await Cost.measure { _ = try await engine(directory).evaluate(Root(files: inputs, cells: results)) }
        print("recording per executed query   \(cost.per(results, 1000, "us"))   goal 3")
        let statistics = try ContentStore.open(directory + "/cache").statistics()
        let bytes = statistics.tables[.result]?.bytes ?? 0
        print("record bytes per result        \(format(Double(bytes) / Double(results))) B    (goal <= 250)")
        print("store bytes per result on disk \(format(Double(statistics.bytesOnDisk) / Double(results))) B")
        try nullProcess(directory)
        // Another root over the same cells: every one comes from the store.
        cost = try await Cost.measure { _ = try await engine(directory).evaluate(Root(files: 0, cells: results)) }
        print("stored get                     \(cost.per(results, 1000, "us"))   with opening and flushing")
        for cells in [10, 2_000] {
            // One input edited: all cells asked for again, in a process that has nothing in memory.
            for attempt in 0..<3 {
                try Data("edited \(cells) \(attempt)".utf8).write(to: URL(fileURLWithPath: "\(directory)/input7"))
                cost = try await Cost.measure { _ = try await engine(directory).evaluate(Root(files: inputs, cells: cells)) }
            }
            let name = "edit above \(cells) stored kernels".padding(toLength: 31, withPad: " ", startingAt: 0)
            print("\(name)\(cost.per(1, 1e6, "ms"))   goal 5 for 2000")
        }
    }

    /// For profiling: many edits of one input.
    static func edits(_ directory: String) async throws {
        for number in 0..<inputs { try Data("\(number)".utf8).write(to: URL(fileURLWithPath: "\(directory)/input\(number)")) }
        for cells in [10, 2_000] {
            let cost = try await Cost.measure {
                for attempt in 0..<50 {
                    try Data("edited \(cells) \(attempt)".utf8).write(to: URL(fileURLWithPath: "\(directory)/input7"))
                    _ = try await engine(directory).evaluate(Root(files: inputs, cells: cells))
                }
            }
            print("edits above \(cells) results: \(cost.per(50, 1e6, "ms"))")
        }
    }

    static func nullProcess(_ directory: String) throws {
        var best = (total: Double.infinity, inside: "")
        for _ in 0..<7 {
            let process = Process()
            let pipe = Pipe()
            process.executableURL = URL(fileURLWithPath: "/proc/self/exe").resolvingSymlinksInPath()
            process.arguments = ["null", directory]
            process.standardOutput = pipe
            let start = DispatchTime.now().uptimeNanoseconds
            try process.run()
            let output = String(decoding: pipe.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
            process.waitUntilExit()
            let total = Double(DispatchTime.now().uptimeNanoseconds - start) / 1e6
            if total < best.total { best = (total, output.trimmingCharacters(in: .newlines)) }
        }
        print("null build, process and all    \(format(best.total)) ms   (goal <= 15); opening, building in us: \(best.inside)")
    }

    static func parallel() async throws {
        let alone = try await Cost.measure {
            _ = try await Engine(store: MemoryStore(), options: EngineOptions(jobs: 1, kinds: kinds)).evaluate(
                Parallel(count: 200, salt: 1))
        }
        let jobs = ProcessInfo.processInfo.activeProcessorCount
        let together = try await Cost.measure {
            _ = try await Engine(store: MemoryStore(), options: EngineOptions(jobs: 64, kinds: kinds)).evaluate(
                Parallel(count: 200, salt: 2))
        }
        print(
            "64 workers, 1 ms bodies        \(format(alone.wall / together.wall / Double(jobs)))      of linear on \(jobs) cores (goal >= 0.8)"
        )
    }
}
