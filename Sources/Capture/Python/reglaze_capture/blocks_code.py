"""What code can a block run? The part of a block's key that stands for functions and the values they name.

A function is taken by its bytecode, constants and line table (relative to its first line, so that moving a whole
function changes nothing), its defaults, the cells it closes over and the globals it names; functions among these are
followed. Methods are found by name: whatever attribute a reached function mentions, in the block's own classes.
Installed packages count by name and version, and are looked into only for globals that user code replaced.
"""

import collections
import ctypes
import enum
import functools
import inspect
import logging
import types
from collections.abc import Iterable

import torch
from torch import nn

from . import blocks_escape
from .blocks_names import (
    code_digest,
    digest,
    functions_of,
    imported,
    is_library_file,
    is_library_module,
    is_users_module,
    names_of,
    package_version,
)

_LARGEST_HASHED_TENSOR = 4 << 20
_MOST_CLASSES = 20_000  # taken apart in one capture
_PLAIN = (
    types.NoneType,
    bool,
    int,
    float,
    complex,
    str,
    bytes,
    types.EllipsisType,
    torch.dtype,
    torch.device,
    torch.memory_format,
    torch.layout,
    torch.Size,
)
# Methods that Python or PyTorch calls without a mention of their names.
_IMPLICIT_METHODS = ("forward", "__call__", "__getattr__", "__getattribute__", "__getitem__", "__iter__", "__len__")


# What a class has for its slots, for the fields of a tuple, and for what C code gives it.
_SLOTS = (
    types.MemberDescriptorType,
    types.GetSetDescriptorType,
    types.WrapperDescriptorType,
    types.BuiltinFunctionType,
    type(collections.namedtuple("_Sample", "field").field),
)
# What an enumeration keeps of its members, which are attributes themselves.
_ENUM_TABLES = frozenset({*vars(enum.Enum("_Sample", ["_sample"]))} - {"_sample"})
ANY_NAME = "*"


class OpaqueError(Exception):
    """A value whose content no key can see."""


class Facts:
    """One function's own digest, the functions it refers to, and the names it mentions; ANY_NAME among them when it makes
    names while it runs."""

    def __init__(self, own: str, references: list[types.FunctionType], names: set[str]):
        self.own, self.references, self.names = own, references, names


def _meant(names: set[str], classes: list[type]) -> set[str]:
    """The names, and where there may be any name all that the user's classes among `classes` have but special ones."""
    if ANY_NAME not in names:
        return names
    bases = {base for one in classes for base in one.__mro__ if not is_library_module(base.__module__)}
    return names | {name for base in bases for name in base.__dict__ if not name.startswith("__")}


class Codes:
    """Digests of functions and values, remembered for the length of one capture.

    `is_by_identity` takes tensors by object and version instead of content: enough to see that one was written.
    """

    def __init__(self, is_by_identity: bool = False) -> None:
        self._is_by_identity = is_by_identity
        self._facts: dict[int, tuple[object, Facts]] = {}
        self._values: dict[int, tuple[object, str, list[types.FunctionType]]] = {}
        self._classes: dict[int, tuple[type, str, list[types.FunctionType]]] = {}
        self._open_classes = 0
        self._expanded = 0

    def facts(self, function: types.FunctionType) -> Facts:
        """What `function` itself is. Throws `OpaqueError` when it names a value that cannot be seen."""
        known = self._facts.get(id(function))
        if known is None:
            facts = self._library_facts(function) if self._is_library(function) else self._user_facts(function)
            self._facts[id(function)] = known = (function, facts)
        return known[1]

    def reach(self, roots: Iterable[types.FunctionType], classes: Iterable[type] = ()) -> list[types.FunctionType]:
        """All functions that `roots` and the methods of `classes` they name can run, in a fixed order."""
        classes = [*classes, torch.Tensor]
        reached: dict[int, types.FunctionType] = {}
        mentioned: set[str] = set()
        waiting = list(roots)
        for name in _IMPLICIT_METHODS:
            waiting += self._methods(classes, name)
        while waiting:
            function = waiting.pop(0)
            if id(function) in reached:
                continue
            reached[id(function)] = function
            facts = self.facts(function)
            waiting += facts.references
            for name in sorted(_meant(facts.names, classes) - mentioned):
                mentioned.add(name)
                waiting += self._methods(classes, name)
        return list(reached.values())

    def reach_digest(self, reached: Iterable[types.FunctionType]) -> str:
        return digest(*(self.facts(function).own for function in reached))

    def value(self, value: object) -> str:
        """The digest of a value with everything it refers to. Throws `OpaqueError` when that cannot be seen."""
        known = self._values.get(id(value))
        if known is None:
            references: list[types.FunctionType] = []
            text = self._text(value, references, frozenset())
            known = (value, digest(text, self.reach_digest(self.reach(references))), references)
            self._values[id(value)] = known
        return known[1]

    def class_value(self, attribute: object) -> str | None:
        """The digest of what a class has under some name; None for functions, which the code of a block has in it."""
        if any(functions_of(attribute)) or isinstance(attribute, _SLOTS):
            return None
        return self.value(attribute)

    def class_values(self, classes: Iterable[type], reached: Iterable[types.FunctionType]) -> str:
        """The digest of the values, no functions, that classes of the user's have under names that are mentioned: as
        `cls.scale`, which is no reading of a module."""
        classes = list(classes)
        names = _meant({name for function in reached for name in self.facts(function).names}, classes)
        bases = {base: None for one in classes for base in one.__mro__ if not is_library_module(base.__module__)}
        values = [
            f"{base.__qualname__}.{name} {value}"
            for base in bases
            for name in sorted(names & base.__dict__.keys())
            if not (name.startswith("__") and name.endswith("__"))
            and (value := self.class_value(base.__dict__[name])) is not None
        ]
        return digest(*values)

    def _methods(self, classes: list[type], name: str) -> list[types.FunctionType]:
        """Functions that `name` means in the classes, those of base classes too where `super` is mentioned; PyTorch's
        own left out."""
        found = []
        for one in classes:
            for base in one.__mro__:
                if name not in base.__dict__:
                    continue
                functions = [*functions_of(base.__dict__[name])]
                if base.__module__.partition(".")[0] in ("torch", "builtins"):
                    # Only what the user's code put there.
                    functions = [function for function in functions if not self._is_library(function)]
                    if not functions:
                        continue
                found += functions
                if not any("super" in names_of(inspect.unwrap(function).__code__) for function in functions):
                    break
        return found

    @staticmethod
    def _is_library(function: types.FunctionType) -> bool:
        return is_library_file(function.__code__.co_filename)

    # LIMIT: of an installed package, only a function that user code put among the globals of a reached one is seen;
    # one replaced further inside is not. `--verify-capture` and CI's whole export find that.
    def _library_facts(self, function: types.FunctionType) -> Facts:
        names = names_of(function.__code__)
        references = [
            value
            for name in sorted(names & function.__globals__.keys())
            if isinstance(value := function.__globals__[name], types.FunctionType) and not self._is_library(value)
        ]
        module = function.__module__ or ""
        parts = [*blocks_escape.held(function, lambda one: self._text(one, references, frozenset()), references)]
        own = digest("library", package_version(module), module, function.__qualname__, len(references), *parts)
        return Facts(own, references, names if not module.startswith("torch.") else set())

    def _user_facts(self, function: types.FunctionType) -> Facts:
        references: list[types.FunctionType] = []
        names = names_of(function.__code__)
        if problem := blocks_escape.problem(function, names):
            raise OpaqueError(problem)
        parts = [code_digest(function.__code__), function.__qualname__]
        for cell in function.__closure__ or ():
            parts.append(self._cell(cell, references))
        for default in (function.__defaults__, function.__kwdefaults__, function.__dict__):
            parts.append(self._text(default, references, frozenset()))
        for name in sorted(names):
            if name in function.__globals__:
                parts.append(f"{name}={self._global(function.__globals__[name], names, references)}")
        for name, value in blocks_escape.added_builtins(names - function.__globals__.keys()).items():
            parts.append(f"built-in {name}={self._text(value, references, frozenset())}")
        for module in imported(names, function.__globals__.get("__package__") or ""):
            parts.append(self._global(module, names, references))
        return Facts(digest(*parts), references, names | {ANY_NAME} if blocks_escape.makes_names(names) else names)

    def _cell(self, cell: types.CellType, references: list[types.FunctionType]) -> str:
        try:
            content = cell.cell_contents
        except ValueError:
            return "empty"
        return self._text(content, references, frozenset())

    def _global(
        self, value: object, names: set[str], references: list[types.FunctionType], inside: frozenset[int] = frozenset()
    ) -> str:
        """A global's text; of a user's module only what the function may name in it, and in the modules in it."""
        if not isinstance(value, types.ModuleType):
            return self._text(value, references, frozenset())
        if not is_users_module(value):
            found = blocks_escape.patched(value, names, lambda one: self._text(one, references, frozenset()), references)
            return " ".join([self._text(value, references, frozenset()), *found])
        if id(value) in inside:
            return "cycle"
        if type(value) is not types.ModuleType:
            raise OpaqueError(f"the module {value.__name__}, which is of class {type(value).__name__}")
        parts = [value.__name__]
        for name in sorted((names | {"__getattr__"}) & value.__dict__.keys()):
            parts.append(f"{name}: {self._global(value.__dict__[name], names, references, inside | {id(value)})}")
        return " ".join(parts)

    def _text(self, value: object, references: list[types.FunctionType], inside: frozenset[int]) -> str:
        """Text that is equal for equal values; functions found on the way are added to `references`."""
        if isinstance(value, _PLAIN) and not isinstance(value, enum.Enum):
            return f"{type(value).__name__} {value!r}{self._beyond(value, references, inside)}"
        if id(value) in inside:
            return "cycle"
        inside = inside | {id(value)}
        if isinstance(value, enum.Enum):
            kind = self._text(type(value), references, inside)
            return f"enum {kind}.{value.name} {self._text(value.value, references, inside)}"
        if isinstance(value, list | tuple | set | frozenset | dict):
            return self._content(value, references, inside) + self._beyond(value, references, inside)
        if isinstance(value, torch.Tensor):
            return self._tensor(value)
        return self._code_text(value, references, inside)

    def _content(self, value: object, references: list[types.FunctionType], inside: frozenset[int]) -> str:
        if isinstance(value, set | frozenset):
            return f"set{sorted(self._text(item, references, inside) for item in value)}"
        if isinstance(value, dict):
            items = (
                f"{self._text(key, references, inside)}: {self._text(item, references, inside)}"
                for key, item in value.items()
            )
            return f"{type(value).__qualname__}{{{', '.join(items)}}}"
        return f"{type(value).__qualname__}[{', '.join(self._text(item, references, inside) for item in value)}]"

    def _beyond(self, value: object, references: list[types.FunctionType], inside: frozenset[int]) -> str:
        """What a value of a user's class has besides the content of the plain class that it extends."""
        kind = type(value)
        if is_library_module(kind.__module__):
            return ""
        if any(vars(base).get("__slots__") for base in kind.__mro__ if not is_library_module(base.__module__)):
            raise OpaqueError(f"a value of class {kind.__qualname__}, which has slots")
        attributes = getattr(value, "__dict__", {})
        return f" {self._text(kind, references, inside)} {self._text(dict(attributes), references, inside)}"

    def _code_text(self, value: object, references: list[types.FunctionType], inside: frozenset[int]) -> str:
        if isinstance(value, types.ModuleType):
            if is_users_module(value):
                raise OpaqueError(f"the module {value.__name__} as a value")
            return f"module {value.__name__} {package_version(value.__name__)}"
        if isinstance(value, type):
            return f"class {self._class(value, references, inside)}"
        if isinstance(value, types.MethodType):
            owner = self._text(value.__self__, references, inside)
            return f"{owner}.{self._text(value.__func__, references, inside)}"
        if isinstance(value, types.FunctionType):
            references.append(value)
            return f"function {value.__module__}.{value.__qualname__}"
        if isinstance(value, functools.partial):
            parts = (value.func, value.args, value.keywords)
            return f"partial {self._text(parts, references, inside)}"
        if isinstance(value, types.BuiltinFunctionType | types.MethodDescriptorType | types.WrapperDescriptorType):
            return f"builtin {getattr(value, '__module__', '')}.{value.__qualname__}"
        if callable(value) and (type(value).__module__ or "").startswith(("torch._ops", "torch.jit")):
            return f"operator {value}"
        return self._object(value, references, inside)

    def _class(self, value: type, references: list[types.FunctionType], inside: frozenset[int]) -> str:
        """A class by its name, and a user's by what it and its bases have, too."""
        name = f"{value.__module__}.{value.__qualname__} {package_version(value.__module__)}"
        if is_library_module(value.__module__):
            return name
        known = self._classes.get(id(value))
        if known is None:
            known = (value, *self._class_text(value, name, inside))
            # Within another class this may have ended where that one comes again.
            if not self._open_classes:
                self._classes[id(value)] = known
        references += known[2]
        return known[1]

    def _class_text(self, value: type, name: str, inside: frozenset[int]) -> tuple[str, list[types.FunctionType]]:
        self._expanded += 1
        if self._expanded > _MOST_CLASSES:
            raise OpaqueError(f"more classes than a key can hold, {name} among them")
        references: list[types.FunctionType] = []
        parts = [name]
        self._open_classes += 1
        try:
            self._add_class(value, parts, references, inside)
        finally:
            self._open_classes -= 1
        return digest(*parts), references

    def _add_class(
        self, value: type, parts: list[str], references: list[types.FunctionType], inside: frozenset[int]
    ) -> None:
        for base in (*value.__bases__, type(value)):
            parts.append(self._text(base, references, inside))
        for name, attribute in sorted(vars(value).items()):
            functions = [*functions_of(attribute)]
            references += functions
            is_internal = name in _ENUM_TABLES or name.startswith("_abc_") or name.startswith("__") and name.endswith("__")
            if functions or is_internal or isinstance(attribute, _SLOTS):
                parts.append(name)
            else:
                parts.append(f"{name} {self._text(attribute, references, inside)}")

    def _object(self, value: object, references: list[types.FunctionType], inside: frozenset[int]) -> str:
        """An object by its class and its attributes, where it is plain enough to be told by these."""
        kind = type(value)
        name = f"{kind.__module__}.{kind.__qualname__}"
        if kind.__module__ == "typing":
            return f"object {name} {value!r}"
        # LIMIT: the state of these is not seen: a logger's level, how far a generator is.
        if isinstance(value, logging.Logger | property) or inspect.isgenerator(value):
            return f"object {name}"
        if isinstance(value, nn.Module):
            raise OpaqueError(f"a module of class {kind.__qualname__} that is not registered in the block")
        try:
            attributes = vars(value)
        except TypeError:
            raise OpaqueError(f"a value of class {name}") from None
        if is_library_module(kind.__module__) and not self._is_configuration(value):
            raise OpaqueError(f"a value of class {name}")
        described = self._text(kind, references, inside)
        return f"object {described} {self._text(dict(attributes), references, inside)}"

    @staticmethod
    def _is_configuration(value: object) -> bool:
        """Objects of installed packages that are plain records of settings."""
        return hasattr(value, "to_dict") or hasattr(value, "__dataclass_fields__") or hasattr(value, "_asdict")

    def _tensor(self, value: torch.Tensor) -> str:
        """A tensor by its memory, read past PyTorch: a trace may be under way, which would record operators."""
        if type(value) not in (torch.Tensor, nn.Parameter) or value.layout != torch.strided:
            raise OpaqueError(f"a tensor of class {type(value).__name__}")
        if self._is_by_identity:
            return f"tensor {id(value)} {value._version}"
        described = (
            f"tensor {value.dtype} {tuple(value.shape)} {value.stride()} {value.storage_offset()} {value.device}"
        )
        if value.device.type == "meta" or value.numel() == 0:
            return described
        size = value.untyped_storage().nbytes()
        if size > _LARGEST_HASHED_TENSOR or value.device.type != "cpu":
            raise OpaqueError(f"a {described}")
        return f"{described} {digest(ctypes.string_at(value.untyped_storage().data_ptr(), size))}"
