"""WakeWord: which of twelve commands, if any, was just spoken."""

import torch
import torch.nn.functional as F
from torch import nn

from models.weights import draw_weights

COMMANDS = 12


class Front(nn.Module):
    """Two convolutions that quarter time and frequency, then one vector for each remaining frame."""

    def __init__(self, channels: int, features: int, mels: int):
        super().__init__()
        self.first = nn.Conv2d(1, channels, 3, stride=2, padding=1)
        self.second = nn.Conv2d(channels, channels, 3, stride=2, padding=1)
        self.project = nn.Linear(channels * mels // 4, features)

    def forward(self, spectrogram):
        x = F.relu(self.first(spectrogram))
        x = F.relu(self.second(x))
        batch, channels, frames, mels = x.shape
        x = x.permute(0, 2, 1, 3).reshape(batch, frames, channels * mels)
        return self.project(x)


class Attention(nn.Module):
    """Multi-head self-attention over the frames."""

    def __init__(self, features: int, heads: int):
        super().__init__()
        self.heads = heads
        self.query_key_value = nn.Linear(features, 3 * features)
        self.output = nn.Linear(features, features)

    def forward(self, x):
        batch, frames, features = x.shape
        packed = self.query_key_value(x).reshape(batch, frames, 3, self.heads, features // self.heads)
        query, key, value = packed.permute(2, 0, 3, 1, 4).unbind(0)
        x = F.scaled_dot_product_attention(query, key, value)
        x = x.transpose(1, 2).reshape(batch, frames, features)
        return self.output(x)


class EncoderBlock(nn.Module):
    """Attention and a two-layer perceptron, each normalised before and added to its input."""

    def __init__(self, features: int, heads: int, hidden: int):
        super().__init__()
        self.attention_norm = nn.LayerNorm(features)
        self.attention = Attention(features, heads)
        self.perceptron_norm = nn.LayerNorm(features)
        self.widen = nn.Linear(features, hidden)
        self.narrow = nn.Linear(hidden, features)

    def forward(self, x):
        x = x + self.attention(self.attention_norm(x))
        hidden = F.gelu(self.widen(self.perceptron_norm(x)))
        return x + self.narrow(hidden)


class WakeWord(nn.Module):
    """The last 64 frames of 40 log-mel energies [1, 1, 64, 40] to the scores of the commands [1, 12].

    The audio front end calls it again whenever it has a few new frames, on a window that slid along.
    """

    input_shape = (1, 1, 64, 40)

    def __init__(self, width: int = 64, heads: int = 4):
        """`width`: features of a frame; `heads` must divide it."""
        super().__init__()
        _, _, frames, mels = self.input_shape
        self.front = Front(channels=width // 2, features=width, mels=mels)
        self.position = nn.Parameter(torch.zeros(1, frames // 4, width))
        self.encoder = nn.Sequential(
            EncoderBlock(width, heads, hidden=2 * width),
            EncoderBlock(width, heads, hidden=2 * width),
        )
        self.norm = nn.LayerNorm(width)
        self.classify = nn.Linear(width, COMMANDS)
        draw_weights(self)

    def forward(self, spectrogram):
        x = self.front(spectrogram) + self.position
        x = self.encoder(x)
        x = self.norm(x).mean(dim=1)
        return self.classify(x)
