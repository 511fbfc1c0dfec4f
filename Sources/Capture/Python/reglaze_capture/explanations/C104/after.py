import torch
from torch import nn


class Model(nn.Module):
    input_shape = (2, 8)

    def forward(self, x):
        return torch.where(x.mean() > 0, x * 2, x)
