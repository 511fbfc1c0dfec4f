"""Captures small programs in a process of their own, as the command does."""

import json
import os
import pathlib
import subprocess
import sys
import tempfile
import textwrap
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[3]
PACKAGE = ROOT / "Sources" / "Capture" / "Python"
sys.path.insert(0, str(PACKAGE))


def environment() -> dict[str, str]:
    return {**os.environ, "PYTHONPATH": str(PACKAGE), "OMP_NUM_THREADS": "1", "PYTHONHASHSEED": "random"}


def events_of(request: dict, **variables: str) -> list[dict]:
    """The events of one capture in a process of its own."""
    command = [sys.executable, "-m", "reglaze_capture", "once"]
    finished = subprocess.run(
        command, input=json.dumps(request) + "\n", capture_output=True, text=True, env={**environment(), **variables}
    )
    if not finished.stdout:
        raise AssertionError(finished.stderr)
    return [json.loads(line) for line in finished.stdout.splitlines()]


class CaptureTest(unittest.TestCase):
    """A test with a workspace of its own."""

    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.workspace = pathlib.Path(folder.name).resolve()

    def write(self, name: str, text: str) -> pathlib.Path:
        path = self.workspace / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(textwrap.dedent(text))
        return path

    def request(self, source: str, **fields) -> dict:
        output = str(self.workspace / "out.pt2")
        return {"method": "capture", "workspace": str(self.workspace), "source": source, "output": output, **fields}
