"""Incremental capture, partial capture and int8 through a request, as the command asks for them."""

import json
import pathlib
import unittest
import zipfile

import harness
import test_partial
import torch

from reglaze_capture import quantise  # noqa: F401 - defines the operators of int8 programs

SOURCE = """
    import torch
    from torch import nn
    class Block(nn.Module):
        def __init__(self, index):
            super().__init__()
            self.index = index
            self.inner = nn.Sequential(nn.Conv2d(2, 2, 3, padding=1), nn.BatchNorm2d(2), nn.ReLU())
        def forward(self, x):
            return self.inner(x) + torch.tensor(1.5)
    class Model(nn.Module):
        input_shape = (1, 2, 6, 6)
        def __init__(self):
            super().__init__()
            torch.manual_seed(0)
            self.body = nn.Sequential(*(Block(index) for index in range(3)))
        def forward(self, x):
            return self.body(x).mean((2, 3))
"""


class RungsTest(harness.CaptureTest):
    def capture(self, source: str, **fields) -> tuple[dict, bytes]:
        event = harness.events_of(self.request(source, **fields))[-1]
        self.assertEqual(event["event"], "done", event)
        return event, (self.workspace / "out.pt2").read_bytes()

    def test_the_archive_is_equal_whole_stitched_and_from_the_memo(self):
        self.write("model.py", SOURCE)
        memo = str(self.workspace / "memo")
        _, whole = self.capture("model.py:Model", incremental=False)
        cold, cold_bytes = self.capture("model.py:Model", incremental=True, memo=memo)
        warm, warm_bytes = self.capture("model.py:Model", incremental=True, memo=memo, verify_capture=True)
        self.assertEqual(cold["blocks"], {"total": 3, "distinct": 1, "exported": 1, "memoised": 0})
        self.assertEqual(warm["blocks"], {"total": 3, "distinct": 1, "exported": 0, "memoised": 1})
        self.assertEqual(warm["diagnostics"], [])
        self.assertEqual((cold_bytes == whole, warm_bytes == whole), (True, True))

    def test_vmap_is_captured_as_the_calls_that_it_makes(self):
        source = SOURCE.replace("return self.inner(x) +", "return torch.vmap(self.inner[2])(x) +")
        self.write("model.py", source)
        memo = str(self.workspace / "memo")
        for fields in ({"incremental": False}, {"incremental": True, "memo": memo}, {"incremental": True, "memo": memo}):
            event, archive = self.capture("model.py:Model", **fields)
            self.assertEqual([one for one in event["diagnostics"] if one["severity"] == "error"], [])
            self.assertIn(b"aten.relu", archive)
            self.assertNotIn(b"predispatch", archive)

    def test_files_that_forward_reads_are_noted_and_seen_anew(self):
        reading = 'torch.tensor(float(open("scale.txt").read()))'
        self.write("model.py", SOURCE.replace("torch.tensor(1.5)", reading))
        memo = str(self.workspace / "memo")
        for scale in ("1.5", "2.5"):
            scales = self.write("scale.txt", scale)
            event, archive = self.capture("model.py:Model", incremental=True, memo=memo)
            self.assertEqual([one["code"] for one in event["diagnostics"]], ["C119"])
            self.assertIn(str(scales), [file["path"] for file in event["read"]])
            _, whole = self.capture("model.py:Model", incremental=False)
            self.assertTrue(archive == whole)
            constants = torch.export.load(self.workspace / "out.pt2").constants.values()
            self.assertEqual({value.item() for value in constants}, {float(scale)})

    def test_a_detector_is_captured_partly_with_its_plan(self):
        models = pathlib.Path(test_partial.__file__).read_text().partition("class PartialTest")[0]
        code = models.replace("import harness  # noqa: F401 - finds the package\n", "")
        code = code.replace("from reglaze_capture import partial\n", "")
        self.write("detector.py", code)
        # One argument, a list of one image.
        inputs = [[{"shape": [3, 8, 8], "dtype": "float32"}]]
        event, _ = self.capture("detector.py:Detector", inputs=inputs)
        self.assertEqual(event["rung"], "partial")
        self.assertEqual(event["parameters"]["captured"], event["parameters"]["total"])
        (warning,) = (one for one in event["diagnostics"] if one["code"] == "C117")
        self.assertEqual((warning["severity"], warning["file"]), ("warning", "detector.py"))
        self.assertIn("100 % of the parameters", warning["message"])
        with zipfile.ZipFile(self.workspace / "out.pt2") as archive:
            plan = json.loads(archive.read("archive/extra/host_plan.json"))
        self.assertEqual(plan["parameters"], event["parameters"])
        files = {line["file"] for step in plan["steps"] for line in step.get("host", [])}
        self.assertEqual(files, {"detector.py"})

    def test_int8_is_noted_as_random_and_has_integer_weights(self):
        self.write("model.py", SOURCE)
        event, _ = self.capture("model.py:Model", precision="int8")
        self.assertEqual([one["code"] for one in event["diagnostics"]], ["C116"])
        with zipfile.ZipFile(self.workspace / "out.pt2") as archive:
            program = archive.read("archive/models/model.json")
        self.assertIn(b"quantized_decomposed.dequantize_per_channel", program)

    def test_int8_activations_are_symmetric_where_the_request_says_so(self):
        self.write("model.py", SOURCE)
        for scheme in ("asymmetric", "symmetric"):
            self.capture("model.py:Model", precision="int8", activations=scheme)
            called = "quantized_decomposed.quantize_per_tensor.default"
            nodes = torch.export.load(self.workspace / "out.pt2").graph.nodes
            points = {node.args[2] for node in nodes if str(node.target) == called}
            self.assertEqual(points == {0}, scheme == "symmetric", points)
            with zipfile.ZipFile(self.workspace / "out.pt2") as archive:
                record = json.loads(archive.read("archive/extra/capture.json"))
            self.assertEqual(record["activations"], scheme)


if __name__ == "__main__":
    unittest.main()
