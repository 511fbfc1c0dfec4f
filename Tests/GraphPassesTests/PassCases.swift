import Basics
import Foundation
import GraphPasses
import Operators
import TensorIR
import Testing

/// Each pass alone, text in and text out: `Cases/<pass>.<case>.in.txt` and `….out.txt`; `REGLAZE_BLESS=1` rewrites the latter.
@Suite struct PassCases {
    private static let folder = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "Cases")

    static let names: [String] = {
        let files = (try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? []
        return files.filter { $0.hasSuffix(".in.txt") }.map { String($0.dropLast(".in.txt".count)) }.sorted()
    }()

    @Test(arguments: names)
    func `A pass makes of a graph what is kept`(name: String) throws {
        let text = try String(contentsOf: Self.folder.appending(path: "\(name).in.txt"), encoding: .utf8)
        let made = try Self.result(of: String(name.split(separator: ".")[0]), try Graph(parsing: text))
        let file = Self.folder.appending(path: "\(name).out.txt")
        if ProcessInfo.processInfo.environment["REGLAZE_BLESS"] == "1" { try made.write(to: file, atomically: true, encoding: .utf8) }
        let kept = try String(contentsOf: file, encoding: .utf8)
        #expect(made == kept, "the case \(name) has changed; REGLAZE_BLESS=1 rewrites it")
    }

    @Test func `Every pass has a case`() {
        let passes = Set(Self.names.compactMap { $0.split(separator: ".").first.map(String.init) })
        #expect(passes == ["attention", "dead", "expand", "fold", "layouts", "noops", "order", "partition", "precision", "scales"])
    }

    /// The graph after a pass, checked against the operators' shape rules; for the partition its regions.
    private static func result(of pass: String, _ graph: Graph) throws -> String {
        let operators = OperatorSet.standard
        var (graph, traced) = (graph, TracedGraph(graph))
        switch pass {
        case "dead": DropDeadCode.apply(to: &graph)
        case "fold": FoldConstants.apply(to: &graph, operators: operators)
        case "order": OrderInputs.apply(to: &graph)
        case "expand": try ExpandComposites.apply(to: &traced, operators)
        case "noops": try DropNoOps.apply(to: &traced, operators)
        case "attention": try FuseAttention.apply(to: &traced, operators)
        case "scales": try FoldScales.apply(to: &traced, operators)
        case "precision": try ApplyPrecision.apply(to: &traced, .bf16, operators)
        case "layouts": try AssignLayouts.apply(to: &traced, operators)
        case "partition": return text(of: try Partition.apply(to: traced, operators: operators))
        default: Issue.record("no pass \(pass)")
        }
        let result = ["dead", "fold", "order"].contains(pass) ? graph : traced.graph
        #expect(operators.check(result).isEmpty)
        return result.text
    }

    private static func text(of program: PartitionedProgram) -> String {
        program.regions.map { region in
            switch region.placement {
            case .device: "# on the device\n\(region.graph.text)"
            case .host(let reason): "# on the host: \(reason)\n\(region.graph.text)"
            }
        }.joined(separator: "\n")
    }
}
