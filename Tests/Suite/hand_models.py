"""Models of the suite as people write them by hand: streaming, caches, decoding of heads, masks made in the graph."""

import torch
import torch.nn.functional as F
from torch import nn


class KeywordSpotter(nn.Module):
    """Depthwise-separable convolutions over a spectrogram [1, 1, 49, 10]."""

    def __init__(self, channels: int = 64, words: int = 12):
        super().__init__()

        def separable() -> nn.Sequential:
            return nn.Sequential(
                nn.Conv2d(channels, channels, 3, 1, 1, groups=channels, bias=False),
                nn.BatchNorm2d(channels),
                nn.ReLU(),
                nn.Conv2d(channels, channels, 1, bias=False),
                nn.BatchNorm2d(channels),
                nn.ReLU(),
            )

        self.stem = nn.Sequential(
            nn.Conv2d(1, channels, (10, 4), (2, 2), (5, 1), bias=False), nn.BatchNorm2d(channels), nn.ReLU()
        )
        self.blocks = nn.Sequential(*[separable() for _ in range(4)])
        self.classify = nn.Linear(channels, words)

    def forward(self, spectrogram):
        features = self.blocks(self.stem(spectrogram))
        return self.classify(F.adaptive_avg_pool2d(features, 1).flatten(1))


class UNet(nn.Module):
    """Segmentation with transposed convolutions on the way up, and activations that are written in place."""

    def __init__(self, widths: tuple[int, ...] = (8, 16, 32, 64), classes: int = 4):
        super().__init__()

        def stage(inputs: int, outputs: int) -> nn.Sequential:
            layers = []
            for width in (inputs, outputs):
                layers += [nn.Conv2d(width, outputs, 3, padding=1), nn.BatchNorm2d(outputs), nn.ReLU(True)]
            return nn.Sequential(*layers)

        narrower = widths[-2::-1]
        self.down = nn.ModuleList([stage(*pair) for pair in zip((3, *widths[:-1]), widths, strict=True)])
        self.up = nn.ModuleList([nn.ConvTranspose2d(*pair, 2, 2) for pair in zip(widths[:0:-1], narrower, strict=True)])
        self.join = nn.ModuleList([stage(2 * width, width) for width in narrower])
        self.classify = nn.Conv2d(widths[0], classes, 1)

    def forward(self, image):
        skipped = []
        x = image
        for stage in self.down[:-1]:
            x = stage(x)
            skipped.append(x)
            x = F.max_pool2d(x, 2)
        x = self.down[-1](x)
        for up, join in zip(self.up, self.join, strict=True):
            x = join(torch.cat([up(x), skipped.pop()], 1))
        return self.classify(x)


class HandPose(nn.Module):
    """Heat maps with their centres of mass, the depth of each joint, handedness, and the highest point of each map."""

    def __init__(self, joints: int = 21):
        super().__init__()
        import torchvision

        self.features = torchvision.models.mobilenet_v3_small(weights=None).features
        layers = []
        for inputs in (576, 64, 64):
            layers += [nn.ConvTranspose2d(inputs, 64, 4, 2, 1), nn.BatchNorm2d(64), nn.ReLU(True)]
        self.up = nn.Sequential(*layers)
        self.heat = nn.Conv2d(64, joints, 1)
        self.depth = nn.Linear(576, joints)
        self.handedness = nn.Linear(576, 1)
        self.register_buffer("grid", torch.linspace(0, 1, 32), persistent=False)

    def forward(self, image):
        features = self.features(image)
        heat = self.heat(self.up(features))
        batch, joints, height, width = heat.shape
        likely = heat.flatten(2).softmax(-1).view(batch, joints, height, width)
        x = (likely.sum(2) * self.grid[:width]).sum(-1)
        y = (likely.sum(3) * self.grid[:height]).sum(-1)
        pooled = features.mean((2, 3))
        score, place = heat.flatten(2).max(-1)
        points = torch.stack([x, y, self.depth(pooled)], -1)
        return points, torch.sigmoid(self.handedness(pooled)), score, torch.stack([place % width, place // width], -1)


class ConformerBlock(nn.Module):
    """Half a perceptron, self-attention, a gated convolution over time, half a perceptron."""

    def __init__(self, features: int, heads: int):
        super().__init__()

        def perceptron() -> nn.Sequential:
            return nn.Sequential(
                nn.LayerNorm(features),
                nn.Linear(features, 4 * features),
                nn.SiLU(),
                nn.Dropout(0.1),
                nn.Linear(4 * features, features),
            )

        self.first, self.second = perceptron(), perceptron()
        self.attention_norm = nn.LayerNorm(features)
        self.convolution_norm = nn.LayerNorm(features)
        self.output_norm = nn.LayerNorm(features)
        self.attention = nn.MultiheadAttention(features, heads, batch_first=True)
        self.widen = nn.Conv1d(features, 2 * features, 1)
        self.depthwise = nn.Conv1d(features, features, 15, padding=7, groups=features)
        self.depthwise_norm = nn.BatchNorm1d(features)
        self.narrow = nn.Conv1d(features, features, 1)

    def forward(self, x, is_padding):
        x = x + 0.5 * self.first(x)
        y = self.attention_norm(x)
        x = x + self.attention(y, y, y, key_padding_mask=is_padding, need_weights=False)[0]
        y = F.glu(self.widen(self.convolution_norm(x).transpose(1, 2)), 1)
        y = self.narrow(F.silu(self.depthwise_norm(self.depthwise(y)))).transpose(1, 2)
        x = x + y
        return self.output_norm(x + 0.5 * self.second(x))


class Conformer(nn.Module):
    """Speech recognition over a spectrogram [1, frames, 40] of which `length` frames count."""

    def __init__(self, features: int = 32, heads: int = 4, blocks: int = 2):
        super().__init__()
        self.subsample = nn.Sequential(
            nn.Conv2d(1, features, 3, 2), nn.ReLU(), nn.Conv2d(features, features, 3, 2), nn.ReLU()
        )
        self.project = nn.Linear(features * 9, features)
        self.blocks = nn.ModuleList([ConformerBlock(features, heads) for _ in range(blocks)])
        self.classify = nn.Linear(features, 30)

    def forward(self, frames, length):
        y = self.subsample(frames.unsqueeze(1))
        batch, channels, time, bands = y.shape
        y = self.project(y.transpose(1, 2).reshape(batch, time, channels * bands))
        is_padding = torch.arange(time, device=frames.device)[None] >= (length // 4)[:, None]
        for block in self.blocks:
            y = block(y, is_padding)
        return self.classify(y).log_softmax(-1)


class RecurrentStream(nn.Module):
    """Two LSTM layers whose state the caller keeps."""

    def __init__(self):
        super().__init__()
        self.recurrent = nn.LSTM(40, 48, num_layers=2, batch_first=True)
        self.classify = nn.Linear(48, 12)

    def forward(self, frames, state):
        y, state = self.recurrent(frames, state)
        return self.classify(y), state


class StatefulConvolution(nn.Module):
    """A convolution over time that keeps the last frames of one call for the next in a buffer, and counts frames."""

    def __init__(self):
        super().__init__()
        self.convolution = nn.Conv1d(16, 16, 5)
        self.register_buffer("tail", torch.zeros(1, 16, 4))
        self.register_buffer("frames", torch.zeros((), dtype=torch.long))

    def forward(self, x):
        z = torch.cat([self.tail, x], 2)
        self.tail.copy_(z[:, :, -4:])
        self.frames += x.shape[2]
        return F.silu(self.convolution(z)), self.frames


class CachedAttention(nn.Module):
    """Attention of one token to a cache of keys and values, which it writes at the caller's position."""

    def __init__(self, features: int = 32, heads: int = 4, length: int = 64):
        super().__init__()
        self.heads = heads
        self.query_key_value = nn.Linear(features, 3 * features)
        self.output = nn.Linear(features, features)
        cache = (1, heads, length, features // heads)
        self.register_buffer("keys", torch.zeros(cache), persistent=False)
        self.register_buffer("values", torch.zeros(cache), persistent=False)
        self.register_buffer("causal", torch.tril(torch.ones(length, length, dtype=torch.bool)))

    def forward(self, x, position):
        batch, tokens, features = x.shape
        packed = self.query_key_value(x).view(batch, tokens, 3, self.heads, -1)
        query, key, value = packed.permute(2, 0, 3, 1, 4)
        self.keys[:, :, position] = key
        self.values[:, :, position] = value
        mask = self.causal[position][None, None]
        attended = F.scaled_dot_product_attention(query, self.keys, self.values, attn_mask=mask)
        return self.output(attended.transpose(1, 2).reshape(batch, tokens, features))


class Detector(nn.Module):
    """Boxes from anchors that the graph makes, and the twenty best of them; no suppression of overlaps."""

    def __init__(self, anchors: int = 3):
        super().__init__()
        layers = []
        for inputs, outputs in ((3, 16), (16, 32), (32, 64)):
            layers += [nn.Conv2d(inputs, outputs, 3, 2, 1), nn.BatchNorm2d(outputs), nn.ReLU6()]
        self.features = nn.Sequential(*layers)
        self.anchors = anchors
        self.classes = nn.Conv2d(64, anchors * 4, 3, padding=1)
        self.offsets = nn.Conv2d(64, anchors * 4, 3, padding=1)

    def forward(self, image):
        features = self.features(image)
        batch, _, height, width = features.shape
        classes = self.classes(features).permute(0, 2, 3, 1).reshape(batch, -1, 4)
        offsets = self.offsets(features).permute(0, 2, 3, 1).reshape(batch, -1, 4)
        rows, columns = torch.meshgrid(torch.arange(height), torch.arange(width), indexing="ij")
        centres = torch.stack([columns, rows], -1).reshape(1, -1, 1, 2)
        centres = centres.expand(1, -1, self.anchors, 2).reshape(1, -1, 2).to(image.dtype)
        middle = offsets[..., :2] * 0.1 + centres
        size = (offsets[..., 2:] * 0.2).exp()
        boxes = torch.cat([middle - size / 2, middle + size / 2], -1).clamp(0, 16)
        scores, indices = classes.softmax(-1)[..., 1:].max(-1)[0].topk(20, dim=1)
        return boxes.gather(1, indices.unsqueeze(-1).expand(-1, -1, 4)), scores
