import torch
from torch import nn


class Model(nn.Module):
    input_shape = (2, 8)

    def forward(self, x):
        bright = x > 0
        mean = torch.where(bright, x, 0).sum() / bright.sum().clamp(min=1)
        return torch.where(bright.sum() > 4, mean, x.mean())
