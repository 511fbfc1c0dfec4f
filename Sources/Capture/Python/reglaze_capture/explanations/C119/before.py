# request: {"incremental": true}
from fractions import Fraction

from torch import nn

HALF = Fraction(1, 2)


class Model(nn.Module):
    input_shape = (2, 8)

    def forward(self, x):
        return x * float(HALF)
