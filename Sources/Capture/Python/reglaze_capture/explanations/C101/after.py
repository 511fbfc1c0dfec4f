from torch import nn
from torchvision import models


class Model(nn.Module):
    input_shape = (2, 8)

    def forward(self, x):
        return x + len(models.__name__)
