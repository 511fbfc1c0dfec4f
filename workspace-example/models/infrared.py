"""BlinkNet: how far an eye is open, from an infrared image of it, behind the response curve of the camera."""

import torch
import torch.nn.functional as F
from torch import nn

from models.weights import draw_weights


@torch.library.custom_op("camera::response", mutates_args=())
def response(image: torch.Tensor, gamma: float) -> torch.Tensor:
    """The curve of the camera's sensor, as its vendor's library computes it. It comes without a fake kernel."""
    return image**gamma


class BlinkNet(nn.Module):
    """An eye image [1, 1, 48, 80], values from 0 to 1, to one number from 0 (closed) to 1 (open)."""

    def __init__(self, width: int = 8):
        super().__init__()
        self.stem = nn.Conv2d(1, width, 3, stride=2, padding=1)
        self.deepen = nn.Conv2d(width, 2 * width, 3, stride=2, padding=1)
        self.opening = nn.Linear(2 * width, 1)
        draw_weights(self)

    def example_inputs(self):
        return (torch.rand(1, 1, 48, 80, generator=torch.Generator().manual_seed(0)),)

    def forward(self, image):
        x = response(image, 0.45)
        x = F.relu(self.stem(x))
        x = F.relu(self.deepen(x))
        return torch.sigmoid(self.opening(x.mean(dim=(2, 3))))
