"""The program's JSON is PyTorch's own, metadata aside, whatever kinds of argument occur."""

import json
import unittest

import harness  # noqa: F401 - finds the package
import torch
import torch.nn.functional as F
from torch import nn
from torch._export.serde.serialize import ExportedProgramSerializer, _to_json_bytes

from reglaze_capture.program import program_json


class Arguments(nn.Module):
    """Lists, optional tensors, types, several results, unused results, infinities, and a sub-graph."""

    def __init__(self):
        super().__init__()
        self.register_buffer("mask", torch.ones(4, 4, dtype=torch.bool).tril())
        self.register_buffer("count", torch.zeros(()), persistent=False)
        self.norm = nn.LayerNorm(4)
        self.tied = self.norm.weight

    def forward(self, x, pair):
        left, right, *_ = x.split([1, 1, 2])
        values, _ = x.max(dim=1)
        self.count += 1
        y = F.pad(x[[0, 1], :, None], [1, 1], value=float("-inf")).to(torch.float16).float()
        z = torch.where(self.mask, x, -float("inf")).softmax(-1).clone(memory_format=torch.contiguous_format)
        w = torch.cond(x.sum() > 0, lambda a: a + 1, lambda a: a * 2, (x,))
        index = x[:, torch.tensor([0, 2])]
        return left + right, {"values": values, "y": y}, [z, w, self.norm(x), index, pair[0] * pair[1], None, 3]


class Sizes(nn.Module):
    """A dynamic dimension in sizes, expressions and lists of sizes."""

    def forward(self, x):
        rows = x.shape[0]
        return x.reshape(rows * 2, -1), torch.zeros(rows + 1, 3), x.new_ones(rows).mean()


class ProgramTest(unittest.TestCase):
    def check(self, module: nn.Module, arguments: tuple, **options):
        with torch.no_grad():
            program = torch.export.export(module.eval(), arguments, strict=False, **options)
        expected = json.loads(_to_json_bytes(ExportedProgramSerializer().serialize(program).exported_program))
        actual = json.loads(program_json(program, harness.ROOT))
        self.assertEqual(without_metadata(actual), without_metadata(expected))

    def test_every_kind_of_argument(self):
        self.check(Arguments(), (torch.randn(4, 4), (torch.randn(2), 3.0)))

    def test_dynamic_sizes(self):
        self.check(Sizes(), (torch.randn(4, 6),), dynamic_shapes=({0: torch.export.Dim("rows")},))


def without_metadata(value: object) -> object:
    if isinstance(value, dict):
        kept = {key: without_metadata(entry) for key, entry in value.items() if key != "torch_version"}
        if "target" in kept:
            kept["metadata"] = None
        return kept
    return [without_metadata(entry) for entry in value] if isinstance(value, list) else value


if __name__ == "__main__":
    unittest.main()
