"""Captures the programs of the suite into the folder given, where they are missing or out of date.

    python Tests/Suite/capture_suite.py .cache/suite [NAME...]

For each program: <name>.pt2, and PyTorch's answers to two calls in a row in <name>.call<i>.safetensors, so that state
shows. The second call has other floating-point inputs, except where the first has zeros: an initial state.
"""

import copy
import hashlib
import importlib.metadata
import os
import pathlib
import sys
import warnings

ROOT = pathlib.Path(__file__).resolve().parents[2]
EXAMPLE = ROOT / "workspace-example"
SOURCES = [pathlib.Path(__file__), *(ROOT / "Tests" / "Suite" / name for name in ("zoo.py", "hand_models.py"))]
PACKAGES = ["torch", "torchvision", "timm", "transformers"]
CALLS = 2
SEED = 0


def stamp() -> str:
    """A fingerprint of everything that decides what is written, found without importing PyTorch."""
    digest = hashlib.sha256()
    for source in SOURCES:
        digest.update(source.read_bytes())
    for package in PACKAGES:
        digest.update(f"{package} {importlib.metadata.version(package)}\n".encode())
    return digest.hexdigest()


def capture(name: str, builder, folder: pathlib.Path) -> None:
    """Writes the program that `builder` gives, and PyTorch's answers."""
    import safetensors.torch
    import torch
    from torch import nn
    from torch.utils import _pytree as pytree

    import archive

    torch.manual_seed(SEED)
    model, arguments, keywords = builder()
    settle(model, torch.Generator().manual_seed(SEED + 1), nn, torch)
    program = archive.export_program(model, arguments, kwargs=keywords)
    archive.save_program(program, folder / f"{name}.pt2", root=ROOT)

    def drawn(value: object, call: int) -> object:
        is_drawn = call > 0 and isinstance(value, torch.Tensor) and value.is_floating_point() and bool(value.any())
        if not is_drawn:
            return value
        generator = torch.Generator().manual_seed(SEED + 10 + call)
        return torch.randn(value.shape, generator=generator).to(value.dtype)

    model = copy.deepcopy(model)
    for call in range(CALLS):
        inputs = pytree.tree_map(lambda value, call=call: drawn(value, call), (arguments, keywords))
        tensors = archive.named_leaves("input", inputs)
        with torch.no_grad():
            tensors |= archive.named_leaves("output", model(*inputs[0], **inputs[1]))
        (folder / f"{name}.call{call}.safetensors").write_bytes(safetensors.torch.save(tensors))


def settle(model, generator, nn, torch) -> None:
    """Draws what is freshly initialised with zeros or ones and would hide mistakes: batch norms, weights of zeros."""
    with torch.no_grad():
        for module in model.modules():
            if not isinstance(module, nn.modules.batchnorm._BatchNorm) or module.running_mean is None:
                continue
            shape = module.running_mean.shape
            module.running_mean.copy_(torch.randn(shape, generator=generator) * 0.1)
            module.running_var.copy_(torch.rand(shape, generator=generator) * 0.5 + 0.75)
            if module.affine:
                module.weight.copy_(torch.rand(shape, generator=generator) * 0.5 + 0.75)
                module.bias.copy_(torch.randn(shape, generator=generator) * 0.1)
        for parameter in model.parameters():
            if parameter.dim() >= 2 and not parameter.any():
                parameter.copy_(torch.randn(parameter.shape, generator=generator) * 0.05)


def main() -> None:
    if len(sys.argv) < 2:
        sys.exit(f"usage: {sys.argv[0]} FOLDER [NAME...]")
    folder = pathlib.Path(sys.argv[1])
    folder.mkdir(parents=True, exist_ok=True)
    current = stamp()
    sys.path[:0] = [str(EXAMPLE), str(ROOT / "Tests" / "Suite")]
    names = sys.argv[2:]

    def is_missing(name: str) -> bool:
        written = folder / f"{name}.stamp"
        return not written.is_file() or written.read_text() != current

    if names and not any(map(is_missing, names)):
        return
    warnings.filterwarnings("ignore")
    os.environ.setdefault("HF_HUB_OFFLINE", "1")
    import torch

    from zoo import ZOO

    torch.set_num_threads(1)
    for name in names or ZOO:
        if is_missing(name):
            print(f"  {name}", flush=True)
            capture(name, ZOO[name][1], folder)
            (folder / f"{name}.stamp").write_text(current)


if __name__ == "__main__":
    main()
