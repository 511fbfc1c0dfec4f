import torch
from torch import nn


@torch.library.custom_op("example::twice", mutates_args=())
def twice(x: torch.Tensor) -> torch.Tensor:
    return x * 2


class Model(nn.Module):
    input_shape = (2, 8)

    def forward(self, x):
        return twice(x)
