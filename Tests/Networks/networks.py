"""The networks that the tests of the laws compile: how each is built, one edit of each, and their capture."""

import copy
import pathlib
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import timm
import torch
import torchvision
from torch import nn

import archive
import variants
from models import gazenet as gazenet_source
from models.weights import draw_weights

ROOT = pathlib.Path(__file__).resolve().parents[2]
IMAGE = (1, 3, 224, 224)


@dataclass(frozen=True)
class Network:
    """How to build a network with random weights from a seed, and an edit of one of its blocks, made in place."""

    build: Callable[[int], nn.Module]
    edit: Callable[[nn.Module], None]
    input_shape: tuple[int, ...]
    is_also_moved: bool = False


def settle_batch_norm(norms: list[nn.BatchNorm2d], seed: int) -> None:
    """Gives `norms` random statistics, scales and shifts.

    Freshly initialised ones (mean 0, variance 1) hide mistakes in folding.
    """
    generator = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        for norm in norms:
            shape = norm.running_mean.shape
            norm.running_mean.copy_(torch.randn(shape, generator=generator) * 0.1)
            norm.running_var.copy_(torch.rand(shape, generator=generator) * 0.5 + 0.75)
            norm.weight.copy_(torch.rand(shape, generator=generator) * 0.5 + 0.75)
            norm.bias.copy_(torch.randn(shape, generator=generator) * 0.1)


def batch_norms(model: nn.Module) -> list[nn.BatchNorm2d]:
    return [module for module in model.modules() if isinstance(module, nn.BatchNorm2d)]


def seeded(construct: Callable[[], nn.Module]) -> Callable[[int], nn.Module]:
    """A builder that draws all weights from its seed."""

    def build(seed: int) -> nn.Module:
        torch.manual_seed(seed)
        model = construct()
        settle_batch_norm(batch_norms(model), seed)
        return model.eval()

    return build


def resnet18() -> nn.Module:
    return torchvision.models.resnet18(weights=None)


def narrow_resnet18(model: nn.Module) -> None:
    """256 to 224 channels between the two convolutions of layer3.0."""
    block = model.layer3[0]
    block.conv1 = nn.Conv2d(128, 224, 3, stride=2, padding=1, bias=False)
    block.bn1 = nn.BatchNorm2d(224)
    block.conv2 = nn.Conv2d(224, 256, 3, padding=1, bias=False)
    settle_batch_norm([block.bn1], seed=2)


def mobilenet_v2() -> nn.Module:
    return torchvision.models.mobilenet_v2(weights=None)


def narrow_mobilenet_v2(model: nn.Module) -> None:
    """384 to 320 channels inside the inverted residual features.9."""
    expand, depthwise, _, _ = model.features[9].conv
    expand[0] = nn.Conv2d(64, 320, 1, bias=False)
    expand[1] = nn.BatchNorm2d(320)
    depthwise[0] = nn.Conv2d(320, 320, 3, padding=1, groups=320, bias=False)
    depthwise[1] = nn.BatchNorm2d(320)
    model.features[9].conv[2] = nn.Conv2d(320, 64, 1, bias=False)
    settle_batch_norm([expand[1], depthwise[1]], seed=2)


def vit_tiny() -> nn.Module:
    return timm.create_model("vit_tiny_patch16_224", pretrained=False)


def narrow_vit_tiny(model: nn.Module) -> None:
    """768 to 640 hidden features in the perceptron of blocks.5."""
    perceptron = model.blocks[5].mlp
    perceptron.fc1 = nn.Linear(192, 640)
    perceptron.fc2 = nn.Linear(640, 192)


def gazenet(seed: int) -> nn.Module:
    model = gazenet_source.GazeNet()
    draw_weights(model, seed)
    return model.eval()


def narrow_gazenet(model: nn.Module) -> None:
    """96 to 80 channels inside block3, as in the example's `gazenet-edited`."""
    model.block3 = gazenet_source.InvertedResidual(24, 80, 40, kernel=5, stride=2)
    draw_weights(model)
    model.eval()


NETWORKS = {
    "gazenet": Network(gazenet, narrow_gazenet, (1, 1, 96, 160), is_also_moved=True),
    "resnet18": Network(seeded(resnet18), narrow_resnet18, IMAGE, is_also_moved=True),
    "mobilenet_v2": Network(seeded(mobilenet_v2), narrow_mobilenet_v2, IMAGE),
    "vit_tiny_patch16_224": Network(seeded(vit_tiny), narrow_vit_tiny, IMAGE),
}


@contextmanager
def timed(work: str, seconds: dict[str, float]) -> Iterator[None]:
    """Prints how long its body took, and keeps it under the work's name."""
    start = time.perf_counter()
    yield
    seconds[work] = time.perf_counter() - start
    print(f"  {work:20s} {seconds[work]:6.2f} s", flush=True)


def capture(name: str, network: Network, folder: pathlib.Path) -> dict[str, float]:
    """Writes the programs of `network` and PyTorch's answers. Returns the seconds of each piece of work."""
    seconds: dict[str, float] = {}
    image = torch.randn(network.input_shape, generator=torch.Generator().manual_seed(3))

    def write(variant: str, model: nn.Module, has_own_answers: bool, edit: Callable | None = None) -> None:
        stem = folder / (name + variant)
        with timed(f"export{variant}", seconds):
            program = archive.export_program(model, (image,))
        if edit:
            edit(program)
        with timed(f"save{variant}", seconds):
            archive.save_program(program, stem.with_name(stem.name + ".pt2"), root=ROOT)
        if has_own_answers:
            archive.save_references(model, [(image,)], lambda _: stem.with_name(stem.name + ".safetensors"))

    print(name, flush=True)
    with timed("build", seconds):
        model = network.build(0)
    write("", model, True)
    torch.manual_seed(2)
    edited = copy.deepcopy(model)
    network.edit(edited)
    edited.eval()
    write(".edited", edited, True)
    write(".reweighted", network.build(1), True)
    write(".renamed", variants.Renamed(model), False, variants.rename_nodes)
    if network.is_also_moved:
        write(".moved", model, False, variants.move_lines)
        write(".reordered", variants.reorder_definitions(model), False)
    print(f"  {(folder / f'{name}.pt2').stat().st_size:,} bytes", flush=True)
    return seconds
