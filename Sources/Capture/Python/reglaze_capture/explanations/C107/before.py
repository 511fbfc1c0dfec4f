import numpy
import torch
from torch import nn


class Model(nn.Module):
    input_shape = (2, 8)

    def forward(self, x):
        return torch.from_numpy(numpy.interp(x.numpy(), [0, 1], [0, 2]))
