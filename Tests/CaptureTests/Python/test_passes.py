"""Passes: what the shipped ones take, that a user's pass takes what no rung takes, and that a wrong one is caught."""

import json
import shutil
import unittest
import zipfile

import torch
from harness import ROOT, CaptureTest, codes_of

EXAMPLE = ROOT / "workspace-example"


class PassTest(CaptureTest):
    def test_a_program_that_no_rung_takes_is_taken_after_the_workspaces_pass(self):
        shutil.copytree(EXAMPLE / "models", self.workspace / "models", ignore=shutil.ignore_patterns("__pycache__"))
        shutil.copy(EXAMPLE / "passes.py", self.workspace)
        refused = self.capture("models/infrared.py:BlinkNet", partial=False)
        self.assertEqual(codes_of(refused), ["C110"])
        self.assertEqual(refused["diagnostics"][0]["text"], "x = response(image, 0.45)")
        done = self.capture("models/infrared.py:BlinkNet", passes=["passes.py:PortableResponse"])
        self.assertEqual((done["event"], done["rung"]), ("done", "fx"), done)
        self.assertEqual([(each["name"], each["matched"]) for each in done["passes"]], [("portable_response", 1)])
        self.assertIn(str(self.workspace / "passes.py"), [entry["path"] for entry in done["read"]])
        with zipfile.ZipFile(done["archive"]) as archive:
            record = json.loads(archive.read("archive/extra/capture.json"))
        self.assertEqual(record["passes"][0]["name"], "portable_response")
        self.assertTrue(record["passes"][0]["why"])

    def test_an_if_on_a_tensor_becomes_torch_cond(self):
        self.write(
            "ways.py",
            """
            from torch import nn


            class Ways(nn.Module):
                input_shape = (2, 8)

                def __init__(self):
                    super().__init__()
                    self.layers = nn.ModuleList(nn.Linear(8, 8) for _ in range(3))

                def forward(self, x):
                    if x.shape[0] > 1:
                        x = x + 1
                    for layer in self.layers:
                        x = layer(x)
                        if x.mean().item() > 0.1:
                            break
                    return (x if x.sum() > 0 else -x), x.max()
            """,
        )
        self.assertEqual(self.capture("ways.py:Ways", partial=False)["event"], "refused")
        done = self.capture("ways.py:Ways", passes=["tensor_if"], reference="ways")
        self.assertEqual((done["event"], done["rung"]), ("done", "fx"), done)

        from safetensors.torch import load_file

        module = torch.export.load(done["archive"]).module()
        for path in done["references"]:
            values = load_file(path)
            for index, result in enumerate(module(values["input.0"])):
                self.assertTrue(torch.allclose(result, values[f"output.{index}"], atol=1e-6))

    def test_numbers_of_parameters_are_folded_and_nms_has_a_fixed_size(self):
        self.write(
            "boxes.py",
            """
            import torch
            import torchvision
            from torch import nn


            class Scaled(nn.Module):
                input_shape = (4,)

                def __init__(self):
                    super().__init__()
                    self.register_buffer("power", torch.tensor(3))

                def forward(self, x):
                    for _ in range(self.power.item()):
                        x = x * 2
                    return x


            class Boxes(nn.Module):
                def example_inputs(self):
                    generator = torch.Generator().manual_seed(0)
                    corners = torch.rand(12, 2, generator=generator) * 4
                    sizes = torch.rand(12, 2, generator=generator) * 4 + 1
                    return torch.cat([corners, corners + sizes], 1), torch.rand(12, generator=generator)

                def forward(self, boxes, scores):
                    return boxes[torchvision.ops.nms(boxes, scores, 0.3)]
            """,
        )
        self.assertEqual(self.capture("boxes.py:Scaled", passes=["fold_item"])["rung"], "fx")
        done = self.capture("boxes.py:Boxes", passes=["fixed_nms"])
        self.assertEqual((done["event"], done["rung"], codes_of(done)), ("done", "fx", []), done)
        import torchvision

        program = torch.export.load(done["archive"])
        boxes, scores = program.example_inputs[0]
        kept = boxes[torchvision.ops.nms(boxes, scores, 0.3)]
        result = program.module()(boxes, scores)
        self.assertEqual(result.shape, boxes.shape)
        self.assertTrue(torch.equal(result[: len(kept)], kept))
        self.assertTrue(torch.equal(result[len(kept) :], kept[:1].expand(len(boxes) - len(kept), 4)))

    def test_written_numbers_become_buffers(self):
        source = "from torch import nn\nclass Net(nn.Module):\n    input_shape = (4,)\n    def __init__(self):\n"
        source += "        super().__init__()\n        self.calls = 0\n    def forward(self, x):\n"
        self.write("net.py", source + "        self.calls += 1\n        return x * self.calls\n")
        done = self.capture("net.py:Net", passes=["state_to_buffers"])
        module = torch.export.load(done["archive"]).module()
        ones = torch.ones(4)
        self.assertEqual([module(ones)[0].item() for _ in range(3)], [1, 2, 3])

    def test_a_pass_that_breaks_types_or_raises_is_named(self):
        source = "from torch import nn\nclass Net(nn.Module):\n    input_shape = (4,)\n"
        self.write("net.py", source + "    def forward(self, x):\n        return x.relu()\n")
        self.write(
            "passes.py",
            """
            import torch
            from reglaze_capture.passes import Pass


            class Narrow(Pass):
                def run(self, graph_module):
                    for node in graph_module.graph.find_nodes(op="call_function", target=torch.ops.aten.relu.default):
                        node.target = torch.ops.aten.sum.default
                    return 1


            class Broken(Pass):
                def run(self, graph_module):
                    raise KeyError("no such node")


            class Nothing:
                pass


            class Silent(Pass):
                def run(self, graph_module):
                    pass


            class Unmade(Pass):
                def __init__(self):
                    self.rules = open("rules.txt").read()


            class Lost(Pass):
                stage = "modules"

                def run_modules(self, model, session):
                    del model.nowhere
            """,
        )
        for name, text in (
            ("Narrow", "the results became"),
            ("Broken", "no such node"),
            ("Nothing", "is no pass"),
            ("Silent", "answers NoneType, and not how many places"),
            ("Unmade", "cannot be made: FileNotFoundError"),
            ("Lost", "failed: AttributeError"),
            ("Absent", "defines no"),
        ):
            refused = self.capture("net.py:Net", passes=[f"passes.py:{name}"])
            self.assertEqual((refused["event"], codes_of(refused)), ("refused", ["C102" if name == "Absent" else "C113"]))
            self.assertIn(text, refused["diagnostics"][0]["message"])
        self.assertEqual(codes_of(self.capture("net.py:Net", passes=["no_such"])), ["C113"])


if __name__ == "__main__":
    unittest.main()
