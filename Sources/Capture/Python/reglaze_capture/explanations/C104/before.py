from torch import nn


class Model(nn.Module):
    input_shape = (2, 8)

    def forward(self, x):
        if x.mean() > 0:
            return x * 2
        return x
