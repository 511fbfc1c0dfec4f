# request: {"incremental": true}
from torch import nn

HALF = 0.5


class Model(nn.Module):
    input_shape = (2, 8)

    def forward(self, x):
        return x * HALF
