"""More small models of `Tests/Fixtures`: control flow, automatic casts, state that is written by index."""

import torch
import torch.nn.functional as F
from torch import nn
from torch._higher_order_ops import map as torch_map
from torch._higher_order_ops import scan, while_loop


class ControlFlow(nn.Module):
    """A branch on a tensor's value, a loop with a counter, a recurrence over time and a map over members."""

    def __init__(self):
        super().__init__()
        self.left = nn.Linear(4, 4)
        self.right = nn.Linear(4, 4)
        self.repeat = nn.Linear(4, 4)
        self.step = nn.Linear(8, 4)

    def forward(self, frames):
        first = frames[0]
        chosen = torch.cond(first.sum() > 0, lambda x: torch.relu(self.left(x)), lambda x: self.right(x) - 1, (first,))
        count = torch.zeros((), dtype=torch.long)
        rounds, repeated = while_loop(
            lambda count, x: count < 3, lambda count, x: (count + 1, torch.tanh(self.repeat(x))), (count, chosen)
        )

        def advance(state, frame):
            state = torch.tanh(self.step(torch.cat([state, frame], -1)))
            return state, state * 2

        state, states = scan(advance, repeated, frames)
        return state, states, torch_map(lambda frame, scale: frame * scale, frames, state), rounds


class MixedPrecision(nn.Module):
    """Automatic casts to bfloat16 around products, switched off again inside."""

    def __init__(self):
        super().__init__()
        self.widen = nn.Linear(6, 8)
        self.norm = nn.LayerNorm(8)

    def forward(self, x):
        with torch.autocast("cpu", dtype=torch.bfloat16):
            y = self.norm(F.gelu(self.widen(x)))
            with torch.autocast("cpu", enabled=False):
                z = torch.softmax(y.float(), -1)
            return torch.matmul(z, y.transpose(-1, -2))


class KeyValueCache(nn.Module):
    """Rows written at the caller's positions, elements at pairs of indices, and where a mask holds."""

    def __init__(self):
        super().__init__()
        self.register_buffer("keys", torch.zeros(1, 2, 6, 4))
        self.register_buffer("marks", torch.zeros(3, 5))

    def forward(self, rows, positions):
        self.keys[:, :, positions] = rows
        self.marks[positions, positions + 1] = rows[0, 0, :, 0]
        seen = self.keys.sum(-1)
        seen[seen > 1] = 1.0
        return self.keys * 2, self.marks, seen
