"""GazeNet: where an eye looks, from one infrared image of it."""

import torch
import torch.nn.functional as F
from torch import nn

from models.weights import draw_weights

# Channels inside each inverted residual. Equal blocks (1 and 2; 4 and 5) share all of their kernels.
EXPAND_BLOCK1 = 72
EXPAND_BLOCK2 = 72
EXPAND_BLOCK3 = 96
EXPAND_BLOCK4 = 120
EXPAND_BLOCK5 = 120


def convolution(inputs: int, outputs: int, kernel: int = 1, stride: int = 1, groups: int = 1) -> nn.Sequential:
    """A convolution that keeps the size (divided by `stride`), and its batch norm."""
    return nn.Sequential(
        nn.Conv2d(inputs, outputs, kernel, stride, kernel // 2, groups=groups, bias=False),
        nn.BatchNorm2d(outputs),
    )


class Separable(nn.Module):
    """A depthwise 3x3 and a pointwise convolution."""

    def __init__(self, inputs: int, outputs: int, stride: int):
        super().__init__()
        self.depthwise = convolution(inputs, inputs, kernel=3, stride=stride, groups=inputs)
        self.pointwise = convolution(inputs, outputs)

    def forward(self, x):
        x = F.hardswish(self.depthwise(x))
        return F.hardswish(self.pointwise(x))


class SqueezeExcite(nn.Module):
    """Scales each channel by a gate that is computed from the means of all channels."""

    def __init__(self, channels: int, reduction: int = 4):
        super().__init__()
        self.squeeze = nn.Conv2d(channels, channels // reduction, 1)
        self.excite = nn.Conv2d(channels // reduction, channels, 1)

    def forward(self, x):
        gate = F.adaptive_avg_pool2d(x, 1)
        gate = F.relu(self.squeeze(gate))
        gate = F.hardsigmoid(self.excite(gate))
        return x * gate


class InvertedResidual(nn.Module):
    """Expand, filter each channel, weigh the channels, project; added to the input where the shapes agree."""

    def __init__(self, inputs: int, expand: int, outputs: int, kernel: int = 3, stride: int = 1):
        super().__init__()
        self.expand = convolution(inputs, expand)
        self.depthwise = convolution(expand, expand, kernel, stride, groups=expand)
        self.attend = SqueezeExcite(expand)
        self.project = convolution(expand, outputs)
        self.adds_input = stride == 1 and inputs == outputs

    def forward(self, x):
        y = F.hardswish(self.expand(x))
        y = F.hardswish(self.depthwise(y))
        y = self.attend(y)
        y = self.project(y)
        return x + y if self.adds_input else y


class GazeNet(nn.Module):
    """An eye image [1, 1, 96, 160] to a gaze vector [1, 3] of length 1."""

    input_shape = (1, 1, 96, 160)

    def __init__(self, width: int = 24):
        """`width`: channels after the first stage; the later stages have 5/3 and 8/3 of it."""
        super().__init__()
        middle, deep = width * 5 // 3, width * 8 // 3
        self.stem = convolution(1, 16, kernel=3, stride=2)
        self.reduce = Separable(16, width, stride=2)
        self.block1 = InvertedResidual(width, EXPAND_BLOCK1, width)
        self.block2 = InvertedResidual(width, EXPAND_BLOCK2, width)
        self.block3 = InvertedResidual(width, EXPAND_BLOCK3, middle, kernel=5, stride=2)
        self.block4 = InvertedResidual(middle, EXPAND_BLOCK4, middle, kernel=5)
        self.block5 = InvertedResidual(middle, EXPAND_BLOCK5, middle, kernel=5)
        self.deepen = Separable(middle, deep, stride=2)
        self.hidden = nn.Linear(deep, 64)
        self.gaze = nn.Linear(64, 3)
        draw_weights(self)

    def forward(self, image):
        x = F.hardswish(self.stem(image))
        x = self.reduce(x)
        x = self.block1(x)
        x = self.block2(x)
        x = self.block3(x)
        x = self.block4(x)
        x = self.block5(x)
        x = self.deepen(x)
        x = F.adaptive_avg_pool2d(x, 1).flatten(1)
        x = F.hardswish(self.hidden(x))
        vector = self.gaze(x)
        return vector / torch.sqrt((vector * vector).sum(dim=1, keepdim=True) + 1e-6)
