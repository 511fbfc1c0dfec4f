# request: {"partial": true}
from torch import nn


class Model(nn.Module):
    input_shape = (2, 8)

    def __init__(self):
        super().__init__()
        self.linear = nn.Linear(8, 3)

    def forward(self, x):
        y = self.linear(x)
        if y.mean() > 0:
            return y * 2
        return y
