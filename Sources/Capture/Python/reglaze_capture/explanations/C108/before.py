from torch import nn


class Model(nn.Module):
    input_shape = (2, 8)

    def __init__(self):
        super().__init__()
        self.calls = 0

    def forward(self, x):
        self.calls += 1
        return x * self.calls
