"""Random models as Python source, and random edits of them: what blocks take and give, how they are called, what is
between them."""

import copy
import random

# For each sort of block its modules and its forward; `k` is a number of the block's own.
_BLOCKS = {
    "scaled": ("l=nn.Linear(8, 8)", "x", "return self.l(x) * self.k"),
    "residual": ("l=nn.Linear(8, 8)", "x", "return x + self.l(x) * self.k"),
    "pair": ("a=nn.Linear(8, 8), b=nn.Linear(8, 8)", "x", "return self.a(x), self.b(x) * self.k"),
    "joined": ("l=nn.Linear(16, 8)", "x, y", "return self.l(torch.cat([x, y], -1)) * self.k"),
    "optional": (
        "l=nn.Linear(8, 8)",
        "x, m=None, *, g=1.0",
        "y = self.l(x) * g; return y * self.k if m is None else y * m",
    ),
    "table": ("l=nn.Linear(8, 8)", "x", "return {'y': self.l(x), 'z': x * self.k, 'n': 3}"),
    "named": ("l=nn.Linear(8, 8)", "x", "return Named(self.l(x), x * self.k)"),
    "listed": ("l=nn.Linear(8, 8)", "xs", "return [self.l(x) * self.k for x in xs]"),
    "passing": ("l=nn.Linear(8, 8)", "x", "return x, self.l(x) * self.k"),
    "viewed": ("l=nn.Linear(8, 8)", "x", "return self.l(x).view(4, 2, 4).transpose(0, 1).reshape(2, 2, 8) * self.k"),
    "inplace": ("l=nn.Linear(8, 8)", "x", "y = self.l(x); y.mul_(self.k); y[:, 0] += 1; return y"),
    "identity": ("l=nn.Identity()", "x", "return x"),
    "normed": ("n=nn.LayerNorm(8), l=nn.Linear(8, 8)", "x", "return self.l(self.n(x)) * self.k"),
    "recurrent": ("g=nn.GRU(8, 8, batch_first=True)", "x", "return self.g(x)[0] * self.k"),
    "constant": ("l=nn.Linear(8, 8)", "x", "return self.l(x) * torch.tensor([self.k] * 8) + torch.arange(8)"),
    "nested": ("i=nn.ModuleList([Inner(), Inner()])", "x", "return self.i[1](torch.relu(self.i[0](x))) * self.k"),
    "shaped": ("l=nn.Linear(8, 8)", "x", "return self.l(x) * (x.shape[1] * self.k)"),
    "gated": ("l=nn.Linear(8, 16)", "x", "a, b = self.l(x).chunk(2, -1); return a * torch.sigmoid(b) * self.k"),
    "quiet": ("l=nn.Linear(8, 8)", "x", "\n        with torch.no_grad(): y = self.l(x)\n        return y * self.k"),
}
# How the code around a block, `M`, calls it; `h` is another value at hand.
_CALLS = {
    "pair": ["a, b = M(x); x = a + b", "x, h = M(x)", "_, x = M(x)"],
    "joined": ["x = M(x, h)", "x = M(h, x)", "x = M(x, x)", "x = M(y=x, x=h)"],
    "optional": ["x = M(x)", "x = M(x, g=2.0)", "x = M(x, h)", "x = M(x, m=h, g=0.5)"],
    "table": ["d = M(x); x = d['y'] + d['z'] * d['n']", "x = M(x)['y']", "x = M(x)['z']"],
    "named": ["t = M(x); x = t.a - t.b", "x, h = M(x)"],
    "listed": ["x = sum(M([x, h]))", "x, h = M([x, h])", "x = M([x, x, h])[1]", "x = M((x,))[0]"],
    "passing": ["h, x = M(x)", "_, x = M(x)", "x, _ = M(x)"],
}
_BETWEEN = [
    "pass", "h = x", "x = x + h", "x = torch.relu(x)", "x = x * GAIN", "h, x = x, h", "x = x.float()",
    "x = x.transpose(0, 1).transpose(0, 1)", "x = x - x.mean(-1, keepdim=True)", "x = x.clone(); x.add_(1)",
]  # fmt: skip


class Architecture:
    """A model of a handful of blocks. `edited` gives the next one, now and then one that was there before."""

    def __init__(self, seed: int):
        self.random = random.Random(seed)
        self.number = 0
        self.gain = self.inner = 1.0
        self.blocks = [self._block() for _ in range(5)]
        self.earlier: list[tuple] = []

    def _block(self) -> dict:
        self.number += 1
        choose, sort = self.random.choice, self.random.choice([*_BLOCKS])
        return {
            "sort": sort, "number": self.number, "k": choose([1.5, 2.5, 3.5]), "is_shared": choose([False, False, True]),
            "calls": [self._call(sort)], "before": choose(_BETWEEN), "lines": 0,
        }  # fmt: skip

    def _call(self, sort: str) -> str:
        return self.random.choice(_CALLS.get(sort, ["x = M(x)"]))

    def edit(self) -> None:
        choose = self.random.choice
        self.earlier.append(copy.deepcopy((self.blocks, self.gain, self.inner)))
        if self.random.random() < 0.12:
            self.blocks, self.gain, self.inner = copy.deepcopy(choose(self.earlier))
            return
        block = choose(self.blocks)
        match choose(["k", "k", "k", "insert", "remove", "swap", "again", "call", "call", "between", "lines", "class", "gain"]):
            case "k":
                block["k"] += 1
            case "insert":
                self.blocks.insert(self.random.randrange(len(self.blocks) + 1), self._block())
            case "remove" if len(self.blocks) > 2:
                self.blocks.remove(block)
            case "swap":
                self.random.shuffle(self.blocks)
            case "again":
                block["calls"] = [block["calls"][0], self._call(block["sort"])][: 3 - len(block["calls"])]
            case "call":
                block["calls"][0] = self._call(block["sort"])
            case "between":
                block["before"] = choose(_BETWEEN)
            case "lines":
                block["lines"] += 1
            case "class":
                block["is_shared"] = not block["is_shared"]
            case "gain":
                self.gain, self.inner = self.gain + 0.25, self.inner + choose([0, 0.5])

    def source(self) -> str:
        classes, made, calls = {}, "", ""
        for block in self.blocks:
            name = f"Block{block['sort'].title()}{'' if block['is_shared'] else block['number']}"
            modules, arguments, body = _BLOCKS[block["sort"]]
            classes.setdefault(
                name,
                "\n" * block["lines"] + f"class {name}(nn.Module):\n    def __init__(self, k):\n        super().__init__()\n"
                f"        self.k = k\n        for name, module in dict({modules}).items(): self.add_module(name, module)\n"
                f"    def forward(self, {arguments}):\n        {body.lstrip()}\n",
            )
            made += f"        self.at['b{block['number']}'] = {name}({block['k']})\n"
            for call in block["calls"]:
                line = call.replace("M(", f"self.at['b{block['number']}'](")
                calls += f"        {block['before']}\n        {line}\n"
        return (
            "import collections\nimport torch\nfrom torch import nn\nimport torch.utils._pytree\n"
            f"Named = collections.namedtuple('Named', 'a b')\nGAIN = {self.gain}\n"
            "class Inner(nn.Module):\n    def __init__(self):\n        super().__init__(); self.l = nn.Linear(8, 8)\n"
            f"    def forward(self, x): return self.l(x) * {self.inner}\n{''.join(classes.values())}"
            "class Model(nn.Module):\n    def __init__(self):\n        super().__init__(); torch.manual_seed(0); self.at = nn.ModuleDict()\n"
            f"{made}    def forward(self, x):\n        h = x\n{calls}        return x\n"
        )
