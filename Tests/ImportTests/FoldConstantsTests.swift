import Basics
import GraphPasses
import Operators
import TensorIR
import Testing

/// What depends on literals alone is computed at import.
@Suite struct FoldConstantsTests {
    private func folded(_ text: String) throws -> String {
        var graph = try Graph(parsing: text)
        FoldConstants.apply(to: &graph, operators: OperatorSet.standard)
        DropDeadCode.apply(to: &graph)
        return graph.text
    }

    @Test("Arithmetic on literals becomes a literal with the value's name")
    func literals() throws {
        let text = """
            graph sum
              input    %x : i32[2]
              constant %one : i32[2] = dense 0x0100000002000000
              %three = add(%one, %one) : i32[2]
              %y = add(%x, %three) : i32[2]
              output %y
            """
        let expected = """
            graph sum
              input    %x : i32[2]
              constant %three : i32[2] = dense 0x0200000004000000
              %y = add(%x, %three) : i32[2]
              output %y

            """
        #expect(try folded(text) == expected)
    }

    @Test("Weights are never folded")
    func weights() throws {
        let text = """
            graph weights
              constant %w : f32[2] = weight "scale"
              %y = add(%w, %w) : f32[2]
              output %y

            """
        #expect(try folded(text) == text)
    }

    @Test("A literal larger than the limit stays a computation")
    func limit() throws {
        let text = """
            graph large
              %y = full() {element=f32, shape=[1025,1024], value=1.0} : f32[1025,1024]
              output %y

            """
        #expect(try folded(text) == text)
    }
}
