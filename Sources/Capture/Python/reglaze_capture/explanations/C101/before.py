from torch import nn
from torchvison import models  # misspelt


class Model(nn.Module):
    input_shape = (2, 8)

    def forward(self, x):
        return x + len(models.__name__)
