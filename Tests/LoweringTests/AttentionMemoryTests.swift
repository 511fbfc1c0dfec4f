import GraphPasses
import KernelCodegen
import Machine
import OperatorTestKit
import Operators
import Simulation
import TensorIR
import Testing

/// Attention whose scores do not fit the memory on chip: they are nowhere, and DRAM moves what the operands and the result have.
@Suite struct AttentionMemoryTests {
    @Test("Scores that do not fit are not materialised", arguments: [TargetDescription.headset, .edge, .edgeMono])
    func scoresAreNowhere(_ target: TargetDescription) throws {
        let (heads, tokens, depth) = (8, 1024, 64)
        let scores = heads * tokens * tokens * 4
        try #require(scores > TargetView(target).scratchpadBytes)
        for isCausal in [false, true] {
            let program = try LoweredProgram(Self.graph(heads, tokens, depth, isCausal), target: target)
            let requests = try program.requests()
            #expect(requests.count == 1)
            for request in requests {
                #expect(request.operands.allSatisfy { $0.sizeBytes < scores / 8 }, "\(request)")
                let kernel = try generate(request, target: TargetView(target)).object
                #expect(kernel.workspaceBytes <= TargetView(target).scratchpadBytes / 2)
                let timing = try timeKernel(
                    kernel, spaces: kernel.operands.map { _ in .dram }, view: TargetView(target))
                // Each operand once: the keys and values of a head stay while its queries pass.
                #expect(timing.dramReadBytes == 3 * heads * tokens * depth * 4)
                #expect(timing.dramWriteBytes == heads * tokens * depth * 4)
            }
        }
    }

    @Test("Keys that do not fit are read once for hundreds of queries")
    func longKeysAreReadSeldom() throws {
        let (tokens, depth) = (16384, 64)
        let request = try #require(try LoweredProgram(Self.graph(1, tokens, depth, false)).requests().first)
        let kernel = try generate(request, target: TargetView(.headset)).object
        let timing = try timeKernel(kernel, spaces: kernel.operands.map { _ in .dram }, view: TargetView(.headset))
        let operand = tokens * depth * 4
        #expect(timing.dramReadBytes < operand + 2 * operand * tokens / 64)
        #expect(timing.dramWriteBytes == operand)
    }

    @Test("Equal attentions share a kernel, wherever their heads lie in a buffer")
    func equalAttentionsShareAKernel() throws {
        var graph = Graph(name: "")
        let packed = graph.addInput(TensorType(.f32, [3, 2, 20, 8]), .activation)
        var parts: [ValueID] = []
        for index in 0..<3 {
            parts.append(try graph.emit(Slice(dimension: 0, start: index, end: index + 1, step: 1), [packed]))
        }
        let attention = Attention(scale: 0.5, isCausal: false)
        graph.outputs = [
            try graph.emit(attention, parts), try graph.emit(attention, [parts[2], parts[0], parts[1]]),
        ]
        let requests = try LoweredProgram(graph).requests()
        #expect(requests.count == 2 && Set(requests).count == 1)
    }

    @Test("Heads are stored as the tokens behind them read them")
    func headsAreStoredAsTokens() throws {
        for batch in [1, 2] {
            var graph = Graph(name: "")
            let type = TensorType(.f32, [batch, 3, 20, 8])
            let operands = (0..<3).map { _ in graph.addInput(type, .activation) }
            let heads = try graph.emit(Attention(scale: 0.5, isCausal: false), operands)
            let tokens = try graph.emit(Permute(dimensions: [0, 2, 1, 3]), [heads])
            graph.outputs = [try graph.emit(Reshape(shape: [batch, 20, 24]), [tokens])]
            let program = try LoweredProgram(graph)
            // Batch and heads are one dimension of the kernel: two batches have no stride for it, and are copied.
            #expect(try program.requests().count == batch)
            let contents = operands.indices.map { operand in
                Tensor(type, doubles: (0..<type.elementCount).map { Double(($0 * (7 + operand)) % 31) / 16 - 1 })
            }
            let wanted = try OperatorSet.standard.evaluate(graph, inputs: contents).outputs[0]
            #expect(relativeError(try program.run(contents)[0].doubles, wanted.doubles) <= 1e-5)
        }
    }

    private static func graph(_ heads: Int, _ tokens: Int, _ depth: Int, _ isCausal: Bool) throws -> Graph {
        var graph = Graph(name: "")
        let operands = (0..<3).map { _ in graph.addInput(TensorType(.f32, [1, heads, tokens, depth]), .activation) }
        graph.outputs = [try graph.emit(Attention(scale: 0.125, isCausal: isCausal), operands)]
        return graph
    }
}
