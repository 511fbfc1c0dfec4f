"""Small models with repeated blocks, for the tests of incremental capture."""

import torch
import torch.nn.functional as F
from torch import nn

GAIN = 2.0


class Plain(nn.Module):
    """Two convolutions with a residual; `index` is never read."""

    def __init__(self, channels: int = 4, inner: int = 8, outputs: int | None = None, index: int = 0):
        super().__init__()
        self.index = index
        self.expand = nn.Conv2d(channels, inner, 1)
        self.norm = nn.BatchNorm2d(inner)
        self.project = nn.Conv2d(inner, outputs or channels, 1)
        self.adds_input = outputs is None

    def forward(self, x):
        y = self.project(F.relu(self.norm(self.expand(x)), inplace=True))
        return x + y if self.adds_input else y


class Chain(nn.Module):
    """Blocks in a `Sequential`, and code around them."""

    def __init__(self, *blocks: nn.Module):
        super().__init__()
        self.stem = nn.Conv2d(3, 4, 3)
        self.body = nn.Sequential(*blocks)
        self.scale = 0.5

    def forward(self, x):
        return self.body(self.stem(x)) * self.scale


class CallingAgain(Chain):
    """The last block runs `repeats` times."""

    repeats = 1

    def forward(self, x):
        x = self.body(self.stem(x))
        for _ in range(self.repeats - 1):
            x = self.body[-1](x)
        return x


class Casting(nn.Module):
    """Conversions that change nothing: PyTorch then knows the argument by another name, in later blocks too."""

    def __init__(self, channels: int = 4):
        super().__init__()
        self.first, self.second = nn.Linear(channels, channels), nn.Linear(channels, channels)

    def forward(self, x, *, bias):
        bias = bias.to(torch.float32)
        return self.second(self.first(x.float())) + bias, {"bias": bias * 2, "kept": None}


class Sharing(nn.Module):
    """Blocks that share an argument and give containers back."""

    def __init__(self):
        super().__init__()
        self.layers = nn.ModuleList([Casting() for _ in range(3)])

    def forward(self, x, bias):
        extra = 0.0
        for layer in self.layers:
            x, more = layer(x, bias=bias)
            extra = extra + more["bias"]
        return x, extra, bias + 1


class Constants(nn.Module):
    """Tensors made in forward, a tensor as a plain attribute, a buffer that is not saved, a global."""

    def __init__(self):
        super().__init__()
        self.inner = nn.Sequential(nn.Conv2d(4, 4, 1))
        self.table = torch.arange(4.0).view(1, 4, 1, 1)
        self.register_buffer("offset", torch.ones(1), persistent=False)

    def forward(self, x):
        return self.inner(x) * torch.tensor([GAIN]) + self.table + self.offset + torch.tensor(3.0)


class InPlace(nn.Module):
    """Writes to its argument."""

    def __init__(self):
        super().__init__()
        self.inner = nn.Sequential(nn.Conv2d(4, 4, 1))

    def forward(self, x):
        x.mul_(2)
        return self.inner(x)


class Counting(nn.Module):
    """Counts its calls."""

    def __init__(self):
        super().__init__()
        self.inner = nn.Sequential(nn.Conv2d(4, 4, 1))
        self.calls = 0

    def forward(self, x):
        self.calls += 1
        return self.inner(x) + self.calls


class Buffered(nn.Module):
    """Adds to a buffer: state that the program itself shows."""

    def __init__(self):
        super().__init__()
        self.inner = nn.Sequential(nn.Conv2d(4, 4, 1))
        self.register_buffer("sum", torch.zeros(1))

    def forward(self, x):
        self.sum.add_(x.mean())
        return self.inner(x) + self.sum


class Quiet(nn.Module):
    """A `no_grad` region of its own, which becomes a graph within the graph."""

    def __init__(self):
        super().__init__()
        self.inner = nn.Sequential(nn.Conv2d(4, 4, 1))

    def forward(self, x):
        with torch.enable_grad():
            y = self.inner(x).sin()
        return y + x


class Opaque(nn.Module):
    """Reads an object that no key can see."""

    def __init__(self):
        super().__init__()
        self.inner = nn.Sequential(nn.Conv2d(4, 4, 1))
        self.factors = iter([2.0])

    def forward(self, x):
        return self.inner(x) if self.factors is None else self.inner(x) * 2


class Calling(nn.Module):
    """Calls a function that the model was given."""

    def __init__(self, function):
        super().__init__()
        self.inner = nn.Sequential(nn.Conv2d(4, 4, 1))
        self.function = function

    def forward(self, x):
        return self.function(self.inner(x))


def scaled_by(factor: float):
    """A function that closes over its factor."""
    return lambda x: x * factor


class Repeating(nn.Module):
    """Calls each of its blocks twice, and reads from outside what they hold."""

    def __init__(self):
        super().__init__()
        self.layers = nn.ModuleList([Plain(index=index) for index in range(2)])

    def forward(self, x):
        for layer in (*self.layers, *self.layers):
            x = layer(x) if layer.index < 7 else x
        return x


class Summing(nn.Module):
    """Adds to a buffer in place by an assignment, which sets it to itself."""

    def __init__(self):
        super().__init__()
        self.inner = nn.Sequential(nn.Conv2d(4, 4, 1))
        self.register_buffer("calls", torch.zeros(()))

    def forward(self, x):
        self.calls += 1
        return self.inner(x) + self.calls


IMAGE = (torch.linspace(-1, 1, 3 * 64).view(1, 3, 8, 8),)
PLAIN = (torch.linspace(-1, 1, 4 * 16).view(1, 4, 4, 4),)
VECTORS = (torch.linspace(-1, 1, 8).view(2, 4), torch.linspace(0, 1, 4))

# Name to (builder, arguments).
MODELS = {
    "plain": (lambda: Chain(Plain(index=0), Plain(index=1), Plain(inner=6), Plain(index=3)), IMAGE),
    "sharing": (Sharing, VECTORS),
    "constants": (lambda: Chain(Constants(), Constants(), Plain()), IMAGE),
    "in place": (lambda: Chain(Plain(), InPlace(), Plain()), IMAGE),
    "counting": (lambda: Chain(Plain(), Counting(), Plain()), IMAGE),
    "buffered": (lambda: Chain(Buffered(), Buffered(), Plain()), IMAGE),
    "summing": (lambda: Chain(Summing(), Summing(), Plain()), IMAGE),
    "quiet": (lambda: Chain(Quiet(), Quiet(), Plain()), IMAGE),
    "opaque": (lambda: Chain(Plain(), Opaque(), Plain()), IMAGE),
    "calling": (lambda: Chain(Calling(scaled_by(2.0)), Calling(F.gelu), Calling(scaled_by(3.0))), IMAGE),
    "repeating": (Repeating, PLAIN),
}
