"""How long from a saved file to the graph in hand, as a user meets it: through the capture server. All in one run.

    python bench_incremental.py [NAME...]

PyTorch: a new process imports it, builds the model and exports it. Cold: a new server does the same for its first
request. Warm: a running server is asked after an edit of one line, to export the whole, or the changed block alone, or
nothing where nothing was edited. A figure is the median of the runs, from the file's saving to the end of the export;
it leaves out the eager calls before it, which verification needs. `done` has them, the comparison and the writing of
the archive, too. CPU: what the same took of a processor, whatever else the machine does. Reports, never judges: no
figure fails.
"""

import json
import pathlib
import socket
import statistics
import subprocess
import sys
import tempfile
import textwrap
import time

ROOT = pathlib.Path(__file__).resolve().parents[3]
PACKAGE = ROOT / "Sources" / "Capture" / "Python"
COLD_RUNS, WARM_RUNS = 3, 7
COLD_GOAL = 1.2  # times PyTorch alone

GAZENET = (ROOT / "workspace-example" / "models" / "gazenet.py").read_text()
# For each program its text, the line that is edited, and the goal in seconds. `EDIT` stands for the edited value.
PROGRAMS = {
    "gazenet": (
        GAZENET.replace("BLOCK3 = 96", "BLOCK3 = 64 + 4 * EDIT"),
        "GazeNet",
        [1, 1, 96, 160],
        0.3,
    ),
    "resnet50": (
        """
        import torchvision

        def make():
            model = torchvision.models.resnet50(weights=None)
            model.layer3[2].conv2.dilation = (EDIT, EDIT)
            model.layer3[2].conv2.padding = (EDIT, EDIT)
            return model
        """,
        "make",
        [1, 3, 96, 96],
        0.4,
    ),
    "transformer": (
        """
        from torch import nn

        class Transformer(nn.Module):
            def __init__(self):
                super().__init__()
                widths = [768] * 5 + [520 + 32 * EDIT] + [768] * 6
                self.layers = nn.ModuleList(
                    nn.TransformerEncoderLayer(192, 3, width, batch_first=True, norm_first=True) for width in widths
                )

            def forward(self, x):
                for layer in self.layers:
                    x = layer(x)
                return x
        """,
        "Transformer",
        [1, 197, 192],
        0.4,
    ),
}
# The same with its weights in a file, as trained networks have them: then the model is built without drawing any.
PROGRAMS["resnet50 weights"] = PROGRAMS["resnet50"]
WITH_WEIGHTS = ("resnet50 weights",)


class Workspace:
    """A folder with one program, whose edited line says `value`."""

    def __init__(self, folder: pathlib.Path, name: str):
        text, self.source, self.shape, self.goal = PROGRAMS[name]
        self.folder, self.name, self.text = folder / name.replace(" ", "_"), name.split()[0], textwrap.dedent(text)
        (self.folder / "models").mkdir(parents=True)
        weights = ROOT / "workspace-example" / "models" / "weights.py"
        (self.folder / "models" / "weights.py").write_text(weights.read_text())
        self.save(2)
        self.weights = self.folder / "weights.safetensors" if name in WITH_WEIGHTS else None
        if self.weights:
            save = f"from safetensors.torch import save_file; save_file(model.state_dict(), {str(self.weights)!r})"
            self.run(save)

    def run(self, code: str) -> None:
        """Runs code in a process of its own, after the model was built there."""
        head = f"""
import sys; sys.path.insert(0, {str(self.folder)!r})
import torch
torch.set_num_threads(1)
import {self.name} as source
model = source.{self.source}().eval()
"""
        subprocess.run([sys.executable, "-c", head + code], check=True, capture_output=True)

    def save(self, value: int) -> None:
        (self.folder / f"{self.name}.py").write_text(self.text.replace("EDIT", str(value)))

    def request(self, is_incremental: bool) -> dict:
        """What the command asks for when it builds a model with a source."""
        return {
            "method": "capture",
            "workspace": str(self.folder),
            "source": f"{self.name}.py:{self.source}",
            "inputs": [{"shape": self.shape, "dtype": "float32"}],
            "output": str(self.folder / "out.pt2"),
            "memo": str(self.folder / "memo"),
            "incremental": is_incremental,
            "weights": str(self.weights) if self.weights else None,
        }


class Server:
    """A capture server of its own."""

    def __init__(self, folder: pathlib.Path):
        self.path = folder / "server.sock"
        arguments = [sys.executable, "-m", "reglaze_capture", "serve", "--socket", str(self.path)]
        variables = {"PYTHONPATH": str(PACKAGE), "PYTHONHASHSEED": "0", "PYTHONDONTWRITEBYTECODE": "1"}
        silence = subprocess.DEVNULL
        self.process = subprocess.Popen(arguments, env=variables, cwd=folder, stdout=silence, stderr=silence)

    def __enter__(self) -> "Server":
        return self

    def __exit__(self, *_) -> None:
        self.process.terminate()
        self.process.wait()

    def ask(self, request: dict, since: float) -> dict:
        """Seconds since `since` to the graph and to the answer, CPU seconds to the graph, and what became of the
        blocks."""
        connection = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        while True:
            try:
                connection.connect(str(self.path))
                break
            except OSError:
                time.sleep(0.005)
        connection.sendall(json.dumps(request).encode() + b"\n")
        phases: dict[str, dict] = {}
        graph = 0.0
        with connection, connection.makefile(encoding="utf-8") as events:
            for event in map(json.loads, events):
                if event["event"] == "phase":
                    phases[event["name"]] = event
                    if event["name"] == "export":
                        graph = time.perf_counter() - since - phases["preflight"]["seconds"]
                elif event["event"] == "done":
                    done = time.perf_counter() - since
                    cpu = {name: phase["cpu"] for name, phase in phases.items()}
                    cpu = cpu["build"] + cpu["export"] - cpu["preflight"]
                    return {"graph": graph, "cpu": cpu, "done": done, "blocks": event["blocks"]}
        sys.exit(f"the capture failed: {event}")

    def settle(self) -> None:
        """Waits until the server has imported ahead what the first capture imported."""
        ticks = None
        while ticks != (ticks := pathlib.Path(f"/proc/{self.process.pid}/stat").read_text().split()[13:15]):
            time.sleep(1.0)


def pytorch_alone(workspace: Workspace) -> float:
    """Seconds of a process of its own that exports the program with nothing of ours."""
    code = f"""
with torch.no_grad():
    torch.export.export(model, (torch.zeros({workspace.shape}),), strict=False)
"""
    start = time.perf_counter()
    workspace.run(code)
    return time.perf_counter() - start


def cold(workspace: Workspace, folder: pathlib.Path) -> float:
    """Seconds from starting a server to its first graph."""
    start = time.perf_counter()
    with Server(folder) as server:
        return server.ask(workspace.request(True) | {"memo": None}, start)["graph"]


def warm(server: Server, workspace: Workspace, is_incremental: bool, values: range) -> list[dict]:
    results = []
    for value in values:
        workspace.save(value)
        results.append(server.ask(workspace.request(is_incremental), time.perf_counter()))
    return results


def median(results: list[dict], what: str) -> float:
    return statistics.median(result[what] for result in results)


def measure(name: str, folder: pathlib.Path) -> str:
    """The table's row of one program."""
    workspace = Workspace(folder, name)
    pairs = [(pytorch_alone(workspace), cold(workspace, folder)) for _ in range(COLD_RUNS)]
    alone, first = (statistics.median(column) for column in zip(*pairs, strict=True))
    with Server(folder) as server:
        server.ask(workspace.request(True), 0.0)
        server.settle()
        edited = warm(server, workspace, True, range(3, 3 + WARM_RUNS))
        whole = warm(server, workspace, False, range(3, 3 + WARM_RUNS))
        same = warm(server, workspace, True, [3] * WARM_RUNS)
    if any(result["blocks"]["exported"] != 1 for result in edited) or any(one["blocks"]["exported"] for one in same):
        sys.exit(f"{name}: more was exported than the edited block: {edited[0]['blocks']}, {same[0]['blocks']}")
    graph, done = median(edited, "graph"), median(edited, "done")
    of_whole, of_same = median(whole, "graph"), median(same, "graph")
    return (
        f"{name:16s} {alone:8.2f} {first:7.2f} {first / alone:5.2f} x {of_whole:8.3f} {graph:9.3f}"
        f" {median(edited, 'cpu'):8.3f} {workspace.goal:6.1f} {graph / of_whole:6.2f} x {of_same:8.3f} {done:9.3f}"
    )


HEAD = """\
Capture: seconds from a saved file to the graph in hand
                               cold                    one block edited                    nothing    edited,
                  PyTorch    median  of PyT.    whole    median      CPU   goal  of whole   edited       done"""


def main() -> None:
    print(HEAD)
    with tempfile.TemporaryDirectory() as folder:
        for name in sys.argv[1:] or PROGRAMS:
            print(measure(name, pathlib.Path(folder)), flush=True)
    print(f"The goal of cold is {COLD_GOAL} x PyTorch.")


if __name__ == "__main__":
    main()
