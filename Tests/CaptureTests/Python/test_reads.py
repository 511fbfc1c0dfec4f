"""What a capture depends on besides the sources: whatever its code asks for is named, there or not."""

import os
import pathlib
import py_compile
import sqlite3
import tempfile
import unittest
import warnings
import zipfile

import torch
from harness import PACKAGE, CaptureTest, codes_of

MODEL = """
import glob, os, pathlib
import torch
{top}
class Net(torch.nn.Module):
    input_shape = (1, 4)
    def __init__(self):
        super().__init__()
        self.factor = 1.0
        {init}
    def forward(self, x):
        return x * ({forward})
"""


class ReadsTest(CaptureTest):
    def asked(
        self, top: str = "", init: str = "pass", forward: str = "self.factor", file: str = "net.py", **fields
    ) -> dict:
        """The event of a capture whose code asks: in the module, in the constructor, or in forward."""
        self.write(file, MODEL.format(top=top, init=init, forward=forward))
        event = self.capture(f"{file}:Net", **fields)
        self.assertEqual(event["event"], "done", event)
        return event

    def found(self, event: dict) -> dict[str, bool]:
        """What was looked for below the workspace."""
        root = f"{self.workspace}/"
        found = event["lookups"]["found"].items()
        return {path.removeprefix(root): there for path, there in found if path.startswith(root)}

    def variables(self, event: dict) -> list[str]:
        """Those that are read for a test: others this process has read itself."""
        return [name for name in event["lookups"]["variables"] if name.startswith("REGLAZE_TEST_")]

    def read(self, event: dict) -> list[str]:
        """The files of the workspace that were read; the tests' own lie elsewhere."""
        paths = [pathlib.Path(entry["path"]) for entry in event["read"]]
        return [str(path.relative_to(self.workspace)) for path in paths if path.is_relative_to(self.workspace)]

    def test_a_model_that_asks_for_nothing_depends_on_its_source_alone(self):
        event = self.asked()
        self.assertEqual(self.read(event), ["net.py"])
        self.assertEqual((self.found(event), event["lookups"]["listed"], self.variables(event)), ({}, {}, []))

    def test_a_module_that_is_not_there_and_one_that_another_would_hide(self):
        file = "models/net.py"
        missing = self.found(self.asked("try:\n    import fast\nexcept ImportError:\n    pass", file=file))
        for name in ("models/fast", "models/fast.py", "models/fast.so", "fast", "fast.py", "fast.so"):
            self.assertIs(missing[name], False, missing)

        self.write("models/parts.py", "")
        event = self.asked("import parts", file=file)
        self.assertIn("models/parts.py", self.read(event))
        # A module in a folder that comes first, or a package beside it, would be taken instead.
        for name in ("parts", "parts.py", "models/parts"):
            self.assertIs(self.found(event)[name], False, event["lookups"])
        (self.workspace / "parts").mkdir()
        found = self.found(self.asked("import parts", file=file))
        self.assertIs(found["parts"], True)
        self.assertIs(found["parts/__init__.py"], False)

        # A library's module may be hidden by one of the user's, but is not looked for in a package's folder.
        event = self.asked("import cgitb", file=file)
        self.assertIs(self.found(event)["models/cgitb.py"], False)
        self.assertFalse([path for path in event["lookups"]["found"] if path.startswith(str(PACKAGE))])

    def test_a_module_that_is_only_asked_for(self):
        self.write("extra.py", "")
        self.write("parts/__init__.py", "")
        for name, place in (("extra", "extra.py"), ("parts", "parts/__init__.py")):
            event = self.asked(f"import importlib.util\nTHERE = importlib.util.find_spec({name!r}) is not None")
            self.assertNotIn(place, self.read(event))
            self.assertIs(self.found(event)[place], True, event["lookups"])

    def test_a_module_that_a_finder_of_its_own_knows(self):
        """As one of a package that is installed to be edited, with bytecode of it that fits."""
        path = self.write("elsewhere/edited.py", "FACTOR = 3.0\n")
        py_compile.compile(str(path), doraise=True)
        top = f"""
import importlib.util, sys
class Finder:
    def find_spec(self, name, path=None, target=None):
        return importlib.util.spec_from_file_location(name, {str(path)!r}) if name == "edited" else None
sys.meta_path.append(Finder())
import edited
"""
        event = self.asked(top, forward="edited.FACTOR")
        self.assertIn("elsewhere/edited.py", self.read(event))
        path.write_text("FACTOR = 4.0\n")
        program = torch.export.load(self.asked(top, forward="edited.FACTOR")["archive"]).module()
        self.assertEqual(program(torch.ones(1, 4))[0, 0].item(), 4)

    def test_packages_beneath_those_that_are_named(self):
        required = self.asked()["required"]
        self.assertIn("sympy", required)  # of PyTorch
        self.assertIn("mpmath", required)  # of sympy

    def test_files_that_are_looked_for(self):
        self.write("there.txt", "2")
        for question in (
            "os.path.exists({!r})",
            "os.path.lexists({!r})",
            "os.access({!r}, os.R_OK)",
            "pathlib.Path({!r}).is_file()",
            "glob.glob({!r})",
            "os.path.exists('./' + {!r})",
            # In a thread that runs nothing but the standard library.
            "list(__import__('concurrent.futures').futures.ThreadPoolExecutor(1).map(os.path.exists, [{!r}]))",
        ):
            for name, there in (("there.txt", True), ("absent.txt", False)):
                event = self.asked(init=question.format(name))
                self.assertIs(self.found(event).get(name), there, (question, name, event["lookups"]))
        failed = "try:\n            open('absent.txt')\n        except OSError:\n            pass"
        self.assertIs(self.found(self.asked(init=failed))["absent.txt"], False)
        # One that is read is there.
        event = self.asked(init="os.path.exists('there.txt') and pathlib.Path('there.txt').read_text()")
        self.assertEqual((self.found(event), self.read(event)), ({}, ["net.py", "there.txt"]))

    def test_folders_that_are_listed(self):
        self.write("parts/a.bin", "")
        folder = str(self.workspace / "parts")
        for question in ("os.listdir('parts')", "glob.glob('parts/*.bin')", "list(pathlib.Path('parts').iterdir())"):
            self.assertEqual(self.asked(init=question)["lookups"]["listed"], {folder: ["a.bin"]}, question)

    def test_a_link_is_named_and_not_what_it_leads_to(self):
        """It may lead elsewhere one day, and nothing that it led to has changed then."""
        self.write("first/parts.py", "")
        self.write("first/scale.txt", "2")
        (self.workspace / "chosen").symlink_to("first")
        (self.workspace / "scale.txt").symlink_to("first/scale.txt")
        top = "import sys\nsys.path.insert(0, 'chosen')\nimport parts"
        read = self.read(self.asked(top, init="pathlib.Path('scale.txt').read_text()"))
        self.assertEqual(read, ["chosen/parts.py", "net.py", "scale.txt"])

    def test_where_a_link_leads_when_the_code_asks_for_that(self):
        (self.workspace / "v1").mkdir()
        self.write("v1/scale.txt", "2")
        os.symlink("v1", self.workspace / "current")
        for question in ("pathlib.Path('current').resolve() / 'scale.txt'", "os.path.realpath('current/scale.txt')"):
            event = self.asked(init=f"open({question}).read()")
            links = {path: held for path, held in event["lookups"]["links"].items() if held}
            self.assertEqual(links, {f"{self.workspace}/current": "v1"}, question)
            self.assertEqual(self.read(event), ["net.py", "v1/scale.txt"])
        self.assertEqual(self.asked(init="open('current/scale.txt').read()")["lookups"]["links"], {})

    def test_a_link_that_is_not_there_and_one_that_leads_nowhere(self):
        link = f"{self.workspace}/current"
        for held in ("", "nowhere"):
            if held:
                os.symlink(held, link)
            for question in ("os.path.islink({})", "os.path.lexists({})", "pathlib.Path({}).is_symlink()"):
                question = question.format("'current'")
                event = self.asked(init=question)
                self.assertEqual(event["lookups"]["links"][link], held, question)
                self.assertIs(self.found(event)["current"], False, question)

    def test_how_big_a_file_is_and_who_may_use_it(self):
        self.write("scale.txt", "23")
        (self.workspace / "scale.txt").chmod(0o640)
        path = f"{self.workspace}/scale.txt"
        for question in ("os.path.getsize({})", "os.stat({}).st_mode", "os.access({}, os.X_OK)"):
            question = question.format("'scale.txt'")
            event = self.asked(init=question)
            self.assertEqual(event["lookups"]["stated"], {path: "2 640"}, question)
            self.assertIs(self.found(event)["scale.txt"], True)
        # What is read, or written by the capture, is known otherwise.
        reads = "os.path.getsize('scale.txt'), open('scale.txt').read()"
        for question in (reads, "open('own', 'w').close(), os.stat('own')"):
            self.assertEqual(self.asked(init=question)["lookups"]["stated"], {}, question)

    def test_files_by_other_names(self):
        self.write("parts/scale.txt", "2")
        folder = "os.open('parts', os.O_RDONLY)"
        for question, read, found, listed in (
            ("open(b'parts/scale.txt').read()", ["parts/scale.txt"], {}, {}),
            (f"os.open('scale.txt', os.O_RDONLY, dir_fd={folder})", ["parts/scale.txt"], {"parts"}, {}),
            (f"os.stat('scale.txt', dir_fd={folder})", [], {"parts", "parts/scale.txt"}, {}),
            (f"os.listdir({folder})", [], {"parts"}, {"parts": ["scale.txt"]}),
            ("os.listdir(b'parts')", [], set(), {"parts": ["scale.txt"]}),
            ("list(os.fwalk('parts'))", [], {"parts"}, {"parts": ["scale.txt"]}),
        ):
            event = self.asked(init=question)
            self.assertEqual(self.read(event), ["net.py", *read], question)
            there = self.found(event)
            for name in found:
                self.assertIs(there.get(name), True, (question, there))
            there = {path.removeprefix(f"{self.workspace}/"): names for path, names in event["lookups"]["listed"].items()}
            self.assertEqual(there, listed, question)

    def test_a_database_by_its_address(self):
        sqlite3.connect(self.workspace / "scale table.db").close()
        event = self.asked("import sqlite3", init="sqlite3.connect('file:scale%20table.db?mode=ro', uri=True)")
        self.assertIn("scale table.db", self.read(event))

    def test_an_archive_of_modules(self):
        top = "import sys\nsys.path.insert(0, 'parts.zip')\ntry:\n    import parts\nexcept ImportError:\n    pass"
        self.assertIs(self.found(self.asked(top))["parts.zip"], False)
        with zipfile.ZipFile(self.workspace / "parts.zip", "w") as archive:
            archive.writestr("parts.py", "")
        self.assertIn("parts.zip", self.read(self.asked(top)))

    def test_a_file_outside_the_workspace(self):
        for parent in (pathlib.Path.home(), None):  # None: where temporary files are.
            with tempfile.TemporaryDirectory(dir=parent) as folder:
                scale = pathlib.Path(folder) / "scale.txt"
                scale.write_text("3")
                event = self.asked(init=f"pathlib.Path({str(scale)!r}).read_text()")
                self.assertIn(str(scale), [entry["path"] for entry in event["read"]])

    def test_temporary_files_that_come_and_go_are_no_inputs(self):
        top = """
import subprocess, tempfile
with tempfile.TemporaryDirectory() as folder:
    pathlib.Path(folder + "/own").write_text("1")
    pathlib.Path(folder + "/own").read_text()
    subprocess.run(["cp", folder + "/own", folder + "/child"])
    pathlib.Path(folder + "/child").read_text()
    os.path.exists(folder + "/absent"), os.listdir(folder)
"""
        event = self.asked(top)
        names = {pathlib.Path(entry["path"]).name for entry in event["read"]}
        self.assertTrue(names.isdisjoint({"own", "child", "absent"}), names)
        self.assertEqual((self.found(event), event["lookups"]["listed"]), ({}, {}))

    def test_files_that_native_code_opens(self):
        from safetensors.torch import save_file

        with warnings.catch_warnings(action="ignore"):  # TorchScript is on its way out, and still read.
            torch.jit.script(torch.nn.Linear(2, 2)).save(self.workspace / "scripted.pt")
        save_file({"a": torch.zeros(1)}, self.workspace / "a.safetensors")
        (self.workspace / "empty.so").write_bytes(b"")
        (self.workspace / "compiled.so").write_bytes(b"")
        for name, question in {
            "scripted.pt": "torch.jit.load('scripted.pt')",
            "a.safetensors": "__import__('safetensors.torch').torch.load_file('a.safetensors')",
            "empty.so": "try:\n            __import__('ctypes').CDLL('./empty.so')\n        except OSError:\n            pass",
            "compiled.so": "try:\n            import compiled\n        except ImportError:\n            pass",
            "a.db": "__import__('sqlite3').connect('a.db').execute('select 1')",
        }.items():
            (self.workspace / "a.db").touch()
            self.assertIn(name, self.read(self.asked(init=question)), question)

    def test_what_the_capture_writes_itself_is_no_input(self):
        event = self.asked(init="pathlib.Path('cache.txt').write_text('1'); pathlib.Path('cache.txt').read_text()")
        self.assertEqual(self.read(event), ["net.py"])

    def test_variables_are_those_of_who_asks(self):
        for question in (
            "os.environ['REGLAZE_TEST_SCALE']",
            "os.getenv('REGLAZE_TEST_SCALE', '1')",
            "os.environb[b'REGLAZE_TEST_SCALE']",
        ):
            event = self.asked(
                init=f"self.factor = float({question})", variables={"REGLAZE_TEST_SCALE": "7", "PATH": os.environ["PATH"]}
            )
            self.assertEqual(self.variables(event), ["REGLAZE_TEST_SCALE"])
            program = torch.export.load(event["archive"]).module()
            self.assertEqual(program(torch.ones(1, 4))[0, 0].item(), 7)
        copies = "os.environ.copy(), {**os.environ}, list(os.environ.items()), [name for name in os.environ]"
        event = self.asked(init=f"'REGLAZE_TEST_OTHER' in os.environ; {copies}", variables={"REGLAZE_TEST_COPIED": "1"})
        self.assertEqual(self.variables(event), ["REGLAZE_TEST_OTHER"])

    def test_names_that_are_not_text(self):
        (self.workspace / "parts").mkdir()
        name = os.fsdecode(b"parts/\xff.txt")
        (self.workspace / name).write_text("1")
        event = self.asked(init=f"os.listdir('parts'), os.path.exists({name!r})")
        self.assertEqual(list(event["lookups"]["listed"].values()), [["\ufffd.txt"]])
        self.write("net.py", MODEL.format(top="", init=f"open({name!r}).read()", forward="1"))
        event = self.capture("net.py:Net")
        self.assertEqual((event["event"], codes_of(event)), ("refused", ["C119"]))

    def test_a_refusal_says_what_it_looked_for(self):
        self.write("net.py", "import fast\n")
        event = self.capture("net.py:Net")
        self.assertEqual(codes_of(event), ["C101"])
        self.assertIs(self.found(event)["fast.py"], False)

    def test_graphs_are_not_remembered_where_forward_asks(self):
        memo = str(self.workspace / "memo")
        for forward in ("float(os.getenv('REGLAZE_TEST_SCALE', '1'))", "2.0 if os.path.exists('a.txt') else 1.0"):
            event = self.asked(forward=forward, memo=memo, incremental=True)
            self.assertIn("C119", codes_of(event), forward)
            self.assertIsNone(event["blocks"])
        self.assertEqual(codes_of(self.asked(memo=memo, incremental=True)), [])
        # What we read ourselves, to show the line that fills the cache, is no question of the model's.
        event = self.asked("CACHE = {}", forward="CACHE.setdefault(1, 2.0)", memo=memo, incremental=True)
        self.assertEqual((codes_of(event), event["blocks"] is None), (["C108"], False))


if __name__ == "__main__":
    unittest.main()
