from torch import nn
from torch.nn import functional


class Model(nn.Module):
    input_shape = (2, 8)

    def forward(self, x):
        return functional.dropout(x, 0.5)
