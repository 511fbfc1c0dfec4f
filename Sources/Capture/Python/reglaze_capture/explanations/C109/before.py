import itertools

from torch import nn


class Model(nn.Module):
    input_shape = (2, 8)

    def __init__(self):
        super().__init__()
        self.steps = itertools.count(1)

    def forward(self, x):
        return x * next(self.steps)
