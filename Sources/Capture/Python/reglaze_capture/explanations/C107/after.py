from torch import nn


class Model(nn.Module):
    input_shape = (2, 8)

    def forward(self, x):
        return x.clamp(0, 1).double() * 2
