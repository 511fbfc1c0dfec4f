"""Which refusals time may heal, and which only an edit."""

import socket
import unittest
import urllib.error

import torch
from harness import CaptureTest, codes_of
from reglaze_capture.passing import is_passing


def raised(body) -> Exception:
    try:
        body()
    except Exception as error:
        return error
    raise AssertionError("nothing was raised")


class PassingTests(unittest.TestCase):
    def test_errors_of_the_network_and_of_memory_pass(self):
        for error in (
            urllib.error.URLError("no route"),
            ConnectionRefusedError(111, "refused"),
            TimeoutError("late"),
            socket.gaierror(-3, "no name"),
            OSError("We couldn't connect to the hub"),
            OSError(28, "No space left on device"),
            OSError(24, "Too many open files"),
            MemoryError(),
            torch.OutOfMemoryError("tried to allocate"),
        ):
            self.assertTrue(is_passing(error), repr(error))

    def test_what_a_path_or_the_program_itself_says_does_not(self):
        self.assertFalse(is_passing(raised(lambda: open("/nowhere/at/all"))))
        self.assertFalse(is_passing(raised(lambda: open("/"))))
        for error in (ValueError("no"), AttributeError("x"), RuntimeError("shape"), None):
            self.assertFalse(is_passing(error), repr(error))

    def test_what_led_to_an_error_counts(self):
        def wrapped():
            try:
                raise urllib.error.URLError("no route")
            except OSError as error:
                raise RuntimeError("cannot load the weights") from error

        self.assertTrue(is_passing(raised(wrapped)))


class RefusalTests(CaptureTest):
    def test_a_refusal_says_whether_it_passes(self):
        for line, passing in (("raise ConnectionError('down')", True), ("raise ValueError('odd')", False)):
            self.write("net.py", f"import torch\n\nclass Net(torch.nn.Module):\n    def __init__(self):\n        {line}\n")
            event = self.capture("net.py:Net")
            self.assertEqual((event["event"], codes_of(event), event["passing"]), ("refused", ["C102"], passing))
