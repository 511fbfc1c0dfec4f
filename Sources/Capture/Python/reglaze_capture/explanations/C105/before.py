from torch import nn


class Model(nn.Module):
    input_shape = (2, 8)

    def forward(self, x):
        bright = x[x > 0]
        return bright.mean() if bright.numel() > 4 else x.mean()
