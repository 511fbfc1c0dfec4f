"""int8 programs: q/dq pairs with the right schemes, no float weights left, numbers near the float model's."""

import collections
import pathlib
import tempfile
import unittest
import warnings

import harness  # noqa: F401 - finds the package
import torch
from safetensors.torch import save_file
from torch import nn

from reglaze_capture import quantise

warnings.filterwarnings("ignore")


class Network(nn.Module):
    """A convolution with batch norm, a residual, attention's products, a linear layer."""

    def __init__(self):
        super().__init__()
        self.stem = nn.Sequential(nn.Conv2d(1, 8, 3, padding=1, bias=False), nn.BatchNorm2d(8), nn.ReLU())
        self.mix = nn.Conv2d(8, 8, 3, padding=1, groups=8)
        self.head = nn.Linear(8, 3)

    def forward(self, x):
        x = self.stem(x)
        x = nn.functional.hardswish(self.mix(x)) + x
        rows = x.flatten(2)
        mixed = torch.matmul(rows, rows.transpose(1, 2)).softmax(-1)
        return self.head(torch.matmul(mixed, rows).mean(-1))


class QuantiseTest(unittest.TestCase):
    def setUp(self):
        torch.manual_seed(0)
        self.model = Network().eval()
        self.arguments = (torch.randn(1, 1, 8, 8),)

    def quantised(self, symmetric: bool) -> torch.export.ExportedProgram:
        calls = quantise.random_calls(self.arguments, {})
        return quantise.quantise(self.model, self.arguments, {}, calls, symmetric)

    def test_both_schemes_are_near_the_float_model(self):
        for symmetric in (False, True):
            program = self.quantised(symmetric)
            with torch.no_grad():
                expected, actual = self.model(*self.arguments), program.module()(*self.arguments)
            self.assertLess((expected - actual).norm() / expected.norm(), 0.05)

    def test_weights_are_int8_by_channel_and_no_float_weight_is_left(self):
        program = self.quantised(False)
        integers = [tensor for tensor in program.state_dict.values() if tensor.dtype == torch.int8]
        self.assertEqual(sorted(tuple(tensor.shape) for tensor in integers), [(3, 8), (8, 1, 3, 3), (8, 1, 3, 3)])
        floats = [tensor for tensor in program.state_dict.values() if tensor.dtype == torch.float32]
        self.assertEqual({tensor.dim() for tensor in floats}, {1})
        used = {node.name for node in program.graph.nodes if node.op == "placeholder" and node.users}
        self.assertEqual(used, {node.name for node in program.graph.nodes if node.op == "placeholder"})
        counts = collections.Counter(str(node.target) for node in program.graph.nodes if node.op == "call_function")
        self.assertEqual(counts["quantized_decomposed.dequantize_per_channel.default"], 3)
        self.assertNotIn("aten.batch_norm.default", counts)

    def test_symmetric_activations_have_no_zero_point(self):
        for symmetric in (False, True):
            points = {
                node.args[2]
                for node in self.quantised(symmetric).graph.nodes
                if str(node.target) == "quantized_decomposed.quantize_per_tensor.default"
            }
            self.assertEqual(points == {0}, symmetric)

    def test_nodes_keep_their_modules_and_lines(self):
        program = self.quantised(False)
        (node,) = (node for node in program.graph.nodes if str(node.target) == "aten.linear.default")
        self.assertEqual(list(node.meta["nn_module_stack"])[-1], "L__self__head")
        self.assertIn("return self.head(", node.meta["stack_trace"])
        for read in node.args[:2]:
            self.assertEqual(read.meta["nn_module_stack"], node.meta["nn_module_stack"])
            self.assertEqual(read.meta["stack_trace"], node.meta["stack_trace"])

    def test_calibration_files_give_calls_and_clear_mistakes(self):
        with tempfile.TemporaryDirectory() as folder:
            path = pathlib.Path(folder) / "calibration.safetensors"

            def load(**tensors: torch.Tensor) -> list:
                save_file({name.replace("_", "."): tensor for name, tensor in tensors.items()}, path)
                return quantise.load_calls(path, self.arguments, {})

            samples = torch.randn(5, 1, 8, 8)
            calls = load(input_0=samples)
            self.assertEqual(len(calls), 5)
            self.assertTrue(torch.equal(calls[3][0][0], samples[3:4]))
            self.assertEqual(len(load(input_0=samples[:, None])), 5)
            for message, tensors in (
                ("input.1 names no argument", {"input_1": samples}),
                ("is torch.float64", {"input_0": samples.double()}),
                (r"which is no list of \[1, 1, 8, 8\]", {"input_0": samples[..., :4].contiguous()}),
            ):
                with self.assertRaisesRegex(quantise.CalibrationError, message):
                    load(**tensors)


if __name__ == "__main__":
    unittest.main()
