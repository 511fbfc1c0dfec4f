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

    @Test(arguments: names.filter { ["attention", "expand", "noops", "scales"].contains($0.split(separator: ".")[0]) })
    func `A pass leaves the numbers what they were`(name: String) throws {
        let graph = try Graph(parsing: String(contentsOf: Self.folder.appending(path: "\(name).in.txt"), encoding: .utf8))
        let passed = try Graph(parsing: Self.result(of: String(name.split(separator: ".")[0]), graph))
        let wanted = try Self.outputs(of: graph)
        let found = try Self.outputs(of: passed)
        #expect(found.map(\.type.shape) == wanted.map(\.type.shape))
        for (found, wanted) in zip(found, wanted) {
            #expect(zip(found.doubles, wanted.doubles).allSatisfy { abs($0 - $1) <= 1e-5 * max(1, abs($1)) })
        }
    }

    @Test func `A program with written attention is prepared with the operator`() throws {
        let text = try String(contentsOf: Self.folder.appending(path: "attention.masked.in.txt"), encoding: .utf8)
        let prepared = try PrepareGraph.apply(to: Graph(parsing: text), element: .bf16).graph
        #expect(prepared.nodes.count { $0.operation == Attention.name } == 3)
        #expect(!prepared.nodes.contains { $0.operation == Softmax.name || $0.operation == Matmul.name })
    }

    /// What a graph gives for inputs that follow from their names; a variance among them is positive.
    private static func outputs(of graph: Graph) throws -> [Tensor] {
        let inputs = graph.inputs.map { input -> Tensor in
            if let literal = graph.literal(input) { return literal }
            let type = graph.type(input.value).with(layout: .rowMajor)
            let seed = graph[input.value].name.utf8.reduce(7) { $0 * 31 + Int($1) } % 1009
            let numbers = (0..<type.elementCount).map { Double(($0 * 7919 + seed) % 1013) / 1013 + 0.1 }
            // Of every three keys one counts at least, and one does not.
            return type.element == .bool ? Tensor(type, ints: numbers.indices.map { $0 % 3 == 0 ? 1 : 0 }) : Tensor(type, doubles: numbers)
        }
        return try graph.evaluate(inputs: inputs) { node, operands in
            try OperatorSet.standard.operation(node).evaluate(operands)
        }.outputs
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
