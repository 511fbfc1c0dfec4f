import Basics
import Glibc
import Pipeline
import Testing

/// From a saved model.py to cycles, with a real PyTorch: one capture after the other through one server.
@Suite(.serialized) struct SourceToCyclesTests {
    @Test func `A source builds like its captured program, and an edit costs what it touches`() throws {
        guard SourceWorkspace.available() else { return }
        let workspace = try SourceWorkspace()
        let first = try workspace.build()
        #expect(first.executed["CaptureProgram"] == 1 && first.captureSeconds > 0 && !first.compiled.isEmpty)
        let server = try #require(workspace.server)
        let graph = try workspace.run("inspect gazenet --stage graph").output
        #expect(try graph == workspace.run("inspect committed --stage graph").output)
        let check = try workspace.run("run gazenet --check")
        #expect(check.status == 0 && check.output.contains("ok   output 0"), "\(check.errors)")

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
        #expect(workspace.server == server, "one server serves all")

        try syntaxError(workspace)
        try deadServer(workspace, server)
    }

    /// The line is named, the exit code is 1, and the repair is what was there before.
    private func syntaxError(_ workspace: SourceWorkspace) throws {
        try workspace.edit("models/gazenet.py", "EXPAND_BLOCK3 = 80", "EXPAND_BLOCK3 = (80")
        let broken = try workspace.run("build gazenet")
        #expect(
            broken.status == 1 && broken.errors.contains("error[C101]") && broken.errors.contains("--> models/gazenet.py:"),
            "\(broken.errors)")
        try workspace.edit("models/gazenet.py", "EXPAND_BLOCK3 = (80", "EXPAND_BLOCK3 = 80")
        let repaired = try workspace.build()
        #expect(repaired.compiled == [] && repaired.executed["CaptureProgram"] == nil)
    }

    /// A server that is gone is replaced, and what comes out is what a server had given.
    private func deadServer(_ workspace: SourceWorkspace, _ server: pid_t) throws {
        kill(server, SIGKILL)
        try workspace.edit("models/gazenet.py", "EXPAND_BLOCK3 = 80", "EXPAND_BLOCK3 = 96")
        let rebuilt = try workspace.build()
        #expect(rebuilt.executed["CaptureProgram"] == 1 && rebuilt.compiled == [])
        let next = try #require(workspace.server)
        #expect(next != server)
        // Without its socket a server has nobody to serve, and ends.
        StandInPython.remove("\(workspace.directory)/run")
        for _ in 0..<200 where kill(next, 0) == 0 { usleep(50_000) }
        #expect(kill(next, 0) != 0, "no server is left behind")
    }

    @Test func `The command captures a file, or says in every form why not`() throws {
        guard SourceWorkspace.available() else { return }
        let workspace = try SourceWorkspace()
        let captured = try workspace.run("capture models/gazenet.py:GazeNet -o out/net.pt2 --json")
        #expect(captured.status == 0 && captured.output.contains(#""rung":"non-strict""#), "\(captured.errors)")
        for file in ["net.pt2", "net.call0.safetensors", "net.call1.safetensors"] {
            #expect(FilePath.exists("\(workspace.directory)/out/\(file)"))
        }
        let built = try workspace.run("run out/net.pt2 --target headset --check --reference out/net.call1.safetensors")
        #expect(built.status == 0, "\(built.errors)")
        try workspace.write(
            """
            import torch

            class Early(torch.nn.Module):
                input_shape = (2, 8)

                def forward(self, x):
                    if x.sum() > 0:
                        return x + 1
                    return x

            """, to: "models/early.py")
        let refused = try workspace.run(
            "capture models/early.py:Early -o out/early.pt2 --no-partial --sarif out/early.sarif --format github")
        #expect(
            refused.status == 1 && refused.output.contains("::error file=models/early.py,line=7,title=C104::"),
            "\(refused.output)\(refused.errors)")
        let sarif = try #require(try FilePath.text("\(workspace.directory)/out/early.sarif"))
        #expect(sarif.contains(#""ruleId" : "C104""#) && sarif.contains(#""startLine" : 7"#))
    }

    @Test func `A suite is kept score of, and a model that is lost fails the gate`() throws {
        guard SourceWorkspace.available() else { return }
        let workspace = try SourceWorkspace()
        let zoo = """
            import torch

            class Good(torch.nn.Module):
                def forward(self, x):
                    return torch.relu(x)

            class Bad(torch.nn.Module):
                def forward(self, x):
                    return torch.linalg.svd(x)[1] if True else x

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
        #expect(first.output.contains("| `aten.linalg_svd.default` | 1 | 1 |"))
        try workspace.edit("zoo.py", "return torch.relu(x)", "return torch.relu(y)")
        let second = try workspace.run("capture --suite zoo.py --only good --scorecard score.json")
        #expect(second.status == 3 && second.errors.contains("good was captured before and is not now"), "\(second.output)\(second.errors)")
        // What it is measured by stays as it was.
        try workspace.edit("zoo.py", "return torch.relu(y)", "return torch.relu(x)")
        #expect(try workspace.run("capture --suite zoo.py --scorecard score.json").status == 0)
    }
}
