# request: {"partial": true}
import torch
from torch import nn


class Model(nn.Module):
    input_shape = (2, 8)

    def __init__(self):
        super().__init__()
        self.linear = nn.Linear(8, 3)

    def forward(self, x):
        y = self.linear(x)
        return torch.where(y.mean() > 0, y * 2, y)
