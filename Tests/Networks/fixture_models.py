"""The small models whose programs are kept in `Tests/Fixtures`: each shows what an importer must get right."""

import math

import torch
import torch.nn.functional as F
from torch import nn


def convolution(inputs: int, outputs: int, kernel: int = 1, stride: int = 1) -> nn.Sequential:
    """A convolution that keeps the size (divided by `stride`), and its batch norm."""
    return nn.Sequential(
        nn.Conv2d(inputs, outputs, kernel, stride, kernel // 2, bias=False),
        nn.BatchNorm2d(outputs),
    )


class TinyBlock(nn.Module):
    """A depthwise and two pointwise convolutions, added to their input."""

    def __init__(self, channels: int, hidden: int):
        super().__init__()
        self.expand = convolution(channels, hidden)
        self.depthwise = nn.Conv2d(hidden, hidden, 3, padding=1, groups=hidden)
        self.project = nn.Conv2d(hidden, channels, 1)

    def forward(self, x):
        y = F.relu6(self.expand(x))
        y = F.relu6(self.depthwise(y))
        return x + self.project(y)


class TinyCNN(nn.Module):
    """A classifier of images [1, 3, 16, 16]: two equal blocks, and between them one whose width can be edited."""

    def __init__(self, middle: int = 12):
        super().__init__()
        self.stem = convolution(3, 8, kernel=3, stride=2)
        self.first = TinyBlock(8, 16)
        self.middle = TinyBlock(8, middle)
        self.last = TinyBlock(8, 16)
        self.classify = nn.Linear(8, 5)

    def forward(self, image):
        x = F.relu(self.stem(image))
        x = self.first(x)
        x = F.max_pool2d(x, 2)
        x = self.middle(x)
        x = self.last(x)
        x = F.adaptive_avg_pool2d(x, 1).flatten(1)
        return self.classify(x)


class AttentionBlock(nn.Module):
    """Self-attention and a two-layer perceptron, each normalised before and added to its input."""

    def __init__(self, features: int, heads: int):
        super().__init__()
        self.heads = heads
        self.attention_norm = nn.LayerNorm(features)
        self.query_key_value = nn.Linear(features, 3 * features)
        self.output = nn.Linear(features, features)
        self.perceptron_norm = nn.LayerNorm(features)
        self.widen = nn.Linear(features, 2 * features)
        self.narrow = nn.Linear(2 * features, features)

    def forward(self, x):
        batch, tokens, features = x.shape
        packed = self.query_key_value(self.attention_norm(x))
        packed = packed.reshape(batch, tokens, 3, self.heads, features // self.heads)
        query, key, value = packed.permute(2, 0, 3, 1, 4).unbind(0)
        attended = F.scaled_dot_product_attention(query, key, value)
        x = x + self.output(attended.transpose(1, 2).reshape(batch, tokens, features))
        return x + self.narrow(F.gelu(self.widen(self.perceptron_norm(x))))


class TinyAttention(nn.Module):
    """Two equal transformer blocks over tokens [1, 8, 16]; their kernels are shared."""

    def __init__(self):
        super().__init__()
        self.blocks = nn.Sequential(AttentionBlock(16, heads=2), AttentionBlock(16, heads=2))
        self.norm = nn.LayerNorm(16)

    def forward(self, tokens):
        return self.norm(self.blocks(tokens))


class InPlace(nn.Module):
    """In-place operators, on whole values and through views of them, seen by views taken before."""

    def __init__(self):
        super().__init__()
        self.convolution = nn.Conv2d(2, 4, 3, padding=1)

    def forward(self, image):
        x = self.convolution(image)
        x.relu_()
        rows = x.view(1, 4, -1)
        x.add_(image.sum(dim=1, keepdim=True), alpha=0.5)
        x[:, :, 0].mul_(2.0)
        x[:, 1:3, 2:].copy_(image[:, :, 2:])
        turned = x.transpose(2, 3)
        turned.clamp_(min=-1.0, max=3.0)
        rows[:, 3] = 0.25
        early = x.clone()
        x -= 1.0
        return x, early, rows.sum(dim=-1), turned[0, 0]


class Buffers(nn.Module):
    """A persistent buffer, one that is not, and two that every call changes."""

    def __init__(self):
        super().__init__()
        self.convolution = nn.Conv1d(4, 4, 3)
        self.register_buffer("scale", torch.linspace(0.5, 2.0, 4).reshape(1, 4, 1))
        self.register_buffer("window", torch.hann_window(6, periodic=False), persistent=False)
        self.register_buffer("history", torch.zeros(1, 4, 2))
        self.register_buffer("calls", torch.zeros((), dtype=torch.int64))

    def forward(self, frames):
        joined = torch.cat([self.history, frames], dim=2)
        self.history.copy_(joined[:, :, -2:])
        self.calls += 1
        return self.convolution(joined) * self.scale * self.window, self.calls.clone()


class Bessel(nn.Module):
    """The Bessel function of the first kind and order 0, of the first nine values."""

    def forward(self, x):
        return torch.special.bessel_j0(x[..., :9])


class SecondBessel(nn.Module):
    """The Bessel function of the second kind and order 0."""

    def forward(self, x):
        return torch.special.bessel_y0(x.abs() + 0.5)


class ModifiedBessel(nn.Module):
    """The modified Bessel function of the second kind and order 0."""

    def forward(self, x):
        return torch.special.modified_bessel_k0(x.abs() + 0.5)


class Unsupported(nn.Module):
    """Three operators that nothing here knows, each in a module of its own, between others that it does run."""

    def __init__(self):
        super().__init__()
        self.before = nn.Linear(16, 16)
        self.analysis = nn.Sequential(Bessel(), SecondBessel())
        self.between = nn.Linear(9, 9)
        self.modified = ModifiedBessel()
        self.after = nn.Linear(9, 2)

    def forward(self, signal):
        x = F.relu(self.before(signal))
        x = F.relu(self.between(self.analysis(x)))
        return self.after(self.modified(x))


class DataDependent(nn.Module):
    """A result whose size depends on the values."""

    def forward(self, x):
        return torch.nonzero(F.relu(x))


class DynamicBatch(nn.Module):
    """A perceptron, exported for any number of rows."""

    def __init__(self):
        super().__init__()
        self.hidden = nn.Linear(6, 8)
        self.output = nn.Linear(8, 3)

    def forward(self, rows):
        return self.output(F.relu(self.hidden(rows)))


class MultiOutput(nn.Module):
    """Operators with several results, some unused, in nested containers."""

    def forward(self, x):
        narrow, wide = torch.split(x, [2, 6], dim=1)
        first, second, third = wide.chunk(3, dim=1)
        rows = x.unbind(2)
        largest, where = x.max(dim=1)
        smallest, _ = x.min(dim=2, keepdim=True)
        return {
            "split": narrow,
            "chunks": (first + second, third * smallest[:, :2]),
            "largest": [largest, where],
            "row": rows[1],
        }


class Constants(nn.Module):
    """Everything that is computed from constants alone, as transformers build masks and positions: all of it folds."""

    def __init__(self):
        super().__init__()
        self.query_key = nn.Linear(8, 16, bias=False)

    def forward(self, tokens):
        length, features = tokens.shape[1], tokens.shape[2]
        position = torch.arange(length)
        frequency = torch.exp(torch.arange(0, features, 2) * (-math.log(100.0) / features))
        angle = position[:, None] * frequency[None, :]
        encoding = torch.cat([angle.sin(), angle.cos()], dim=-1)
        causal = position[None, :] <= position[:, None]
        near = (position[None, :] - position[:, None]).abs() < torch.full((1,), 4)
        mask = torch.zeros(length, length).masked_fill(~(causal & near), float("-inf"))
        mask = torch.where(torch.eye(length, dtype=torch.bool), torch.ones(()), mask)
        tokens = tokens + encoding
        query, key = self.query_key(tokens).chunk(2, dim=-1)
        scores = query @ key.transpose(1, 2) / math.sqrt(features) + mask
        return torch.softmax(scores, dim=-1) @ tokens


class Storages(nn.Module):
    """Tensors that are not simply their storage: tied, transposed, sliced, of every usual type, without dimensions."""

    def __init__(self):
        super().__init__()
        self.embedding = nn.Embedding(10, 4)
        self.decode = nn.Linear(4, 10, bias=False)
        self.decode.weight = self.embedding.weight
        self.turned = nn.Parameter(torch.arange(24.0).reshape(6, 4).t().div(10.0))
        table = torch.arange(40.0).reshape(10, 4)
        self.register_buffer("slice", table[2:4])
        self.register_buffer("column", table[:, 1])
        self.register_buffer("values_f16", torch.linspace(-1, 1, 4).half())
        self.register_buffer("values_bf16", torch.linspace(-2, 2, 4).bfloat16())
        self.register_buffer("values_f64", torch.linspace(-3, 3, 4).double())
        self.register_buffer("values_i8", torch.tensor([-128, -1, 1, 127], dtype=torch.int8))
        self.register_buffer("values_u8", torch.tensor([0, 1, 128, 255], dtype=torch.uint8))
        self.register_buffer("values_i16", torch.tensor([-32768, 0, 1, 32767], dtype=torch.int16))
        self.register_buffer("values_i32", torch.tensor([-(2**31), 0, 1, 2**31 - 1], dtype=torch.int32))
        self.register_buffer("values_i64", torch.tensor([-(2**63), 0, 1, 2**63 - 1]))
        self.register_buffer("choice", torch.tensor([True, False, True, True]))
        self.register_buffer("scalar", torch.tensor(0.5))
        self.register_buffer("empty", torch.empty(0, 4))

    def forward(self, tokens):
        x = self.embedding(tokens) * self.scalar
        x = x + self.slice.sum(0) + self.column[:4]
        x = x + self.values_f16 + self.values_bf16 + self.values_f64.float()
        x = torch.where(self.choice, x + self.values_i8 / 64 + self.values_u8 / 128 + self.values_i16 / 16384, x)
        x = x + self.values_i32.sign() + self.values_i64.sign()
        x = torch.cat([x, self.empty.expand(x.shape[0], 0, 4)], dim=1)
        return self.decode(x), x @ self.turned


class Unpooled(nn.Module):
    """What a maximum is taken of goes back to its place after another layer, as in a SegNet."""

    def __init__(self):
        super().__init__()
        self.encode = nn.Conv2d(3, 4, 3, padding=1)
        self.between = nn.Conv2d(4, 4, 1)

    def forward(self, x):
        greatest, places = F.max_pool2d(F.relu(self.encode(x)), 2, return_indices=True)
        return F.max_unpool2d(self.between(greatest), places, 2)
