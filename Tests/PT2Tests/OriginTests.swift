import Basics
import PT2
import Testing

@Suite struct OriginTests {
    private func origin(stack: String = "", trace: String = "", root: String? = nil) throws -> Origin {
        func quoted(_ text: String) -> String {
            "\"" + text.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"").replacing("\n", with: "\\n") + "\""
        }
        let metadata = "{\"torch_fn\": \"a\", \"stack_trace\": \(quoted(trace)), \"nn_module_stack\": \(quoted(stack))}"
        let node = ProgramText.node(
            "torch.ops.aten.relu.default", [#""self", "arg": {"as_tensor": {"name": "x"}}"#], "extra", metadata: metadata)
        let program = try ArchiveBuilder(program: ProgramText.whole(nodes: [ProgramText.add, node])).archive().program()
        return program.origins.resolved(root: root)[program.graph.nodes[1].origin]
    }

    @Test(arguments: [
        ("L__self__,,net.Net;L__self__stem,stem,net.Stem", "stem", "net.Stem", 0),
        ("L__self__,,net.Net", "", "net.Net", 0), ("L__self__,,net.Net;k,blocks.1@2,net.Block", "blocks.1", "net.Block", 2),
        ("L['self'].layers[0](a, b),layers.0,net.Block", "layers.0", "net.Block", 0),
    ])
    func `The module is the innermost of the stack`(_ stack: String, _ path: String, _ className: String, _ call: Int) throws {
        let module = try #require(try origin(stack: stack).module)
        #expect(module.path == path && module.className == className && module.call == call)
    }

    @Test(arguments: ["", "no commas", "a,b,c,d,e", ";;;", "(((,,,"])
    func `A module stack that cannot be read gives no module`(_ stack: String) throws {
        #expect(try origin(stack: stack).module == nil)
    }

    private static let frames = """
          File "/srv/app/models/gaze.py", line 48, in forward
            x = self.stem(x)
          File "/srv/app/models/gaze.py", line 20, in forward
            return F.relu(x)
          File "/usr/lib/python3.12/site-packages/torch/nn/functional.py", line 9, in relu
            result = torch.relu(input)
          File "<string>", line 1, in <module>
        """

    @Test func `The position is the innermost frame of the user's own files`() throws {
        #expect(try origin(trace: Self.frames, root: "/srv/app").position == SourcePosition(file: "models/gaze.py", line: 20))
        #expect(try origin(trace: Self.frames, root: "/srv/app/").position?.file == "models/gaze.py")
        #expect(try origin(trace: Self.frames).position == SourcePosition(file: "models/gaze.py", line: 20))
        #expect(try origin(trace: "File \"models/gaze.py\", line 3, in f\n  x").position == SourcePosition(file: "models/gaze.py", line: 3))
    }

    @Test func `A model of a library has its place in the library`() throws {
        let trace = """
            File "/venv/lib/python3.12/site-packages/timm/models/vit.py", line 7, in forward
              x = self.norm(x)
            File "/venv/lib/python3.12/site-packages/torch/nn/modules/module.py", line 1, in _call_impl
            """
        #expect(try origin(trace: trace).position == SourcePosition(file: "timm/models/vit.py", line: 7))
        let torch = "File \"/venv/lib/python3.12/dist-packages/torch/nn/functional.py\", line 1, in relu"
        #expect(try origin(trace: torch).position == nil)
    }

    @Test(arguments: [
        "", "nothing", "File \"", "File \"a.py\", line", "File \"a.py\", line x, in f", "File \"\", line 99999999999999999999, in f",
    ])
    func `A trace that cannot be read gives no position`(_ trace: String) throws {
        #expect(try origin(trace: trace).position == nil)
    }
}
