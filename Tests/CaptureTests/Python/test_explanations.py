"""Each code's smallest program triggers it, and the smallest change removes it."""

import json
import pathlib
import re
import tempfile
import unittest

from harness import PACKAGE, events_of

from reglaze_capture.codes import CODES

FOLDER = PACKAGE / "reglaze_capture" / "explanations"


class ExplanationTest(unittest.TestCase):
    def test_every_code_is_explained(self):
        explained = {folder.name for folder in FOLDER.iterdir() if (folder / "README").is_file()}
        self.assertEqual(explained, set(CODES))
        # What befalls the capture process itself is no property of a program.
        shown = {folder.name for folder in FOLDER.iterdir() if (folder / "before.py").is_file()}
        self.assertEqual(explained - shown, {"C130", "C131", "C132"})

    def test_every_program_shows_what_it_explains(self):
        for folder in sorted(FOLDER.iterdir()):
            if not (folder / "before.py").is_file():
                continue
            with self.subTest(folder.name), tempfile.TemporaryDirectory() as scratch:
                before = self.capture(folder, "before", scratch)
                found = [diagnostic for diagnostic in before["diagnostics"] if diagnostic["code"] == folder.name]
                self.assertTrue(found, before)
                self.check_place(folder, found[0])
                after = self.capture(folder, "after", scratch)
                self.assertEqual(after["event"], "done", after)
                self.assertNotIn(folder.name, [diagnostic["code"] for diagnostic in after["diagnostics"]])

    def capture(self, folder: pathlib.Path, name: str, scratch: str) -> dict:
        fields = re.match(r"# request: (.*)\n", (folder / f"{name}.py").read_text())
        request = {
            "method": "capture",
            "workspace": str(folder),
            "source": f"{name}.py:Model",
            "output": f"{scratch}/{name}.pt2",
            "partial": False,
            "memo": f"{scratch}/memo",
            **(json.loads(fields[1]) if fields else {}),
        }
        event = events_of(request)[-1]
        self.assertNotEqual(event["event"], "failed", event.get("traceback"))
        return event

    def check_place(self, folder: pathlib.Path, diagnostic: dict) -> None:
        """A diagnostic with a line names the file relative to the workspace and shows the line's text."""
        if diagnostic["line"] is None:
            placeless = ("C102", "C109", "C114", "C116", "C118", "C119")
            self.assertIn(folder.name, placeless, "a line is known for every other code")
            return
        self.assertEqual(diagnostic["file"], "before.py")
        line = (folder / "before.py").read_text().splitlines()[diagnostic["line"] - 1]
        self.assertEqual(diagnostic["text"], line.strip())


if __name__ == "__main__":
    unittest.main()
