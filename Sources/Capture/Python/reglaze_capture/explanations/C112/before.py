# request: {"dynamic": {"0": {"0": "batch"}}}
import torch
from torch import nn


class Model(nn.Module):
    input_shape = (2, 8)

    def forward(self, x):
        return x + torch.ones(2, 8)
