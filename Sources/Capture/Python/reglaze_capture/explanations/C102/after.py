from torch import nn


class Model(nn.Module):
    input_shape = (2, 8)

    def __init__(self, width=4):
        super().__init__()
        self.linear = nn.Linear(8, width)

    def forward(self, x):
        return self.linear(x)
