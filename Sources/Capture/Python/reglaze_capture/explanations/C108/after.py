import torch
from torch import nn


class Model(nn.Module):
    input_shape = (2, 8)

    def __init__(self):
        super().__init__()
        self.register_buffer("calls", torch.zeros((), dtype=torch.long))

    def forward(self, x):
        self.calls += 1
        return x * self.calls
