# request: {"accept_draft": true}
from torch import nn


class Model(nn.Module):
    input_shape = (2, 8)

    def forward(self, x):
        if x.shape[0] > 1 and x.isfinite().all():
            return x * 2
        return x
