"""Incremental capture gives the program that a whole export gives, and exports no more than it must."""

import copy
import importlib
import linecache
import os
import pathlib
import sys
import textwrap
import unittest
import warnings

import block_models
import harness
import torch
from block_models import IMAGE, MODELS, Chain, Plain
from torch import nn

from reglaze_capture import blocks

warnings.filterwarnings("ignore")


class IncrementalTest(harness.CaptureTest):
    def setUp(self):
        super().setUp()
        torch.manual_seed(0)
        self.memo = blocks.Memo(self.workspace / "memo")

    def capture(self, model: nn.Module, arguments: tuple) -> blocks.BlockReport:
        """Captures incrementally, compares with a whole export, and gives what was done."""
        whole, _ = blocks.export(copy.deepcopy(model), arguments, {}, None)
        program, report = blocks.export(model, arguments, {}, self.memo)
        self.assertIsNone(blocks.first_difference(program, whole))
        self.assertEqual(list(program.state_dict), list(whole.state_dict))
        self.assertEqual(list(program.constants), list(whole.constants))
        for name, constant in whole.constants.items():
            self.assertTrue(torch.equal(constant, program.constants[name]), name)
        return report

    def edited(self, text: str, arguments: tuple = (torch.ones(1, 4),)) -> blocks.BlockReport:
        """Captures `Model` of a file with this text, in the state that a fresh process would see."""
        path = self.write("edited_model.py", text)
        sys.path.insert(0, str(self.workspace))
        self.addCleanup(sys.path.remove, str(self.workspace))
        for cached in pathlib.Path(self.workspace).rglob("*.pyc"):
            cached.unlink()
        sys.modules.pop("edited_model", None)
        importlib.invalidate_caches()
        linecache.clearcache()
        module = importlib.import_module("edited_model")
        self.addCleanup(sys.modules.pop, "edited_model", None)
        self.assertEqual(pathlib.Path(module.__file__), path)
        return self.capture(module.Model().eval(), arguments)


class BlocksTest(IncrementalTest):
    def test_every_model_is_the_same_cold_and_from_the_memo(self):
        for name, (build, arguments) in MODELS.items():
            with self.subTest(name):
                self.memo = blocks.Memo(self.workspace / name)
                model = build().eval()
                cold = self.capture(model, arguments)
                self.assertEqual(cold.skeleton, "traced")
                warm = self.capture(model, arguments)
                writes = name == "counting"
                self.assertEqual(warm.exported, len(warm.unseen.keys() - {""}))
                self.assertEqual(warm.unseen.get(""), "state that forward writes" if writes else None)
                self.assertEqual(warm.skeleton, "traced" if writes else "memoised")

    def test_equal_blocks_share_a_graph_whatever_their_number(self):
        report = self.capture(MODELS["plain"][0]().eval(), IMAGE)
        self.assertEqual((report.total, report.distinct, report.exported), (4, 2, 2))

    def test_only_the_edited_block_is_exported(self):
        model = MODELS["plain"][0]().eval()
        self.capture(model, IMAGE)
        model.body[1].norm.eps = 1e-3
        report = self.capture(model, IMAGE)
        self.assertEqual((report.skeleton, report.exported, report.memoised), ("memoised", 1, 2))
        model.body[1].norm.eps = 1e-5
        self.assertEqual(self.capture(model, IMAGE).exported, 0)

    def test_a_block_with_another_inner_width_is_exported_alone(self):
        model = MODELS["plain"][0]().eval()
        self.capture(model, IMAGE)
        model.body[2] = Plain(inner=10).eval()
        report = self.capture(model, IMAGE)
        self.assertEqual((report.skeleton, report.exported), ("memoised", 1))

    def test_a_block_whose_result_changed_has_the_skeleton_traced_with_the_others_opaque(self):
        model = Chain(Plain(), Plain(), Plain(outputs=6), nn.Sequential(nn.Conv2d(6, 4, 1), nn.ReLU())).eval()
        self.capture(model, IMAGE)
        model.body[2] = Plain(outputs=5).eval()
        model.body[3] = nn.Sequential(nn.Conv2d(5, 4, 1), nn.ReLU()).eval()
        report = self.capture(model, IMAGE)
        self.assertEqual((report.skeleton, report.exported, report.memoised), ("traced", 2, 1))
        self.assertEqual(self.capture(model, IMAGE).skeleton, "memoised")

    def test_changed_code_around_the_blocks_exports_no_block(self):
        model = MODELS["plain"][0]().eval()
        self.capture(model, IMAGE)
        model.scale = 0.25
        report = self.capture(model, IMAGE)
        self.assertEqual((report.skeleton, report.exported), ("traced", 0))

    def test_blocks_that_are_inserted_and_swapped_are_taken_from_the_memo(self):
        model = MODELS["plain"][0]().eval()
        self.capture(model, IMAGE)
        first, second, third, fourth = model.body
        model.body = nn.Sequential(third, first, Plain(index=9).eval(), second, fourth)
        self.assertEqual(self.capture(model, IMAGE).exported, 0)

    def test_a_known_block_that_is_called_again_is_traced_as_part_of_the_whole(self):
        model = block_models.CallingAgain(Plain(), Plain()).eval()
        self.capture(model, IMAGE)
        for repeats in (2, 3):
            model.repeats = repeats
            report = self.capture(model, IMAGE)
            self.assertEqual((report.skeleton, report.total), ("traced", 1))
            self.assertEqual(self.capture(model, IMAGE).skeleton, "memoised")

    def test_what_a_function_closes_over_is_in_the_key(self):
        build = lambda factor: Chain(*(block_models.Calling(block_models.scaled_by(factor)) for _ in range(2))).eval()  # noqa: E731
        self.capture(build(2.0), IMAGE)
        self.assertEqual(self.capture(build(2.0), IMAGE).exported, 0)
        self.assertEqual(self.capture(build(5.0), IMAGE).exported, 1)

    def test_a_global_that_forward_names_is_in_the_key(self):
        model = MODELS["constants"][0]().eval()
        self.capture(model, IMAGE)
        block_models.GAIN = 4.0
        self.addCleanup(setattr, block_models, "GAIN", 2.0)
        report = self.capture(model, IMAGE)
        self.assertEqual((report.skeleton, report.exported), ("memoised", 1))

    def test_the_content_of_a_tensor_attribute_is_in_the_key(self):
        model = MODELS["constants"][0]().eval()
        self.capture(model, IMAGE)
        model.body[0].table = model.body[0].table + 1
        self.assertEqual(self.capture(model, IMAGE).exported, 1)

    def test_hooks_instance_forwards_and_modes_are_in_the_key(self):
        for change in (
            lambda block: block.project.register_forward_hook(lambda module, args, result: result + 1),
            lambda block: setattr(block, "forward", lambda x: x * 3),
            lambda block: block.norm.train(),
            lambda block: nn.utils.parametrize.register_parametrization(block.expand, "weight", nn.Softplus()),
        ):
            model = MODELS["plain"][0]().eval()
            self.capture(model, IMAGE)
            change(model.body[1])
            self.capture(model, IMAGE)

    def test_other_arguments_and_element_types_are_other_keys(self):
        model = MODELS["plain"][0]().eval()
        self.capture(model, IMAGE)
        self.assertEqual(self.capture(model, (IMAGE[0].repeat(2, 1, 1, 1),)).exported, 2)
        self.assertEqual(self.capture(model.double(), (IMAGE[0].double(),)).exported, 2)

    def test_a_block_that_writes_its_own_state_is_never_remembered(self):
        model = MODELS["counting"][0]().eval()
        for _ in range(2):
            _, report = blocks.export(model, IMAGE, {}, self.memo)
            self.assertEqual(report.skeleton, "traced")
            self.assertIn("writes to its own attributes", report.inlined["body.1"])

    def test_a_block_that_writes_to_its_argument_stays_in_the_skeleton(self):
        report = self.capture(MODELS["in place"][0]().eval(), IMAGE)
        self.assertEqual(list(report.inlined), ["body.1"])

    def test_what_no_key_can_see_is_named_and_exported_each_time(self):
        model = MODELS["opaque"][0]().eval()
        self.capture(model, IMAGE)
        report = self.capture(model, IMAGE)
        self.assertEqual((report.skeleton, report.exported), ("memoised", 1))
        self.assertIn("iterator", report.unseen["body.1"])

    def test_entries_that_are_damaged_or_foreign_are_misses(self):
        model = MODELS["plain"][0]().eval()
        self.capture(model, IMAGE)
        files = sorted(self.memo.folder.rglob("*.json"))
        self.assertEqual(len(files), 3)
        for damage in (
            lambda text: text[:-40],
            lambda text: text.replace(b'"relu_"', b'"relu"').replace(b"aten.relu_", b"aten.relu"),
            lambda text: b"{}",
            lambda text: b"[" * 100_000,
            lambda text: files[0].read_bytes(),
        ):
            originals = [file.read_bytes() for file in files]
            for file, text in zip(files[1:], originals[1:], strict=True):
                file.write_bytes(damage(text))
            self.assertGreater(self.capture(model, IMAGE).exported, 0)
            for file, text in zip(files, originals, strict=True):
                file.write_bytes(text)
        self.assertEqual(self.capture(model, IMAGE).exported, 0)

    def test_a_graph_that_is_used_is_no_old_one(self):
        model = MODELS["plain"][0]().eval()
        self.capture(model, IMAGE)
        files = sorted(self.memo.folder.rglob("*.json"))
        for file in files:
            os.utime(file, (1, 1))
        self.assertEqual(self.capture(model, IMAGE).exported, 0)
        self.assertTrue(all(file.stat().st_mtime > 1e9 for file in files))

    def test_a_memo_that_cannot_be_written_is_done_without(self):
        blocked = self.write("blocked", "a file")
        self.memo = blocks.Memo(blocked)
        self.assertEqual(self.capture(MODELS["plain"][0]().eval(), IMAGE).exported, 2)


SOURCE = textwrap.dedent("""
    from torch import nn
    class Block(nn.Module):
        def __init__(self):
            super().__init__()
            self.inner = nn.Linear(4, 4)
        def forward(self, x):
            y = self.inner(x)
            return y.relu()
    class Other(Block):
        def forward(self, x):
            return self.inner(x).sin()
    class Model(nn.Module):
        def __init__(self):
            super().__init__()
            self.body = nn.Sequential(Block(), Block(), Other())
        def forward(self, x):
            return self.body(x)
""")


class EditedSourceTest(IncrementalTest):
    """Edits of a file."""

    def test_code_that_moved_is_taken_from_the_memo_with_its_new_lines(self):
        self.edited(SOURCE)
        report = self.edited("# one\n# two\n" + SOURCE)
        self.assertEqual((report.skeleton, report.exported), ("memoised", 0))

    def test_an_edited_line_exports_the_blocks_of_its_class_and_moves_the_others(self):
        self.edited(SOURCE)
        report = self.edited(SOURCE.replace("return y.relu()", "y = y + 1\n        return y.relu()"))
        self.assertEqual((report.skeleton, report.exported, report.memoised), ("memoised", 1, 1))

    def test_an_edited_constructor_exports_nothing(self):
        self.edited(SOURCE)
        report = self.edited(SOURCE.replace("super().__init__()", "super().__init__(); print", 1))
        self.assertEqual((report.skeleton, report.exported), ("memoised", 0))


if __name__ == "__main__":
    unittest.main()
