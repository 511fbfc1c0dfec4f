"""Weights that stand in for a checkpoint: the same in every run, and each tensor independent of all the others.

A tensor is drawn from a generator that is seeded by the tensor's own name. An edit of one layer therefore changes the
weights of that layer alone, as it would with a checkpoint, and not of every layer that is constructed after it.
"""

import zlib

import torch
from torch import nn


def draw_weights(model: nn.Module, seed: int = 0) -> None:
    """Overwrites every parameter and every batch-norm statistic of `model` with values that `seed` and its name fix.

    Batch-norm statistics are drawn too: freshly initialised ones (mean 0, variance 1) hide mistakes in folding.
    """

    def normal(tensor: torch.Tensor, name: str, deviation: float, mean: float = 0.0) -> None:
        generator = torch.Generator().manual_seed(zlib.crc32(f"{seed}/{name}".encode()))
        tensor.copy_(torch.randn(tensor.shape, generator=generator) * deviation + mean)

    def uniform(tensor: torch.Tensor, name: str, low: float, high: float) -> None:
        generator = torch.Generator().manual_seed(zlib.crc32(f"{seed}/{name}".encode()))
        tensor.copy_(torch.rand(tensor.shape, generator=generator) * (high - low) + low)

    with torch.no_grad():
        for path, module in model.named_modules():
            for kind, parameter in module.named_parameters(recurse=False):
                name = f"{path}.{kind}"
                if kind == "bias":
                    normal(parameter, name, deviation=0.1)
                elif isinstance(module, (nn.BatchNorm2d, nn.LayerNorm)):
                    uniform(parameter, name, 0.75, 1.25)
                elif isinstance(module, (nn.Conv2d, nn.Linear)):
                    values_per_output = parameter[0].numel()
                    normal(parameter, name, deviation=(1.5 / values_per_output) ** 0.5)
                else:
                    normal(parameter, name, deviation=0.2)
            if isinstance(module, nn.BatchNorm2d):
                normal(module.running_mean, f"{path}.running_mean", deviation=0.1)
                uniform(module.running_var, f"{path}.running_var", 0.75, 1.25)
