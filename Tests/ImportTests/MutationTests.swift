import Basics
import GraphPasses
import Operators
import PT2
import TensorIR
import Testing

/// Programs with random damage are imported to a well-formed graph or refused: they never trap, and a graph never comes out wrong in its types.
@Suite struct MutationTests {
    @Test(
        "Damaged programs are refused or well-formed",
        arguments: ["tiny_cnn", "tiny_attention", "inplace", "buffers", "storages", "constants"])
    func damaged(_ name: String) throws {
        let original = try Archives.program(name).program
        for seed in 0..<200 {
            var generator = SeededGenerator(seed: UInt64(seed) &* 7919)
            var program = original
            for _ in 0..<Int.random(in: 1...3, using: &generator) { Self.damage(&program, &generator) }
            guard let imported = try? ImportProgram.apply(to: program, operators: OperatorSet.standard) else { continue }
            #expect(imported.graph.verify() + OperatorSet.standard.check(imported.graph) == [], "seed \(seed)")
            #expect(imported.source.placeOfNode.count == imported.graph.nodes.count, "seed \(seed)")
        }
    }

    private static func damage(_ program: inout Program, _ generator: inout SeededGenerator) {
        let names = program.graph.tensors.keys.sorted()
        guard let node = program.graph.nodes.indices.randomElement(using: &generator), let name = names.randomElement(using: &generator),
            let argument = program.graph.nodes[node].inputs.indices.randomElement(using: &generator)
        else { return }
        switch Int.random(in: 0..<5, using: &generator) {
        case 0, 1:
            let old = program.graph.nodes[node].inputs[argument].value
            program.graph.nodes[node].inputs[argument].value = damaged(old, name, &generator)
        case 2: program.graph.nodes[node].inputs.remove(at: argument)
        case 3:
            let target = OperatorSet.standard.targets.randomElement(using: &generator) ?? ""
            program.graph.nodes[node].target = "torch.ops." + target
        default:
            guard var type = program.graph.tensors[name] else { return }
            if let dimension = type.sizes.indices.randomElement(using: &generator), Bool.random(using: &generator) {
                type.sizes[dimension] = .constant(Int.random(in: -1...9, using: &generator))
            } else {
                type.scalarType = ScalarType.allCases.randomElement(using: &generator) ?? .f32
            }
            program.graph.tensors[name] = type
        }
    }

    /// Another argument in the place of one: a neighbour of its kind, or another kind.
    private static func damaged(_ argument: Program.Argument, _ name: String, _ generator: inout SeededGenerator) -> Program.Argument {
        let number = Int.random(in: -3...9, using: &generator)
        switch (argument, Bool.random(using: &generator)) {
        case (.integer, true), (.tensors, true), (.boolean, false): return .integer(number)
        case (.integers(let numbers), true): return .integers(numbers.dropLast() + [number])
        case (.integers(let numbers), false): return .integers(numbers + [number])
        case (.boolean(let flag), true): return .boolean(!flag)
        case (.float, true): return .float(.nan)
        case (_, true): return .tensor(name)
        default: return .none
        }
    }
}
