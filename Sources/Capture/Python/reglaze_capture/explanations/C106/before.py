from torch import nn


class Pair:
    __slots__ = ("first", "second")

    def __init__(self, first, second):
        self.first, self.second = first, second


class Model(nn.Module):
    input_shape = (2, 8)

    def forward(self, x):
        return Pair(x + 1, x * 2)
