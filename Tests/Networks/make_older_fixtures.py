"""Writes the archives of older PyTorch releases that `Tests/Fixtures` keeps; run once in each release.

    python Tests/Networks/make_older_fixtures.py

The file is named after the release that wrote it: `older.torch2.5.pt2`. The release of `.ci/requirements.txt` also writes the
answers, and checkpoints with other weights. Weights are exact fractions, so that every release writes the same values.
"""

import pathlib

import torch
from torch import nn

ROOT = pathlib.Path(__file__).resolve().parents[2]
FIXTURES = ROOT / "Tests" / "Fixtures"
NEWEST = (2, 15)


def fractions(*shape: int) -> torch.Tensor:
    """Values between -1 and 1 that are exact in every float type."""
    count = torch.Size(shape).numel()
    return ((torch.arange(count) * 37 % 127 - 63).to(torch.float32) / 64).reshape(shape)


class Older(nn.Module):
    """A convolution with batch norm, two linear layers with one weight, a transposed parameter, buffers of both kinds, a number."""

    def __init__(self):
        super().__init__()
        self.convolution = nn.Conv2d(3, 8, 3, padding=1, bias=False)
        self.norm = nn.BatchNorm2d(8)
        self.first = nn.Linear(8, 8)
        self.second = nn.Linear(8, 8)
        for parameter in self.parameters():
            parameter.data = fractions(*parameter.shape)
        self.norm.running_mean = fractions(8)
        self.norm.running_var = fractions(8) ** 2 + 0.5
        self.second.weight = self.first.weight
        self.transposed = nn.Parameter(fractions(5, 8).t())
        self.register_buffer("mask", torch.arange(8) % 3 > 0, persistent=False)
        self.register_buffer("fallback", fractions(8))
        self.shift = 3

    def forward(self, image):
        x = torch.relu(self.norm(self.convolution(image))).mean((2, 3))
        x = self.second(torch.relu(self.first(x)))
        return torch.where(self.mask, x, self.fallback) @ self.transposed + self.shift


def save(program: torch.export.ExportedProgram, name: str) -> torch.export.ExportedProgram:
    """Writes a program, its source named relative to the repository and to the installation."""
    for node in program.graph.nodes:
        for folder in (ROOT, pathlib.Path(torch.__file__).parents[1]):
            if "stack_trace" in node.meta:
                node.meta["stack_trace"] = node.meta["stack_trace"].replace(f"{folder}/", "")
    torch.export.save(program, FIXTURES / f"{name}.pt2", extra_files={"note": "written once"})
    return program


def main() -> None:
    model = Older().eval()
    image = fractions(1, 3, 6, 6)
    release = tuple(int(part) for part in torch.__version__.split("+")[0].split(".")[:2])
    suffix = "" if release == NEWEST else f".torch{release[0]}.{release[1]}"
    # Releases up to 2.6 have today's form of a program, before any decomposition, under another name.
    export = torch.export.export_for_training if release < (2, 7) else torch.export.export
    program = save(export(model, (image,)), f"older{suffix}")
    if release < (2, 7):
        batch = torch.export.Dim("batch", max=8)
        images = torch.cat([image, image, image])
        save(torch.export.export(model, (images,), dynamic_shapes=({0: batch},)), f"older.decomposed{suffix}")
    if release == NEWEST:
        write_checkpoints(model, program, image)


def write_checkpoints(model: Older, program: torch.export.ExportedProgram, image: torch.Tensor) -> None:
    """The answers, the program without its weights, and other weights in both forms with the answers that they give."""
    from safetensors.torch import save_file

    save_file({"input.0": image, "output.0": model(image).detach()}, FIXTURES / "older.safetensors")
    images = torch.cat([image, image, image])
    save_file({"input.0": images, "output.0": model(images).detach()}, FIXTURES / "older.decomposed.safetensors")
    for name, tensor in program.state_dict.items():
        absent = torch.empty_strided(tensor.size(), tensor.stride(), dtype=tensor.dtype, device="meta")
        program.state_dict[name] = nn.Parameter(absent) if isinstance(tensor, nn.Parameter) else absent
    torch.export.save(program, FIXTURES / "older.absent.pt2")
    with torch.no_grad():
        for parameter in set(model.parameters()):
            parameter.copy_(parameter.flip(0) / 2)
    torch.save(model.state_dict(), FIXTURES / "older.reweighted.pt")
    state = {name: tensor.contiguous() for name, tensor in model.state_dict().items() if name != "first.weight"}
    save_file(state, FIXTURES / "older.reweighted.weights.safetensors")
    save_file({"input.0": image, "output.0": model(image).detach()}, FIXTURES / "older.reweighted.safetensors")


if __name__ == "__main__":
    main()
