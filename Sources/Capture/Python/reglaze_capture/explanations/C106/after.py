import typing

import torch
from torch import nn


class Pair(typing.NamedTuple):
    first: torch.Tensor
    second: torch.Tensor


class Model(nn.Module):
    input_shape = (2, 8)

    def forward(self, x):
        return Pair(x + 1, x * 2)
