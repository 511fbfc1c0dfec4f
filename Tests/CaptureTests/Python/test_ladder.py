"""Which rung takes a program, and why none does."""

import pathlib
import unittest

import torch
from harness import CaptureTest, codes_of

EARLY = """
    import torch
    from torch import nn


    class Early(nn.Module):
        input_shape = (2, 8)

        def __init__(self):
            super().__init__()
            self.layers = nn.ModuleList(nn.Linear(8, 8) for _ in range(3))

        def forward(self, x):
            for layer in self.layers:
                x = layer(x)
                if x.abs().max().item() < 1e-3:
                    break
            if x.sum() > 0:
                x = x * 2
            kept = (x > 0).nonzero()
            return x + 1 if kept.shape[0] > 3 else x
    """


class LadderTest(CaptureTest):
    def test_all_reasons_come_in_one_pass_with_the_value_and_where_it_was_made(self):
        self.write("early.py", EARLY)
        refused = self.capture("early.py:Early", partial=False)
        self.assertEqual(refused["event"], "refused")
        found = [(each["code"], each["text"]) for each in refused["diagnostics"] if each["severity"] == "error"]
        self.assertEqual(
            found,
            [
                ("C104", "if x.abs().max().item() < 1e-3:"),
                ("C104", "if x.sum() > 0:"),
                ("C105", "return x + 1 if kept.shape[0] > 3 else x"),
            ],
        )
        self.assertIn("reads output of layers.0 (Linear) (f32[2,8])", refused["diagnostics"][0]["notes"])
        self.assertEqual(codes_of(refused)[-1], "C115")

    def test_a_draft_needs_consent_and_states_what_it_assumes(self):
        self.write("early.py", EARLY)
        done = self.capture("early.py:Early", accept_draft=True)
        self.assertEqual((done["event"], done["rung"]), ("done", "draft"))
        self.assertEqual(len(done["assumptions"]), 3)
        self.assertTrue(done["assumptions"][0].startswith("early.py:16 is False"), done["assumptions"])

    def test_a_size_that_depends_on_data_is_captured_and_a_number_read_from_a_tensor_is_warned_of(self):
        source = "import torch\nfrom torch import nn\nclass Net(nn.Module):\n    input_shape = (4,)\n    def forward(self, x):\n"
        self.write("net.py", source + "        return x[x > 0] * 2\n")
        done = self.capture("net.py:Net", partial=False)
        self.assertEqual((done["event"], done["diagnostics"]), ("done", []))
        self.write("net.py", source + "        return x * (x > 0).sum().item()\n")
        done = self.capture("net.py:Net", partial=False)
        self.assertEqual((done["event"], codes_of(done)), ("done", ["C104"]))

    def test_one_decision_is_accepted_by_its_line(self):
        source = "from torch import nn\nclass Net(nn.Module):\n    input_shape = (4,)\n    def forward(self, x):\n"
        self.write("net.py", source + "        return x if x.sum() < 1e9 else x + 1\n")
        self.assertEqual(self.capture("net.py:Net", assume={"5": True})["rung"], "draft")
        self.assertEqual(self.capture("net.py:Net", assume={"5": False}, partial=False)["event"], "refused")

    def test_state_that_capture_would_lose_is_refused_with_the_line_that_writes(self):
        self.write(
            "silent.py",
            """
            from torch import nn

            calls = 0


            class Counter(nn.Module):
                input_shape = (4,)

                def __init__(self):
                    super().__init__()
                    self.calls = 0

                def forward(self, x):
                    self.calls += 1
                    return x * self.calls


            class Table(nn.Module):
                input_shape = (4,)

                def __init__(self):
                    super().__init__()
                    self.table = {}

                def forward(self, x):
                    y = x.relu()
                    self.table["last"] = y
                    return y


            class Global(nn.Module):
                input_shape = (4,)

                def forward(self, x):
                    global calls
                    calls += 1
                    return x


            class Cache(nn.Module):
                input_shape = (4,)

                def __init__(self):
                    super().__init__()
                    self.mask = None

                def forward(self, x):
                    if self.mask is None:
                        self.mask = x.new_ones(x.shape)
                    return x * self.mask
            """,
        )
        for name, line in (
            ("Counter", "self.calls += 1"),
            ("Table", 'self.table["last"] = y'),
            ("Global", "calls += 1"),
        ):
            refused = self.capture(f"silent.py:{name}")
            self.assertEqual((refused["event"], codes_of(refused)[0]), ("refused", "C108"), refused)
            self.assertEqual(refused["diagnostics"][0]["text"], line)
        done = self.capture("silent.py:Cache")
        self.assertEqual((done["event"], codes_of(done)), ("done", ["C108"]), done)
        self.assertEqual(done["diagnostics"][0]["severity"], "note")

    def test_containers_are_registered_and_graph_modules_accepted(self):
        self.write(
            "containers.py",
            """
            import dataclasses

            import torch
            from torch import fx, nn


            @dataclasses.dataclass
            class Output:
                first: torch.Tensor
                second: torch.Tensor


            class Net(nn.Module):
                input_shape = (4,)

                def forward(self, x):
                    return Output(x + 1, x * 2)


            class Pair(nn.Module):
                def forward(self, pair, *, scale):
                    return pair["left"] * scale + pair["right"]


            def traced():
                return fx.symbolic_trace(nn.Sequential(nn.Linear(4, 2), nn.ReLU()))


            instance = nn.Linear(4, 3)
            """,
        )
        self.assertEqual(self.capture("containers.py:Net")["rung"], "registered")
        leaf = {"shape": [3, 4], "dtype": "float32"}
        self.assertEqual(self.capture("containers.py:traced", inputs=[leaf])["event"], "done")
        self.assertEqual(self.capture("containers.py:instance", inputs=[leaf])["event"], "done")
        inputs, kwargs = [{"left": leaf, "right": {**leaf, "values": "ones"}}], {"scale": {**leaf, "values": "uniform"}}
        done = self.capture("containers.py:Pair", inputs=inputs, input_kwargs=kwargs, reference="pair")
        self.assertEqual(done["event"], "done", done)

        from safetensors.torch import load_file

        reference = load_file(done["references"][1])
        expected = reference["input.0"] * reference["input.2"] + reference["input.1"]
        self.assertTrue(torch.equal(reference["output.0"], expected))

    def test_mutated_buffers_keep_their_first_values_and_count_on(self):
        self.write(
            "state.py",
            """
            import torch
            from torch import nn


            class Net(nn.Module):
                input_shape = (4,)

                def __init__(self):
                    super().__init__()
                    self.register_buffer("sum", torch.zeros(4))

                def forward(self, x):
                    self.sum += x
                    return self.sum * 1
            """,
        )
        done = self.capture("state.py:Net", reference="state")
        program = torch.export.load(done["archive"])
        self.assertTrue(torch.equal(program.state_dict["sum"], torch.zeros(4)))

        from safetensors.torch import load_file

        calls = [load_file(path) for path in done["references"]]
        module = program.module()
        for call in calls:
            self.assertTrue(torch.equal(module(call["input.0"]), call["output.0"]))

    def test_weights_come_from_the_checkpoint_and_files_that_were_read_are_told(self):
        self.write(
            "net.py",
            """
            import pathlib

            import torch
            from safetensors.torch import load_file
            from torch import nn

            FOLDER = pathlib.Path(__file__).parent


            class Net(nn.Module):
                input_shape = (2, 3)

                def __init__(self):
                    super().__init__()
                    self.linear = nn.Linear(3, 4)
                    self.names = (FOLDER / "names.txt").read_text()


            class Whole(Net):
                def forward(self, x):
                    return self.linear(x)


            class Half(Net):
                def __init__(self):
                    super().__init__()
                    # Values that no checkpoint brings, from a file that PyTorch does not open.
                    scale = load_file(FOLDER / "scale.safetensors")["scale"]
                    self.register_buffer("scale", scale, persistent=False)

                def forward(self, x):
                    return self.linear(x) * self.scale
            """,
        )
        self.write("names.txt", "left right")
        from safetensors.torch import save_file

        weights = {"linear.weight": torch.randn(4, 3), "linear.bias": torch.randn(4)}
        save_file(weights, self.workspace / "weights.safetensors")
        save_file({"scale": torch.full((4,), 2.0)}, self.workspace / "scale.safetensors")
        for name, files in (("Whole", set()), ("Half", {"scale.safetensors"})):
            done = self.capture(f"net.py:{name}", weights="weights.safetensors")
            self.assertEqual(done["event"], "done", done)
            program = torch.export.load(done["archive"])
            for key, value in weights.items():
                self.assertTrue(torch.equal(program.state_dict[key], value))
            paths = [pathlib.Path(entry["path"]) for entry in done["read"]]
            read = {str(path.relative_to(self.workspace)) for path in paths if path.is_relative_to(self.workspace)}
            self.assertEqual(read, {"net.py", "names.txt", "weights.safetensors", *files})

    def test_what_the_source_draws_is_the_same_in_every_capture(self):
        self.write(
            "net.py",
            """
            import random
            import numpy as np
            import torch
            EARLY = random.random() + np.random.rand() + torch.rand(()).item()
            class Net(torch.nn.Module):
                input_shape = (4,)
                def __init__(self):
                    super().__init__()
                    self.drawn = random.random() + np.random.rand() + torch.rand(()).item()
                def forward(self, x):
                    return x * EARLY * self.drawn
            """,
        )
        programs = []
        for _ in range(2):
            program = torch.export.load(self.capture("net.py:Net")["archive"]).module()
            programs.append(program(torch.ones(4))[0].item())
        self.assertEqual(*programs)

    def test_code_that_leaves_is_told_like_code_that_fails(self):
        net = "import sys\nimport torch\nclass Net(torch.nn.Module):\n    input_shape = (4,)\n"
        net += "    def __init__(self):\n        super().__init__()\n        {init}\n"
        net += "    def forward(self, x):\n        {forward}\n        return x\n{after}\n"
        for code, place in {"C101": "after", "C102": "init", "C103": "forward"}.items():
            for leave, text in (("sys.exit(0)", "SystemExit"), ("raise KeyboardInterrupt", "KeyboardInterrupt")):
                words = {"init": "pass", "forward": "pass", "after": "", place: leave}
                self.write("net.py", net.format(**words))
                event = self.capture("net.py:Net")
                self.assertEqual((event["event"], codes_of(event)), ("refused", [code]))
                self.assertIn(text, event["diagnostics"][0]["message"])

    def test_a_dynamic_dimension_is_kept_and_a_fixed_one_is_said(self):
        source = "from torch import nn\nclass Net(nn.Module):\n    input_shape = (4, 8)\n    def forward(self, x):\n"
        self.write("net.py", source + "        return x.reshape(x.shape[0] * 2, 4).relu()\n")
        done = self.capture("net.py:Net", dynamic={"0": {"0": "rows"}})
        program = torch.export.load(done["archive"])
        self.assertEqual(tuple(program.module()(torch.randn(6, 8)).shape), (12, 4))
        self.write("fixed.py", source + "        return x.reshape(8, 4).relu()\n")
        refused = self.capture("fixed.py:Net", dynamic={"0": {"0": "rows"}}, partial=False)
        self.assertEqual(codes_of(refused), ["C112"])
        self.assertEqual(refused["diagnostics"][0]["text"], "return x.reshape(8, 4).relu()")


if __name__ == "__main__":
    unittest.main()
