"""The archive that capture writes: PyTorch loads it, and its bytes depend on the program alone."""

import json
import os
import pathlib
import shutil
import subprocess
import sys
import unittest
import zipfile

import torch
from harness import PACKAGE, ROOT, CaptureTest

EXAMPLE = ROOT / "workspace-example"


class ArchiveTest(CaptureTest):
    def test_the_archive_is_loaded_by_pytorch_and_equal_in_another_folder(self):
        first = self.capture_gazenet("first", hash_seed="1")
        second = self.capture_gazenet("another/folder", hash_seed="2")
        self.assertEqual(first.read_bytes(), second.read_bytes())

        from safetensors.torch import load_file

        program = torch.export.load(first)
        for call in range(2):
            reference = load_file(first.with_name(f"gaze.call{call}.safetensors"))
            answer = program.module()(reference["input.0"])
            self.assertTrue(torch.allclose(answer, reference["output.0"], rtol=1e-5, atol=1e-6))
        self.check_members(first)

    def capture_gazenet(self, folder: str, hash_seed: str) -> pathlib.Path:
        """Captures in a process of its own, which orders its sets by a hash seed of its own."""
        workspace = self.workspace / folder
        shutil.copytree(EXAMPLE / "models", workspace / "models", ignore=shutil.ignore_patterns("__pycache__"))
        fields = {"workspace": str(workspace), "output": "gaze.pt2", "reference": "gaze"}
        request = self.request("models/gazenet.py:GazeNet", **fields)
        variables = {**os.environ, "PYTHONPATH": str(PACKAGE), "PYTHONHASHSEED": hash_seed, "OMP_NUM_THREADS": "1"}
        command = [sys.executable, "-m", "reglaze_capture", "once"]
        line = json.dumps(request) + "\n"
        finished = subprocess.run(command, input=line, capture_output=True, text=True, env=variables)
        self.assertTrue(finished.stdout, finished.stderr)
        done = json.loads(finished.stdout.splitlines()[-1])
        self.assertEqual(done["event"], "done", done)
        self.assertEqual(done["rung"], "non-strict")
        names = [str(workspace / "models" / name) for name in ("gazenet.py", "weights.py")]
        self.assertEqual([entry["path"] for entry in done["read"]], names)
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
