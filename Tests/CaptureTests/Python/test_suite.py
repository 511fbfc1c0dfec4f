"""Incremental and partial capture on real models. Takes minutes: only with REGLAZE_SUITE=1.

REGLAZE_SUITE=1 python -m unittest test_suite [-k NAME]
"""

import copy
import os
import sys
import unittest
import warnings

import harness
import torch
from torch import nn
from torch.utils import _pytree as pytree

from reglaze_capture import blocks, blocks_find, partial

warnings.filterwarnings("ignore")
os.environ.setdefault("HF_HUB_OFFLINE", "1")
sys.path.insert(0, str(harness.ROOT / "Tests" / "Suite"))


def edit(model: nn.Module) -> bool:
    """Changes one attribute in the block in the middle."""
    found = list(blocks_find.find(model).values())
    if not found:
        return False
    for parent in found[len(found) // 2].modules():
        for name, child in parent.named_children():
            for attribute in ("eps", "variance_epsilon"):
                if isinstance(getattr(child, attribute, None), float):
                    setattr(child, attribute, 2 * getattr(child, attribute))
                    return True
            if isinstance(child, nn.ReLU | nn.GELU | nn.SiLU):
                setattr(parent, name, nn.Hardswish())
                return True
    return False


@unittest.skipUnless(os.environ.get("REGLAZE_SUITE"), "REGLAZE_SUITE is not set")
class SuiteTest(harness.CaptureTest):
    def check(self, model: nn.Module, args: tuple, kwargs: dict, memo: blocks.Memo) -> blocks.BlockReport:
        whole, _ = blocks.export(copy.deepcopy(model), args, kwargs, None)
        program, report = blocks.export(model, args, kwargs, memo)
        self.assertIsNone(blocks.first_difference(program, whole))
        return report

    def test_the_stitched_graph_equals_the_whole_export(self):
        from zoo import ZOO

        for name, (_, build) in ZOO.items():
            with self.subTest(name):
                torch.manual_seed(0)
                model, args, kwargs = build()
                memo = blocks.Memo(self.workspace / name)
                cold = self.check(model, args, kwargs, memo)
                warm = self.check(model, args, kwargs, memo)
                # It fills a dictionary on its modules in the first call.
                writes = name == "timm.levit_128s"
                self.assertEqual(cold.unseen, {"": "state that forward writes"} if writes else {})
                self.assertEqual((warm.skeleton, warm.exported), ("traced" if writes else "memoised", 0))
                edited = self.check(model, args, kwargs, memo) if edit(model) else None
                if edited is not None and not cold.inlined:
                    self.assertEqual((edited.skeleton, edited.exported), ("memoised", 1))
                print(f"{name}: {cold.total} blocks, {cold.distinct} distinct, inlined {cold.inlined}", flush=True)

    def test_detectors_have_all_their_parameters_on_the_device(self):
        from detectors import ZOO

        for name, (_, build) in ZOO.items():
            with self.subTest(name):
                torch.manual_seed(0)
                model, args, _ = build()
                found = partial.capture(model, args, {}, [])
                self.assertEqual(found.captured_parameters, found.total_parameters)
                for call in (args, partial.other_values(args)):
                    with torch.no_grad():
                        expected = pytree.tree_leaves(model(*call))
                    actual = pytree.tree_leaves(partial.run(found, model, call, {}))
                    self.assertGreater(len(expected[0]), 0)
                    for one, other in zip(actual, expected, strict=True):
                        torch.testing.assert_close(one, other)
                turns = [step["device"] for step in found.plan["steps"] if "device" in step]
                print(f"{name}: {found.total_parameters} parameters, {', '.join(turns)}", flush=True)


if __name__ == "__main__":
    unittest.main()
