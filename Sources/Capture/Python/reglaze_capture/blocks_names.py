"""Functions, modules and packages as they are found in memory: what they are known by, and what they name."""

import functools
import hashlib
import importlib.metadata
import itertools
import sys
import sysconfig
import types
from collections.abc import Iterator

import torch

from . import frames

_LIBRARY_FOLDERS = tuple(
    folder.rstrip("/") + "/"
    for folder in {*(sysconfig.get_path(name) for name in ("stdlib", "purelib", "platlib")), *torch.__path__}
)


def digest(*parts: object) -> str:
    """A short fingerprint of the parts' texts."""
    state = hashlib.blake2b(digest_size=16)
    for part in parts:
        text = part if isinstance(part, bytes) else str(part).encode()
        state.update(len(text).to_bytes(8, "little") + text)
    return state.hexdigest()


@functools.cache
def is_library_file(file: str) -> bool:
    """Whether `file` belongs to Python, PyTorch or an installed package, and so is known by a version; or to this one,
    which puts what watches a trace into PyTorch's classes."""
    return file.startswith((*_LIBRARY_FOLDERS, "<frozen")) or frames.is_own(file)


@functools.cache
def package_version(module: str) -> str:
    """`name version` of the installed package that holds the Python module named."""
    package = module.partition(".")[0]
    if package in sys.stdlib_module_names:
        return f"python {sys.version_info.major}.{sys.version_info.minor}.{sys.version_info.micro}"
    version = getattr(sys.modules.get(package), "__version__", None)
    if version is None:
        try:
            version = importlib.metadata.version(package)
        except importlib.metadata.PackageNotFoundError:
            version = "?"
    return f"{package} {version}"


def is_library_module(name: str | None) -> bool:
    file = getattr(sys.modules.get(name or ""), "__file__", None)
    return name in sys.builtin_module_names or name == "builtins" or (file is not None and is_library_file(file))


def names_of(code: types.CodeType) -> set[str]:
    """Names that `code` mentions, those inside strings included: `getattr(self, "act")` names `act`."""
    names = set(code.co_names)
    for constant in code.co_consts:
        if isinstance(constant, types.CodeType):
            names |= names_of(constant)
        elif isinstance(constant, str) and all(part.isidentifier() for part in constant.split(".")):
            names.add(constant)
    return names


def code_digest(code: types.CodeType) -> str:
    constants = [
        code_digest(constant) if isinstance(constant, types.CodeType) else f"{type(constant).__name__} {constant!r}"
        for constant in code.co_consts
        if not isinstance(constant, frozenset)
    ]
    sets = sorted(repr(sorted(map(repr, constant))) for constant in code.co_consts if isinstance(constant, frozenset))
    return digest(
        code.co_code,
        code.co_names,
        code.co_varnames,
        code.co_freevars,
        code.co_cellvars,
        code.co_flags,
        code.co_argcount,
        code.co_kwonlyargcount,
        code.co_linetable,
        code.co_exceptiontable,
        constants,
        sets,
    )


def codes_of(code: types.CodeType) -> Iterator[types.CodeType]:
    """`code` and the codes of functions defined inside it, in order."""
    yield code
    for constant in code.co_consts:
        if isinstance(constant, types.CodeType):
            yield from codes_of(constant)


def functions_of(attribute: object) -> Iterator[types.FunctionType]:
    """The functions behind a class attribute: methods, properties, wrapped and partial ones."""
    if isinstance(attribute, types.FunctionType):
        yield attribute
    elif isinstance(attribute, staticmethod | classmethod | types.MethodType):
        yield from functions_of(attribute.__func__)
    elif isinstance(attribute, property):
        for part in (attribute.fget, attribute.fset, attribute.fdel):
            yield from functions_of(part)
    elif isinstance(attribute, functools.partial | functools.partialmethod | functools.cached_property):
        yield from functions_of(attribute.func)


def imported(names: set[str], package: str) -> list[types.ModuleType]:
    """The user's modules that a function with these names may import when it runs, absolutely or from its package."""
    prefixes = ["", *(f"{outer}." for outer in itertools.accumulate(filter(None, package.split(".")), "{}.{}".format))]
    found = {f"{prefix}{name}" for prefix in prefixes for name in names} & sys.modules.keys()
    modules = [sys.modules[name] for name in sorted(found)]
    return [module for module in modules if isinstance(module, types.ModuleType) and is_users_module(module)]


def is_users_module(module: types.ModuleType) -> bool:
    """Whether a module is the user's, also one that has no file because the user's code made it."""
    name = getattr(module, "__name__", "")
    root = name.partition(".")[0]
    file = getattr(module, "__file__", None) or getattr(sys.modules.get(root), "__file__", None)
    if file is None:
        file = next(iter(getattr(module, "__path__", ())), "") + "/"
    return root not in sys.stdlib_module_names and not is_library_file(file)
