"""How long from a saved edit to the graph in hand: cold, warm as a whole, warm and incremental. All in one run.

    python bench_incremental.py [NAME...]

Cold: a new process imports PyTorch, builds the model and exports it. The warm figures are of forks of a process that
has exported the model before, each with one attribute of one block edited; the least of five.
"""

import json
import os
import pathlib
import subprocess
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parents[3]
sys.path[:0] = [str(ROOT / "Sources" / "Capture" / "Python"), str(ROOT / "workspace-example")]
RUNS = 5
NAMES = ("gazenet", "resnet50", "transformer")


def build(name: str):
    """The model, its arguments, and an edit of one block."""
    import torch
    from torch import nn

    if name == "gazenet":
        from models.gazenet import GazeNet

        model = GazeNet()
        return model, (torch.zeros(GazeNet.input_shape),), lambda: setattr(model.block4.depthwise[1], "eps", 1e-4)
    if name == "resnet50":
        import torchvision

        model = torchvision.models.resnet50(weights=None)
        return model, (torch.zeros(1, 3, 96, 96),), lambda: setattr(model.layer3[2].bn2, "eps", 1e-4)

    class Layer(nn.TransformerEncoderLayer):
        pass

    class Transformer(nn.Module):
        def __init__(self):
            super().__init__()
            self.layers = nn.ModuleList([Layer(64, 4, 128, batch_first=True, norm_first=True) for _ in range(12)])

        def forward(self, x):
            for layer in self.layers:
                x = layer(x)
            return x

    model = Transformer()
    return model, (torch.zeros(1, 16, 64),), lambda: setattr(model.layers[5].norm2, "eps", 1e-4)


def cold(name: str) -> float:
    """Seconds of a process of its own that exports the model."""
    code = (
        f"import sys; sys.path[:0] = {sys.path[:2]!r}; import bench_incremental as b\n"
        "from reglaze_capture import blocks\n"
        f"model, args, _ = b.build({name!r}); blocks.export(model.eval(), args, {{}}, None)"
    )
    start = time.perf_counter()
    subprocess.run([sys.executable, "-c", code], check=True, cwd=pathlib.Path(__file__).parent, capture_output=True)
    return time.perf_counter() - start


def in_fork(name: str, memo: str | None, is_edited: bool) -> dict:
    """Seconds in a fork from the built model to its graph, and what became of the blocks."""
    from reglaze_capture import blocks

    reading, writing = os.pipe()
    if os.fork() == 0:
        model, args, edit = build(name)
        model.eval()
        if is_edited:
            edit()
        clocks = (time.perf_counter, time.process_time)
        start = [clock() for clock in clocks]
        _, report = blocks.export(model, args, {}, blocks.open_memo(memo))
        wall, cpu = (clock() - began for clock, began in zip(clocks, start, strict=True))
        result = {"wall": wall, "cpu": cpu, "exported": report.exported, "skeleton": report.skeleton}
        os.write(writing, json.dumps(result).encode())
        os._exit(0)
    os.close(writing)
    with os.fdopen(reading, "rb") as pipe:
        result = json.loads(pipe.read())
    os.wait()
    return result


def least(name: str, folder: pathlib.Path, is_edited: bool, is_incremental: bool) -> dict:
    results = []
    for run in range(RUNS):
        memo = folder / f"{name}.{run}.{is_edited}"
        subprocess.run(["cp", "-r", folder / name, memo], check=True)
        results.append(in_fork(name, str(memo) if is_incremental else None, is_edited))
    return min(results, key=lambda result: result["wall"])


def main() -> None:
    names = sys.argv[1:] or NAMES
    seconds_cold = {name: cold(name) for name in names}
    from reglaze_capture import blocks

    print(f"{'seconds (CPU)':24s} {'cold':>8s} {'whole, warm':>16s} {'one block edited':>18s} {'nothing edited':>16s}")
    with tempfile.TemporaryDirectory() as text:
        folder = pathlib.Path(text)
        for name in names:
            model, args, _ = build(name)
            blocks.export(model.eval(), args, {}, blocks.Memo(folder / name))
            whole = least(name, folder, True, False)
            edited = least(name, folder, True, True)
            same = least(name, folder, False, True)
            if (edited["skeleton"], edited["exported"], same["exported"]) != ("memoised", 1, 0):
                sys.exit(f"{name}: more was exported than the edited block")
            figures = [f"{one['wall']:.3f} ({one['cpu']:.3f})" for one in (whole, edited, same)]
            print(
                f"{name:24s} {seconds_cold[name]:8.2f} {figures[0]:>16s} {figures[1]:>18s} {figures[2]:>16s}",
                flush=True,
            )


if __name__ == "__main__":
    main()
