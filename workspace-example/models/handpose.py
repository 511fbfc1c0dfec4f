"""HandPose: where the 21 joints of a hand are, as one heatmap per joint."""

import torch
import torch.nn.functional as F
from torch import nn

from models.weights import draw_weights

KEYPOINTS = 21


def convolution(inputs: int, outputs: int, kernel: int = 3, stride: int = 1) -> nn.Sequential:
    """A convolution that keeps the size (divided by `stride`), and its batch norm."""
    return nn.Sequential(
        nn.Conv2d(inputs, outputs, kernel, stride, kernel // 2, bias=False),
        nn.BatchNorm2d(outputs),
    )


class Residual(nn.Module):
    """Two 3x3 convolutions added to their input."""

    def __init__(self, channels: int):
        super().__init__()
        self.first = convolution(channels, channels)
        self.second = convolution(channels, channels)

    def forward(self, x):
        y = F.relu(self.first(x))
        y = self.second(y)
        return F.relu(x + y)


class Encode(nn.Module):
    """Halves the size, widens, and refines with two equal residual blocks."""

    def __init__(self, inputs: int, outputs: int):
        super().__init__()
        self.widen = convolution(inputs, outputs)
        self.refine = nn.Sequential(Residual(outputs), Residual(outputs))

    def forward(self, x):
        x = F.max_pool2d(x, 2)
        x = F.relu6(self.widen(x))
        return self.refine(x)


class Decode(nn.Module):
    """Doubles the size and merges with the encoder's features of that size."""

    def __init__(self, inputs: int, skip: int, outputs: int):
        super().__init__()
        self.narrow = convolution(inputs, outputs, kernel=1)
        self.merge = convolution(outputs + skip, outputs)

    def forward(self, x, skip):
        x = F.relu6(self.narrow(x))
        x = F.interpolate(x, scale_factor=2.0, mode="bilinear", align_corners=False)
        return F.relu6(self.merge(torch.cat([x, skip], dim=1)))


class HandPose(nn.Module):
    """A colour image [1, 3, 128, 128] to heatmaps [1, 21, 32, 32]."""

    input_shape = (1, 3, 128, 128)

    def __init__(self, width: int = 16):
        """`width`: channels at half of the image's size; twice and three times as many below."""
        super().__init__()
        self.stem = convolution(3, width, stride=2)
        self.encode1 = Encode(width, 2 * width)
        self.encode2 = Encode(2 * width, 3 * width)
        self.encode3 = Encode(3 * width, 3 * width)
        self.decode2 = Decode(3 * width, 3 * width, 3 * width)
        self.decode1 = Decode(3 * width, 2 * width, 2 * width)
        self.sharpen = Residual(2 * width)
        self.heatmaps = nn.Conv2d(2 * width, KEYPOINTS, 1)
        draw_weights(self)

    def forward(self, image):
        half = F.relu6(self.stem(image))
        quarter = self.encode1(half)
        eighth = self.encode2(quarter)
        x = self.encode3(eighth)
        x = self.decode2(x, eighth)
        x = self.decode1(x, quarter)
        x = self.sharpen(x)
        return torch.sigmoid(self.heatmaps(x))
