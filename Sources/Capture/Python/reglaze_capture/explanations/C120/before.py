import pickle

from torch import nn


class Model(nn.Module):
    input_shape = (2, 8)

    def forward(self, x):
        return pickle.loads(pickle.dumps(x)) + 1
