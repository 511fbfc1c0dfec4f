"""Captures small programs as the server does: in forks of a process that has imported PyTorch and exported once."""

import json
import os
import pathlib
import sys
import tempfile
import textwrap
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[3]
PACKAGE = ROOT / "Sources" / "Capture" / "Python"
sys.path.insert(0, str(PACKAGE))

from reglaze_capture import environment  # noqa: E402 - found through the path above

environment.prepare()
environment.rehearse()

from reglaze_capture import ahead, capture  # noqa: E402


def events_of(request: dict) -> list[dict]:
    """The events of one capture, in a fork: what it imports and registers is gone afterwards."""
    reading, writing = os.pipe()
    pid = os.fork()
    if pid == 0:
        silence = os.open(os.devnull, os.O_WRONLY)
        os.dup2(silence, 1)
        os.dup2(silence, 2)
        ahead.begin()  # What other tests have imported is not looked for.
        with os.fdopen(writing, "w", encoding="utf-8") as events:
            capture.answer(request, lambda event: events.write(json.dumps(event) + "\n"))
        os._exit(0)
    os.close(writing)
    with os.fdopen(reading, encoding="utf-8") as events:
        found = [json.loads(line) for line in events]
    os.waitpid(pid, 0)
    return found


def codes_of(event: dict) -> list[str]:
    return [diagnostic["code"] for diagnostic in event["diagnostics"]]


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

    def capture(self, source: str, **fields) -> dict:
        """The last event of a capture."""
        event = events_of(self.request(source, **fields))[-1]
        self.assertNotEqual(event["event"], "failed", event.get("traceback"))
        return event
