"""The key of a block has in it whatever value its code can reach, on whatever way.

Each way is tried with an edit that is too small for the comparison with the model: only the key can notice it.
"""

import unittest
import zipfile

from harness import CaptureTest

NET = """
import torch
{top}
class Block({base}):
    {body}
    def __init__(self):
        super().__init__()
        self.layer = torch.nn.Linear(4, 4)
        {init}
    def forward(self, x):
        return self.layer(x) * {value}
{middle}
class Net(torch.nn.Module):
    input_shape = (1, 4)
    def __init__(self):
        super().__init__()
        self.blocks = torch.nn.Sequential(Block(), torch.nn.ReLU(), Block())
    def forward(self, x):
        {before}
        x = self.blocks(x)
        {after}
        return x
"""

# Each names the expression that forward uses, and where the number stands: NUMBER.
WAYS = {
    "a class attribute": {"value": "self.a", "body": "a = NUMBER"},
    "a class attribute by the class": {"value": "Block.a", "body": "a = NUMBER"},
    "a class attribute by type()": {"value": "type(self).a", "body": "a = NUMBER"},
    "a class attribute by a method": {"value": "self.get()", "body": "a = NUMBER; get = classmethod(lambda c: c.a)"},
    "a base class's attribute": {
        "value": "self.__class__.a",
        "top": "class Base(torch.nn.Module):\n    a = NUMBER",
        "base": "Base",
    },
    "a descriptor": {
        "value": "self.a",
        "top": "class D:\n    def __init__(self, v): self.v = v\n    def __get__(self, *_): return self.v",
        "body": "a = D(NUMBER)",
    },
    "an attribute of another class": {"value": "C.a", "top": "class C:\n    a = NUMBER"},
    "a class in a class": {"value": "C.I.a", "top": "class C:\n    class I:\n        a = NUMBER"},
    "an attribute of an object's class": {"value": "c.a", "top": "class C:\n    a = NUMBER\nc = C()"},
    "an object of a slotted class": {
        "value": "c.a",
        "top": "class C:\n    __slots__ = ('a',)\nc = C()\nc.a = NUMBER",
    },
    "a metaclass": {
        "value": "C.a",
        "top": "class M(type):\n    a = NUMBER\nclass C(metaclass=M):\n    pass",
    },
    "an enumeration": {"value": "E.X.value", "top": "import enum\nclass E(enum.Enum):\n    X = NUMBER"},
    "a default factory": {
        "value": "C().a[0]",
        "top": "import dataclasses\n@dataclasses.dataclass\nclass C:\n"
        "    a: list = dataclasses.field(default_factory=lambda: [NUMBER])",
    },
    "a named tuple's default": {
        "value": "C().a",
        "top": "import typing\nclass C(typing.NamedTuple):\n    a: float = NUMBER",
    },
    "an attribute of a function": {"value": "f.a", "top": "def f(): pass\nf.a = NUMBER"},
    "a module": {"value": "const.A", "top": "import const"},
    "a module in a package": {"value": "package.const.A", "top": "import package.const"},
    "a module that is imported inside": {"value": "f()", "top": "def f():\n    import const\n    return const.A"},
    "a name that is imported inside": {"value": "f()", "top": "def f():\n    from const import A\n    return A"},
    "a package that is imported inside": {
        "value": "f()",
        "top": "def f():\n    import package.const as c\n    return c.A",
    },
    "a neighbour that is imported inside": {"value": "near()", "top": "from package.near import near"},
    "a module by its name": {
        "value": "f()",
        "top": "import importlib\ndef f(): return importlib.import_module('package.const').A",
    },
    "a table of modules": {"value": "f()", "top": "import const, sys\ndef f(): return sys.modules['const'].A"},
    "a class of a module": {"value": "const.C.a", "top": "import const"},
    "a partial function": {"value": "p()", "top": "import functools\np = functools.partial(lambda a: a, NUMBER)"},
    "a cached function": {"value": "f()", "top": "import functools\n@functools.cache\ndef f(): return NUMBER"},
    "an attribute of a number": {"value": "n.a", "top": "class N(float): pass\nn = N(2)\nn.a = NUMBER"},
    "an attribute of a table": {"value": "t.a", "top": "class T(dict): pass\nt = T()\nt.a = NUMBER"},
    "an attribute of a list's class": {"value": "t.a", "top": "class T(list):\n    a = NUMBER\nt = T()"},
    "a slot of a number": {
        "value": "n.a",
        "top": "class N(float):\n    __slots__ = ('a',)\nn = N(2)\nn.a = NUMBER",
    },
    "a property": {"value": "self.a", "body": "a = property(lambda self: NUMBER)"},
    "an attribute of an attribute": {"value": "self.c['a'][0]", "init": "self.c = {'a': (NUMBER,)}"},
    "a closure": {"value": "self.f()", "init": "a = NUMBER; self.f = lambda: a"},
    # Names that are made while forward runs: MADE is A, which nobody can tell from the code.
    "a made name of the class": {"value": "getattr(type(self), MADE)", "body": "A = NUMBER"},
    "a made name of a method": {"value": "getattr(self, MADE)()", "body": "A = lambda self: NUMBER"},
    "a method caller": {
        "value": "operator.methodcaller(MADE)(self)",
        "top": "import operator",
        "body": "A = lambda self: NUMBER",
    },
    "a made name of a module": {"value": "getattr(const, MADE)", "top": "import const"},
    "an attribute getter": {"value": "operator.attrgetter(MADE)(const)", "top": "import const, operator"},
    "a module's own getter": {"value": "const.__getattribute__(MADE)", "top": "import const"},
    "a made name of a module that is imported inside": {
        "value": "f(MADE)",
        "top": "def f(name):\n    import package.const as c\n    return getattr(c, name)",
    },
    "a made name of a module from a package": {
        "value": "f(MADE)",
        "top": "def f(name):\n    from package import const as c\n    return getattr(c, name)",
    },
    "a module by a made name": {
        "value": "importlib.import_module('cons' + 't' * (x.dim() - 1)).A",
        "top": "import const, importlib",
    },
    "a module from the table by a made name": {
        "value": "sys.modules['cons' + 't' * (x.dim() - 1)].A",
        "top": "import const, sys",
    },
    "the module of a function": {"value": "getattr(inspect.getmodule(const.C), MADE)", "top": "import const, inspect"},
    "the globals of a frame": {"value": "sys._getframe().f_globals[MADE]", "top": "import sys\nA = NUMBER"},
    "the number of names": {"value": "sum(dir(const).count(n) * vars(const)[n] for n in ['A'])", "top": "import const"},
    # Modules as values.
    "a module in a list": {"value": "t[0].A", "top": "import const\nt = [const]"},
    "a module as an attribute": {"value": "self.c.A", "top": "import const", "init": "self.c = const"},
    "a module as a class's attribute": {"value": "self.c.A", "top": "import const", "body": "c = const"},
    "a module as an argument": {"value": "f(const)", "top": "import const\ndef f(m): return m.A"},
    "a module as a default": {"value": "f()", "top": "import const\ndef f(m=const): return m.A"},
    "a module that code made": {
        "value": "m.A",
        "top": "import sys, types\nm = types.ModuleType('made')\nm.A = NUMBER\nsys.modules['made'] = m",
    },
    "a module's attribute function": {"value": "lazy.Q", "top": "import lazy"},
    # What lies in Python's and PyTorch's own.
    "a context manager of a function": {
        "value": "f()",
        "top": "import contextlib\n@contextlib.contextmanager\ndef c(): yield NUMBER\n"
        "def f():\n    with c() as a: return a",
    },
    "a function by its argument's class": {
        "value": "f(1)",
        "top": "import functools\n@functools.singledispatch\ndef f(a): return NUMBER",
    },
    "a function that PyTorch wraps": {"value": "f()", "top": "@torch.no_grad()\ndef f(): return NUMBER"},
    "a built-in name": {"value": "made_builtin", "top": "import builtins\nbuiltins.made_builtin = NUMBER"},
    "a function put in PyTorch": {
        "value": "torch.nn.functional.made(1.0)",
        "top": "torch.nn.functional.made = lambda a: a * NUMBER",
    },
    "a value put in Python": {"value": "math.made", "top": "import math\nmath.made = NUMBER"},
    "a class put in PyTorch": {"value": "torch.Made.a", "top": "class C:\n    a = NUMBER\ntorch.Made = C"},
    "a method put in PyTorch": {
        "value": "self.layer.made()",
        "top": "torch.nn.Module.made = lambda self: NUMBER",
    },
    "a method put in tensors": {"value": "x.made()", "top": "torch.Tensor.made = lambda self: NUMBER"},
    "a method that is replaced in PyTorch": {
        "value": "1",
        "top": "old = torch.nn.Linear.forward\n"
        "torch.nn.Linear.forward = getattr(old, 'new', lambda self, x: old(self, x) * NUMBER)",
    },
    "a literal type": {
        "value": "typing.get_args(T)[0]",
        "top": "import typing\nT = typing.Literal[NUMBER]",
    },
    "an annotation": {"value": "C.__annotations__['a']", "top": "class C:\n    a: NUMBER"},
    "a subclass": {
        "value": "C.__subclasses__()[0].a",
        "top": "class C:\n    pass\nclass D(C):\n    a = NUMBER",
    },
}
MADE = "chr(63 + x.dim())"
# What the caller of a block sets for as long as the call lasts.
CALLERS = {
    "a global": {
        "value": "S",
        "middle": "S = 1.5\ndef let(v):\n    global S\n    S = v",
        "before": "let(NUMBER)",
        "after": "let(1.5)",
    },
    "an entry of a table": {
        "value": "T['a']",
        "middle": "T = {'a': 1.5}",
        "before": "T['a'] = NUMBER",
        "after": "T['a'] = 1.5",
    },
    "an attribute of a class": {
        "value": "C.a",
        "middle": "class C:\n    a = 1.5",
        "before": "C.a = NUMBER",
        "after": "C.a = 1.5",
    },
    "a function of PyTorch": {
        "value": "torch.nn.functional.softsign(torch.ones(1))",
        "before": "old = torch.nn.functional.softsign; torch.nn.functional.softsign = lambda v: v * NUMBER",
        "after": "torch.nn.functional.softsign = old",
    },
    "the length of a list": {
        "value": "(1.5 + sum(L))",
        "middle": "L = []",
        "before": "L.append(NUMBER)",
        "after": "L.clear()",
    },
}
BEFORE, AFTER = "1.0", "1.000001"


class ReachTest(CaptureTest):
    def write_all(self, way: dict[str, str], number: str) -> None:
        parts = {"top": "", "base": "torch.nn.Module", "body": "pass", "init": "pass"}
        parts |= {"middle": "", "before": "pass", "after": "pass", **way}
        self.write("net.py", NET.format(**parts).replace("MADE", MADE).replace("NUMBER", number))
        const = f"A = {number}\nclass C:\n    a = {number}\n"
        self.write("const.py", const)
        lazy = f"def __getattr__(name):\n    if name == 'Q':\n        return {number}\n    raise AttributeError(name)\n"
        self.write("lazy.py", lazy)
        self.write("package/__init__.py", "")
        self.write("package/const.py", const)
        self.write("package/near.py", "def near():\n    from .const import A\n    return A\n")

    def program(self, **fields) -> tuple[bytes, dict | None]:
        """The program of a capture, and how many blocks were exported."""
        event = self.capture("net.py:Net", **fields)
        self.assertEqual((event["event"], event.get("rung")), ("done", "non-strict"), event)
        with zipfile.ZipFile(event["archive"]) as archive:
            name = next(name for name in archive.namelist() if name.endswith("models/model.json"))
            return archive.read(name), event["blocks"]

    def test_every_way_to_a_value_is_seen(self):
        for name, way in WAYS.items():
            with self.subTest(name):
                memo = {"memo": str(self.workspace / f"memo {name}"), "incremental": True}
                self.write_all(way, BEFORE)
                self.program(**memo)
                self.write_all(way, AFTER)
                remembered, _ = self.program(**memo)
                whole, _ = self.program()
                self.assertIn(AFTER.encode(), whole)
                self.assertEqual(remembered.count(AFTER.encode()), whole.count(AFTER.encode()))

    def test_what_a_caller_sets_is_seen(self):
        for name, way in CALLERS.items():
            for first in (BEFORE, None):
                with self.subTest(name, first=first):
                    memo = {"memo": str(self.workspace / f"memo {name} {first}"), "incremental": True}
                    # Set to another value; or not read at all before the edit, which is of the block alone.
                    self.write_all(way if first else {**way, "value": "1.25"}, first or AFTER)
                    self.program(**memo)
                    self.write_all(way, AFTER)
                    remembered, _ = self.program(**memo)
                    self.assertEqual(remembered, self.program()[0])

    def test_a_region_of_other_modes_is_captured(self):
        way = {"value": "1.5", "before": "with torch.set_grad_enabled(True): x = self.blocks(x)"}
        memo = {"memo": str(self.workspace / "memo"), "incremental": True}
        self.write_all(way, BEFORE)
        for _ in range(2):
            remembered, _ = self.program(**memo)
            self.assertEqual(remembered, self.program()[0])

    def test_what_no_key_sees_is_exported_whole(self):
        way = {"value": "log.level", "top": "import logging\nlog = logging.getLogger('net')\nlog.setLevel(NUMBER)"}
        memo = {"memo": str(self.workspace / "memo"), "incremental": True}
        for number in ("10", "20"):
            self.write_all(way, number)
            remembered, _ = self.program(**memo)
            self.assertEqual(remembered, self.program()[0])

    def test_what_is_not_reached_changes_nothing(self):
        way = {"value": "const.A", "top": "import const"}
        memo = {"memo": str(self.workspace / "memo"), "incremental": True}
        self.write_all(way, BEFORE)
        self.program(**memo)
        self.write("const.py", f"A = {BEFORE}\nB = {AFTER}\nclass C:\n    a = {AFTER}\n")
        _, blocks = self.program(**memo)
        self.assertEqual((blocks["exported"], blocks["memoised"]), (0, blocks["distinct"]))


if __name__ == "__main__":
    unittest.main()
