import Basics
import Glibc
import QueryEngine

/// One layer of a program edited, in a process that has nothing in memory, as the program grows.
struct Growth {
    let directory: String
    /// Whether the layers are asked for in groups of groups, instead of in one list.
    var isGrouped = false
    var attempts = 25

    func report(_ layers: Int, goal: String = "") async throws -> Cost {
        mkdir(directory, 0o755)
        try write(layers, edit: 0)
        _ = try await EngineBench.engine(directory).evaluate(program)
        let groups = isGrouped ? ["BenchLayerGroup": LayerGroup.depth(of: layers)] : [:]
        let executed = groups.merging(["BenchProgram": 1, "BenchLayer": 1]) { $1 }
        let cost = try await Cost.best(
            of: attempts, before: { try write(layers, edit: $0 + 1) },
            measuring: { _ in
                let (_, summary) = try await EngineBench.engine(directory).evaluate(program)
                precondition(summary.statistics.executed == executed, "an edit makes one layer")
            })
        let reading = try await Cost.best(
            of: attempts,
            measuring: { _ in
                let bytes = try ByteStorage(contentsOf: directory + "/program").array
                let count = isGrouped ? Program.widths(bytes).count : Program.layers(bytes).count
                precondition(count == layers)
            })
        print(
            "\(padded("edit of 1 layer in \(layers)\(isGrouped ? ", groups" : "")"))\(cost.per(1, 1e6, "ms")), of which the program \(format(reading.wall / 1e6)) ms\(goal)"
        )
        return Cost(wall: cost.wall - reading.wall, processor: cost.processor - reading.processor)
    }

    private var program: Program { Program(path: "program", isGrouped: isGrouped) }

    private func write(_ layers: Int, edit: Int) throws {
        let widths = (0..<layers).map { $0 == layers / 2 ? 1_000_000 + edit : $0 }
        try writeText(widths.map { "\($0)\n" }.joined(), to: directory + "/program")
    }
}
