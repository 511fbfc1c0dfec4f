import Basics
import ContentStore
import Glibc
import QueryEngine

/// `EngineBench [hot] [store] [null] [edit] [parallel]`: what the engine and the store cost; everything where no part is named. Nothing fails on time.
@main struct EngineBench {
    static let kinds: [any Query.Type] = [
        Root.self, Cell.self, HotLoop.self, Parallel.self, Work.self, Program.self, LayerGroup.self, Layer.self,
    ]

    static func main() {
        runToExit {
            do {
                try await run()
                return 0
            } catch {
                print("failed: \(error)")
                return 1
            }
        }
    }

    private static func run() async throws {
        let arguments = Array(CommandLine.arguments.dropFirst())
        if arguments.count == 4, arguments[0] == "null", let files = Int(arguments[2]), let cells = Int(arguments[3]) {
            return try await NullBuild(directory: arguments[1], files: files, cells: cells).run()
        }
        let directory = (getenv("TMPDIR").map { String(cString: $0) } ?? "/tmp") + "/reglaze-bench-\(getpid())"
        mkdir(directory, 0o755)
        defer { try? runProgram("/bin/rm", ["-r", directory]) }
        let parts = arguments.isEmpty ? ["hot", "store", "null", "edit", "parallel"] : arguments
        if parts.contains("hot") { try await hotPath() }
        if parts.contains("store") { try await storing(directory + "/store") }
        if parts.contains("null") {
            for (files, cells) in [(100, 10_000), (1_000, 100_000), (10_000, 100_000)] {
                let build = NullBuild(directory: "\(directory)/null\(files)", files: files, cells: cells)
                try await build.prepare()
                try build.report()
            }
        }
        if parts.contains("edit") { try await edits(directory) }
        if parts.contains("parallel") { try await parallel() }
    }

    static func engine(_ directory: String, jobs: Int = 2) throws -> Engine {
        let store = try ContentStore.open(directory + "/cache")
        let engine = Engine(store: store, options: EngineOptions(jobs: jobs, directory: directory, kinds: kinds))
        // As a command does, which ends with its engine.
        engine.keepUntilExit()
        return engine
    }

    private static func hotPath() async throws {
        let engine = Engine(store: MemoryStore(), options: EngineOptions(kinds: kinds))
        _ = try await engine.evaluate(HotLoop(rounds: 1000))
    }

    private static func storing(_ directory: String) async throws {
        let results = 100_000
        var cost = try await Cost.measure { _ = try await engine(directory).evaluate(Root(files: 0, cells: results)) }
        print("recording per executed query   \(cost.per(results, 1000, "us"))   goal 3")
        let statistics = try ContentStore.open(directory + "/cache").statistics()
        let bytes = statistics.tables[.result]?.bytes ?? 0
        print("record bytes per result        \(format(Double(bytes) / Double(results))) B    (goal <= 250)")
        print("store bytes per result on disk \(format(Double(statistics.bytesOnDisk) / Double(results))) B")
        // Another root over the same cells and one more: every one comes from the store.
        cost = try await Cost.measure { _ = try await engine(directory).evaluate(Root(files: 0, cells: results + 1)) }
        print("stored get                     \(cost.per(results, 1000, "us"))   with opening and flushing")
    }

    private static func edits(_ directory: String) async throws {
        _ = try await Growth(directory: directory + "/edit2000").report(2_000, goal: "   goal 5")
        // What a root asks for one by one it looks at one by one; what it asks for in groups, it looks at by the group.
        for isGrouped in [false, true] {
            let name = "\(directory)/\(isGrouped ? "groups" : "list")"
            let small = try await Growth(directory: name + "100", isGrouped: isGrouped).report(100)
            let big = try await Growth(directory: name + "10000", isGrouped: isGrouped).report(10_000)
            print("growth from 100 to 10000 layers\(format(big.processor / small.processor)) times   goal 2")
        }
    }

    private static func parallel() async throws {
        let alone = try await Cost.measure {
            _ = try await Engine(store: MemoryStore(), options: EngineOptions(jobs: 1, kinds: kinds)).evaluate(
                Parallel(count: 200, salt: 1))
        }
        let jobs = sysconf(Int32(_SC_NPROCESSORS_ONLN))
        let together = try await Cost.measure {
            _ = try await Engine(store: MemoryStore(), options: EngineOptions(jobs: 64, kinds: kinds)).evaluate(
                Parallel(count: 200, salt: 2))
        }
        print(
            "64 workers, 1 ms bodies        \(format(alone.wall / together.wall / Double(jobs)))      of linear on \(jobs) cores (goal >= 0.8)"
        )
    }
}
