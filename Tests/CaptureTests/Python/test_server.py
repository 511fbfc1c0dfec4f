"""The server: fresh sources in every capture, and nothing of a capture that died reaches the next."""

import json
import os
import pathlib
import signal
import socket
import subprocess
import sys
import time
import unittest

import torch
from harness import PACKAGE, CaptureTest, codes_of

NET = "from torch import nn\nclass Net(nn.Module):\n    input_shape = (4,)\n"
NET += "    def forward(self, x):\n        return x * {}\n"


class ServerTest(CaptureTest):
    def setUp(self):
        super().setUp()
        self.socket = self.workspace / "run" / "s"
        variables = {**os.environ, "PYTHONPATH": str(PACKAGE), "OMP_NUM_THREADS": "1"}
        command = [sys.executable, "-m", "reglaze_capture", "serve", "--socket", str(self.socket), "--idle", "60"]
        self.server = subprocess.Popen(command, env=variables, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        self.addCleanup(self.stop)
        while not self.socket.exists():
            self.assertIsNone(self.server.poll())
            time.sleep(0.05)

    def stop(self):
        if self.server.poll() is None:
            self.server.kill()
        self.server.wait()

    def connect(self, source: str, **fields) -> socket.socket:
        connection = socket.socket(socket.AF_UNIX)
        connection.connect(str(self.socket))
        connection.sendall((json.dumps(self.request(source, **fields)) + "\n").encode())
        return connection

    def capture(self, source: str, **fields) -> dict:
        with self.connect(source, **fields) as connection, connection.makefile(encoding="utf-8") as events:
            return json.loads(list(events)[-1])

    def test_who_has_another_environment_than_the_server_gets_a_process_of_its_own(self):
        self.write("net.py", "import os, sys\n" + NET.format("(2 if 'serve' in sys.orig_argv else len(os.getenv('REGLAZE_A')))"))
        for variables, factor in (
            ({"REGLAZE_A": "1234"}, 2),  # which nobody has read yet
            ({"REGLAZE_A": "1234", "PYTORCH_JIT": "0"}, 4),  # which PyTorch reads when it is imported
        ):
            done = self.capture("net.py:Net", variables={**os.environ, **variables})
            self.assertEqual(done["event"], "done", done)
            self.assertEqual(torch.export.load(done["archive"]).module()(torch.ones(4))[0].item(), factor)

    def test_edits_are_seen_deaths_reported_and_hang_ups_end_the_fork(self):
        self.assertEqual(os.stat(self.socket).st_mode & 0o777, 0o600)
        ones = torch.ones(4)
        for factor in (2, 3):  # The same size, within one second.
            self.write("net.py", NET.format(factor))
            done = self.capture("net.py:Net")
            self.assertEqual(done["event"], "done", done)
            self.assertEqual(torch.export.load(done["archive"]).module()(ones)[0].item(), factor)
        self.write("net.py", NET.format("(("))
        self.assertEqual(codes_of(self.capture("net.py:Net")), ["C101"])

        self.write("scale.txt", "7")
        self.write("net.py", NET.format('float(open("scale.txt").read())'))
        done = self.capture("net.py:Net")
        self.assertEqual(torch.export.load(done["archive"]).module()(ones)[0].item(), 7)
        self.assertIn(str(self.workspace / "scale.txt"), [file["path"] for file in done["read"]])

        self.write("dies.py", "import os, signal\nos.kill(os.getpid(), signal.SIGSEGV)\n")
        self.assertEqual(codes_of(self.capture("dies.py:Net")), ["C131"])
        self.write("leaves.py", "import os\nos._exit(3)\n")
        self.assertEqual(codes_of(self.capture("leaves.py:Net")), ["C131"])

        self.write(
            "hangs.py",
            f"import os, time\nopen({str(self.workspace / 'pid')!r}, 'w').write(str(os.getpid()))\ntime.sleep(600)\n",
        )
        self.connect("hangs.py:Net").close()
        self.assert_ends(self.workspace / "pid")
        self.write("net.py", NET.format(5))
        self.assertEqual(self.capture("net.py:Net")["event"], "done")

        self.server.send_signal(signal.SIGTERM)
        self.assertEqual(self.server.wait(600), 0)
        self.assertFalse(self.socket.exists())

    def test_what_a_capture_imported_is_imported_ahead_of_the_next(self):
        imports = "import sys, time\nif 'jinja2.sandbox' in sys.modules:\n    raise ImportError('ahead')\n"
        imports += "import jinja2.sandbox\n"
        # Big models take a while to be given up.
        self.write("net.py", imports + NET.format(2) + "    def __del__(self):\n        time.sleep(0.3)\n")
        codes = []
        for _ in range(12):
            # The command leaves as soon as it has its answer, whatever the server still has to say.
            with self.connect("net.py:Net") as connection, connection.makefile(encoding="utf-8") as events:
                answer = next(event for event in map(json.loads, events) if event["event"] != "phase")
            codes.append(answer["event"])
            if answer["event"] == "refused":
                break
            time.sleep(1.5)
        self.assertEqual(codes[0], "done")
        self.assertEqual(codes[-1], "refused", "nothing was imported ahead")

    def test_a_module_of_the_users_hides_one_that_was_imported_ahead(self):
        imports = "import sys\nIS_AHEAD = 'netrc' in sys.modules\nimport netrc\n"
        self.write("net.py", imports + NET.format("(3 if hasattr(netrc, 'OURS') else 2 if IS_AHEAD else 1)"))

        def factor() -> tuple[float, dict]:
            done = self.capture("net.py:Net")
            self.assertEqual(done["event"], "done", done)
            return torch.export.load(done["archive"]).module()(torch.ones(4))[0].item(), done["lookups"]["found"]

        for _ in range(40):
            found, lookups = factor()
            # It could come to be hidden, whoever has imported it.
            self.assertIs(lookups[f"{self.workspace}/netrc.py"], False)
            if found == 2:
                break
            time.sleep(0.5)
        self.assertEqual(found, 2, "nothing was imported ahead")
        (self.workspace / "netrc").mkdir()  # no package, which would hide it
        self.assertEqual(factor()[0], 2)
        self.write("netrc.py", "OURS = True\n")
        self.assertEqual(factor()[0], 3)

    def assert_ends(self, note: pathlib.Path) -> None:
        """Either the fork never wrote its number, or the process with that number is gone."""
        for _ in range(200):
            if note.exists() and note.read_text() and not pathlib.Path(f"/proc/{note.read_text()}").exists():
                return
            time.sleep(0.05)
        self.assertFalse(note.exists(), "the fork of a client that hung up goes on")

    def test_a_server_whose_socket_is_gone_ends(self):
        self.socket.unlink()
        self.assertEqual(self.server.wait(600), 0)


if __name__ == "__main__":
    unittest.main()
