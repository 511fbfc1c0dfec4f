"""Partial capture: what cannot be captured runs on the host, everything with parameters on the device."""

import contextlib
import io
import unittest

import harness  # noqa: F401 - finds the package
import torch
from torch import nn
from torch.utils import _pytree as pytree

from reglaze_capture import partial


class Proposals(nn.Module):
    """Keeps the rows whose score is high: how many depends on values."""

    def __init__(self):
        super().__init__()
        self.head = nn.Conv2d(4, 2, 1)

    def forward(self, features):
        scores, size = self.head(features).unbind(1)
        keep = scores.flatten() > scores.mean()
        return features.flatten(2)[0].T[keep], size.flatten()[keep]


class Detector(nn.Module):
    def __init__(self):
        super().__init__()
        self.backbone = nn.Sequential(nn.Conv2d(3, 4, 3, padding=1), nn.BatchNorm2d(4), nn.ReLU(inplace=True))
        self.proposals = Proposals()
        self.classify = nn.Sequential(nn.Linear(4, 8), nn.ReLU(), nn.Linear(8, 3))

    def forward(self, images):
        image = torch.stack([image - image.mean() for image in images])
        rows, sizes = self.proposals(self.backbone(image))
        scores = self.classify(rows)
        if scores.max() > 100:
            scores = scores - scores.max()
        best = scores.argsort(0, descending=True)[: int(sizes.numel()) // 2]
        return [{"scores": scores[best], "sizes": sizes}]


class OnHost(nn.Module):
    """A parameter that only uncapturable code uses."""

    def __init__(self):
        super().__init__()
        self.detector = Detector()
        self.bias = nn.Parameter(torch.ones(3))

    def forward(self, images):
        return [found["scores"] + self.bias for found in self.detector(images)]


class PartialTest(unittest.TestCase):
    def setUp(self):
        torch.manual_seed(0)
        self.arguments = ([torch.rand(3, 8, 8)],)

    def check(self, model: nn.Module, found: partial.PartialProgram, arguments: tuple):
        with torch.no_grad():
            expected = pytree.tree_leaves(model(*arguments))
        actual = pytree.tree_leaves(partial.run(found, model, arguments, {}))
        self.assertEqual([leaf.shape for leaf in actual], [leaf.shape for leaf in expected])
        for one, other in zip(actual, expected, strict=True):
            torch.testing.assert_close(one, other)

    def test_a_detector_has_all_its_parameters_on_the_device(self):
        model = Detector().eval()
        said = io.StringIO()
        with contextlib.redirect_stderr(said), contextlib.redirect_stdout(said):
            found = partial.capture(model, self.arguments, {}, ["a mask"])
        self.assertEqual(said.getvalue(), "", "PyTorch prints the graphs that it refuses")
        self.assertEqual([piece.path for piece in found.pieces], ["backbone", "proposals.head", "classify"])
        self.assertEqual(found.captured_parameters, found.total_parameters)
        self.assertEqual(found.plan["reasons"], ["a mask"])
        for seed in range(3):
            torch.manual_seed(seed)
            self.check(model, found, ([torch.rand(3, 8, 8)],))

    def test_the_plan_has_the_turns_the_lines_and_what_crosses(self):
        found = partial.capture(Detector().eval(), self.arguments, {}, [])
        turns = [step.get("device", "host") for step in found.plan["steps"]]
        self.assertEqual(turns, ["host", "backbone", "proposals_head", "host", "classify", "host"])
        self.assertEqual(found.plan["steps"][1]["inputs"], ["float32[1,3,8,8]"])
        self.assertEqual(found.plan["steps"][2]["outputs"], ["float32[1,2,8,8]"])
        texts = {line["text"]: line["operators"] for line in found.plan["steps"][3]["host"]}
        line = "keep = scores.flatten() > scores.mean()"
        self.assertEqual(texts[line], {"aten.view": 1, "aten.mean": 1, "aten.gt": 1})

    def test_a_number_of_rows_that_varies_is_cut_and_padded(self):
        found = partial.capture(Detector().eval(), self.arguments, {}, [])
        rows = {piece["name"]: piece["rows"] for piece in found.plan["pieces"]}
        self.assertEqual((rows["backbone"], rows["proposals_head"]), (None, None))
        piece = found.pieces[2]
        self.assertIn(piece.rows, (16, 32, 64))
        for count in (0, 1, piece.rows, 2 * piece.rows + 3):
            x = torch.rand(count, 4)
            torch.testing.assert_close(piece(x), self.rows(x, piece))

    def rows(self, x: torch.Tensor, piece: partial.Piece) -> torch.Tensor:
        """Row after row, each as the first of a call."""
        results = [piece.run(partial.padded(row[None], piece.rows))[:1] for row in x]
        return torch.cat(results) if results else torch.empty(0, 3)

    def test_the_program_of_all_pieces_has_the_names_of_the_model(self):
        model = Detector().eval()
        found = partial.capture(model, self.arguments, {}, [])
        self.assertEqual(set(found.program.state_dict), set(model.state_dict()))
        groups = {piece["name"]: piece for piece in found.plan["pieces"]}
        leaves = [leaf for piece in found.pieces for leaf in pytree.tree_leaves((piece.args, piece.kwargs))]
        self.assertEqual(len(found.program.graph_signature.user_inputs), len(leaves))
        arguments = {piece.name: (piece.args, piece.kwargs) for piece in found.pieces}
        results = pytree.tree_leaves(found.program.module()(arguments))
        for piece in found.pieces:
            first, last = groups[piece.name]["outputs"]
            alone = pytree.tree_leaves(piece.run(*piece.args, **piece.kwargs))
            for one, other in zip(results[first:last], alone, strict=True):
                torch.testing.assert_close(one, other)

    def test_parameters_on_the_host_are_counted_and_nothing_is_no_program(self):
        model = OnHost().eval()
        found = partial.capture(model, self.arguments, {}, [])
        self.assertEqual(found.total_parameters - found.captured_parameters, 3)
        self.check(model, found, self.arguments)

        class Nothing(nn.Module):
            def forward(self, x):
                return x[x > 0]

        self.assertIsNone(partial.capture(Nothing(), (torch.rand(3),), {}, []))


if __name__ == "__main__":
    unittest.main()
