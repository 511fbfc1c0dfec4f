import Basics
import Glibc
import Pipeline
import Testing

/// From a saved model.py to cycles, with a real PyTorch: one capture after the other through one server.
@Suite struct SourceToCyclesTests {
    @Test func `A source builds like its captured program, an edit costs what it touches, and one server serves all`() throws {
        guard SourceWorkspace.available() else { return }
        let workspace = try SourceWorkspace()
        let server = try build(workspace)
        try edit(workspace)
        try captureFile(workspace)
        try captureSuite(workspace)
        try questions(workspace)
        #expect(workspace.server == server)
        try deadServer(workspace, server)
        try cleared(workspace)
    }

    /// After a store is cleared nothing is remembered, of blocks neither.
    private func cleared(_ workspace: SourceWorkspace) throws {
        func blocks() throws -> Substring? {
            try workspace.run("cache stats").output.split(separator: "\n").first { $0.hasPrefix("blocks ") }
        }
        #expect(try blocks() != nil)
        #expect(try workspace.run("cache clear").status == 0)
        #expect(try blocks() == nil)
        #expect(try workspace.build().executed["CaptureProgram"] == 1)
        #expect(try blocks() != nil)
    }

    /// A source gives the same graph as its committed capture, and numbers that are PyTorch's.
    private func build(_ workspace: SourceWorkspace) throws -> pid_t {
        let first = try workspace.build()
        #expect(first.executed["CaptureProgram"] == 1 && first.captureSeconds > 0 && !first.compiled.isEmpty)
        let server = try #require(workspace.server)
        let graph = try workspace.run("inspect gazenet --stage graph").output
        #expect(try Self.renamed(graph) == Self.renamed(workspace.run("inspect committed --stage graph").output))
        let check = try workspace.run("run gazenet --check")
        #expect(check.status == 0 && check.output.contains("ok   output 0"), "\(check.errors)")
        return server
    }

    /// The text of a graph with its values named by their order: names are PyTorch's, and mean nothing.
    private static func renamed(_ graph: String) -> String {
        var names: [Substring: String] = [:]
        return graph.replacing(/%\w+/) { match in
            if names[match.output] == nil { names[match.output] = "%v\(names.count)" }
            return names[match.output] ?? ""
        }
    }

    /// What the model's code asks of the world is an input, by whoever the server was started.
    private func questions(_ workspace: SourceWorkspace) throws {
        let manifest = try #require(try FilePath.text("\(workspace.directory)/reglaze.toml"))
        try workspace.write(
            manifest.replacing("[capture]", with: "[models.asks]\nsource = \"asks/net.py:Net\"\n[capture]"), to: "reglaze.toml")
        try workspace.write(
            """
            import os, torch
            try:
                from faster import FACTOR
            except ImportError:
                FACTOR = 1.0
            class Net(torch.nn.Module):
                input_shape = (1, 8)
                def __init__(self):
                    super().__init__()
                    self.layer = torch.nn.Linear(8, 8)
                    self.factor = FACTOR * float(os.environ.get("REGLAZE_TEST_SCALE", "1"))
                    self.factor *= 3 if os.path.exists("asks/three") else 1
                def forward(self, x):
                    return torch.relu(self.layer(x)) * self.factor
            """, to: "asks/net.py")
        func captures(_ variables: String = "") throws -> Bool {
            let result = try workspace.run("build asks --json", variables: variables)
            #expect(result.status == 0, "\(result.errors)")
            return result.output.contains("\"CaptureProgram\":1")
        }
        #expect(try captures())
        #expect(try !captures())
        #expect(try captures("REGLAZE_TEST_SCALE=2"))
        #expect(try !captures())
        try workspace.write("FACTOR = 5.0\n", to: "asks/faster.py")
        #expect(try captures())
        try workspace.write("", to: "asks/three")
        #expect(try captures())
        #expect(try !captures())
        // 15, as its bytes.
        let checked = try workspace.run("inspect asks --stage graph")
        #expect(checked.output.contains("dense 0x00007041"), "\(checked.output)")
    }

    private func edit(_ workspace: SourceWorkspace) throws {
        let null = try workspace.build()
        #expect(null.executed == [:] && null.captureSeconds == 0)

        try workspace.edit("models/gazenet.py", "EXPAND_BLOCK3 = 96", "# Moved by a line.\nEXPAND_BLOCK3 = 96")
        #expect(try workspace.build().compiled == [])

        try workspace.edit("models/gazenet.py", "EXPAND_BLOCK3 = 96", "EXPAND_BLOCK3 = 80")
        #expect(
            try workspace.build().compiled == [
                "block3.expand.1", "block3.depthwise.1", "block3.attend", "block3.attend.squeeze", "block3.attend.excite",
                "block3.attend#2",
                "block3.project.1",
            ])
        // The line is named, the exit code is 1, and the repair is what was there before.
        try workspace.edit("models/gazenet.py", "EXPAND_BLOCK3 = 80", "EXPAND_BLOCK3 = (80")
        let broken = try workspace.run("build gazenet")
        #expect(
            broken.status == 1 && broken.errors.contains("error[C101]") && broken.errors.contains("--> models/gazenet.py:"),
            "\(broken.errors)")
        try workspace.edit("models/gazenet.py", "EXPAND_BLOCK3 = (80", "EXPAND_BLOCK3 = 80")
        let repaired = try workspace.build()
        #expect(repaired.compiled == [] && repaired.executed["CaptureProgram"] == nil)
    }

    /// A server that is killed while it captures is replaced, and what comes out is what a server had given.
    private func deadServer(_ workspace: SourceWorkspace, _ server: pid_t) throws {
        try workspace.edit("models/gazenet.py", "EXPAND_BLOCK3 = 80", "EXPAND_BLOCK3 = 96  # never seen before")
        let rebuilt = try workspace.build {
            SourceWorkspace.waitForChild(of: server)
            kill(server, SIGKILL)
        }
        #expect(rebuilt.executed["CaptureProgram"] == 1 && rebuilt.compiled == [])
        // The capture may have been quicker than the kill: the next one needs a server in any case.
        try workspace.edit("models/gazenet.py", "EXPAND_BLOCK3 = 96  # never seen before", "EXPAND_BLOCK3 = 80  # nor this")
        #expect(try workspace.build().executed["CaptureProgram"] == 1)
        let next = try #require(workspace.server)
        #expect(next != server)
        // Without its socket a server has nobody to serve, and ends.
        StandInPython.remove("\(workspace.directory)/run")
        for _ in 0..<400 where SourceWorkspace.isRunning(next) { usleep(50_000) }
        #expect(!SourceWorkspace.isRunning(next), "no server is left behind")
    }

    /// The command captures a file, or says in every form why not.
    private func captureFile(_ workspace: SourceWorkspace) throws {
        let captured = try workspace.run("capture models/gazenet.py:GazeNet -o out/net.pt2 --json")
        #expect(captured.status == 0 && captured.output.contains(#""rung":"non-strict""#), "\(captured.errors)")
        for file in ["net.pt2", "net.call0.safetensors", "net.call1.safetensors"] {
            #expect(FilePath.exists("\(workspace.directory)/out/\(file)"))
        }
        let built = try workspace.run("run out/net.pt2 --target headset --check --reference out/net.call1.safetensors")
        #expect(built.status == 0, "\(built.errors)")
        try workspace.write("import torch\n\nclass Broken(torch.nn.Module:\n    pass\n", to: "models/broken.py")
        let refused = try workspace.run("capture models/broken.py:Broken -o out/broken.pt2 --sarif out/broken.sarif --format github")
        #expect(
            refused.status == 1 && refused.errors.contains("::error file=models/broken.py,line=3,title=C101::"),
            "\(refused.output)\(refused.errors)")
        let sarif = try #require(try FilePath.text("\(workspace.directory)/out/broken.sarif"))
        #expect(sarif.contains(#""ruleId" : "C101""#) && sarif.contains(#""startLine" : 3"#))
    }

    /// A suite is kept score of, and a model that is lost fails the gate.
    private func captureSuite(_ workspace: SourceWorkspace) throws {
        let zoo = """
            import torch

            class Good(torch.nn.Module):
                def forward(self, x):
                    return torch.relu(x)

            class Bad(torch.nn.Module):
                def forward(self, x):
                    return torch.special.bessel_j1(x) if True else x

            ZOO = {
                "good": ("hand", lambda: (Good(), (torch.ones(2, 3),), {})),
                "bad": ("hand", lambda: (Bad(), (torch.ones(2, 3),), {})),
            }

            """
        try workspace.write(zoo, to: "zoo.py")
        let first = try workspace.run("capture --suite zoo.py --scorecard score.json")
        #expect(
            first.status == 0 && first.output.contains("2 captured, 0 partly, 0 refused, 0 failed, of 2."), "\(first.output)\(first.errors)"
        )
        #expect(first.output.contains("| `aten.special_bessel_j1.default` | 1 | 1 |"))
        try workspace.edit("zoo.py", "return torch.relu(x)", "return torch.relu(y)")
        let second = try workspace.run("capture --suite zoo.py --only good --scorecard score.json")
        #expect(second.status == 3 && second.errors.contains("good was captured before and is not now"), "\(second.output)\(second.errors)")
        // What it is measured by stays as it was.
        try workspace.edit("zoo.py", "return torch.relu(y)", "return torch.relu(x)")
        #expect(try workspace.run("capture --suite zoo.py --scorecard score.json").status == 0)
    }
}
