"""Captures chains of layers for the benchmark of growth into the folder given.

    python Tests/Networks/capture_layers.py .cache/networks

For each length: layers_<n>.pt2, n linear layers, each followed by relu and a factor of its own, so that each is another kernel; and layers_<n>.edited.pt2, the same
with another factor in the middle. Does nothing for what is there already.
"""

import pathlib
import sys
import zipfile

LENGTHS = [100, 2000]


def factor(layer: int) -> float:
    """A number without a rounding in binary, so that the program's text holds these digits."""
    return 1 + layer / 1024


def capture(length: int, path: pathlib.Path) -> None:
    import torch
    from torch import nn

    class Chain(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.layers = nn.ModuleList([nn.Linear(8, 8) for _ in range(length)])

        def forward(self, x: torch.Tensor) -> torch.Tensor:
            for number, layer in enumerate(self.layers):
                x = torch.relu(layer(x)) * factor(number)
            return x

    torch.manual_seed(length)
    program = torch.export.export(Chain().eval(), (torch.zeros(1, 8),))
    torch.export.save(program, path)


def edit(length: int, path: pathlib.Path, edited: pathlib.Path) -> None:
    old = f'"as_float": {factor(length // 2)}'.encode()
    new = b'"as_float": 0.515625'
    found = 0
    with zipfile.ZipFile(path) as source, zipfile.ZipFile(edited, "w") as copy:
        for member in source.infolist():
            content = source.read(member)
            if member.filename.endswith("models/model.json"):
                found += content.count(old)
                content = content.replace(old, new)
            copy.writestr(member.filename, content)
    if found != 1:
        edited.unlink()
        sys.exit(f"{path}: the factor to be edited is there {found} times")


def main() -> None:
    if len(sys.argv) != 2:
        sys.exit(f"usage: {sys.argv[0]} FOLDER")
    folder = pathlib.Path(sys.argv[1])
    for length in LENGTHS:
        path, edited = folder / f"layers_{length}.pt2", folder / f"layers_{length}.edited.pt2"
        if not path.exists():
            capture(length, path)
            edited.unlink(missing_ok=True)
        if not edited.exists():
            edit(length, path, edited)


if __name__ == "__main__":
    main()
