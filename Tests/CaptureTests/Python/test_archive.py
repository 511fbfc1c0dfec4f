"""The archive that capture writes: PyTorch loads it, and its bytes depend on the program alone."""

import json
import shutil
import unittest
import zipfile

import torch
from harness import ROOT, CaptureTest, events_of

EXAMPLE = ROOT / "workspace-example"


class ArchiveTest(CaptureTest):
    def test_the_archive_is_loaded_by_pytorch_and_equal_in_another_folder(self):
        first = self.capture("first", PYTHONHASHSEED="1")
        second = self.capture("another/folder", PYTHONHASHSEED="2")
        self.assertEqual(first.read_bytes(), second.read_bytes())

        from safetensors.torch import load_file

        program = torch.export.load(first)
        reference = load_file(first.with_name("gaze.call0.safetensors"))
        answer = program.module()(reference["input.0"])
        self.assertTrue(torch.allclose(answer, reference["output.0"], rtol=1e-5, atol=1e-6))
        self.check_members(first)

    def capture(self, folder: str, **variables: str):
        workspace = self.workspace / folder
        shutil.copytree(EXAMPLE / "models", workspace / "models", ignore=shutil.ignore_patterns("__pycache__"))
        request = self.request(
            "models/gazenet.py:GazeNet", workspace=str(workspace), output="gaze.pt2", reference="gaze"
        )
        done = events_of(request, **variables)[-1]
        self.assertEqual(done["event"], "done", done)
        self.assertEqual(done["rung"], "non-strict")
        self.assertEqual(
            [entry["path"] for entry in done["read"]],
            [str(workspace / "models" / name) for name in ("gazenet.py", "weights.py")],
        )
        return workspace / "gaze.pt2"

    def check_members(self, path):
        with zipfile.ZipFile(path) as archive, path.open("rb") as file:
            self.assertIsNone(archive.testzip())
            for member in archive.infolist():
                self.assertEqual(member.compress_type, zipfile.ZIP_STORED)
                file.seek(member.header_offset + 26)
                name, extra = (int.from_bytes(file.read(2), "little") for _ in range(2))
                self.assertEqual((member.header_offset + 30 + name + extra) % 64, 0, member.filename)
                self.assertNotIn(str(self.workspace).encode(), archive.read(member))
            lines = json.loads(archive.read("archive/extra/source_map.json"))["nodes"]
            self.assertTrue(lines["conv2d"].startswith("models/gazenet.py:"), lines["conv2d"])


if __name__ == "__main__":
    unittest.main()
