"""What lets a function reach values that it does not name: tables of names, names that are made while it runs, modules
that it hands on instead of reading a name in them; and what of the user's lies within Python's and PyTorch's own."""

import builtins
import contextlib
import dis
import functools
import itertools
import sys
import types
from collections.abc import Callable, Iterator

from .blocks_names import codes_of, is_library_file, is_users_module

# Whoever mentions one of these may read anything: other functions' names, the classes of a class, what refers to what.
_TABLES = frozenset(
    {"__dict__", "vars", "dir", "locals", "globals", "eval", "exec", "__globals__", "f_globals", "f_locals", "f_back"}
    | {"__import__", "import_module", "__getattribute__", "__subclasses__", "__annotations__", "get_annotations"}
    | {"get_type_hints", "getmembers", "getmembers_static", "getmodule", "get_objects", "get_referrers"}
    | {"_base", "_is_view", "is_leaf", "grad_fn", "storage_offset"}  # of tensors, which are known by their types
    | {"get_referents", "f_lineno", "tb_lineno", "co_firstlineno", "co_lines", "extract_stack", "getframeinfo"}
)
# These make names of their own, which mean attributes of what they are given.
_MAKERS = frozenset({"getattr", "hasattr", "getattr_static", "attrgetter", "methodcaller"})
_BUILTINS = dict(vars(builtins))
_PLAIN = (types.NoneType, bool, int, float, complex, str, bytes)
_DEEPEST = 4
_LOADS = ("LOAD_GLOBAL", "LOAD_NAME", "LOAD_FAST", "LOAD_DEREF", "STORE_FAST_LOAD_FAST")
_BINDS = ("STORE_FAST", "STORE_DEREF", "STORE_NAME", "STORE_GLOBAL")
_READS = ("LOAD_ATTR", "LOAD_METHOD")


def problem(function: types.FunctionType, names: set[str]) -> str | None:
    """Why no key can hold what a user's function reads; None where its names tell that."""
    if found := names & _TABLES or {"sys", "modules"} <= names and {"sys.modules"}:
        return f"{function.__qualname__} reads names that only running it shows ({min(found)})"
    if module := next(_handed_on(function), None):
        return f"{function.__qualname__} hands on the module {module}, and reads names that only running it shows"
    return None


def makes_names(names: set[str]) -> bool:
    """Whether a function with these names may mean attributes that it does not name."""
    return not names.isdisjoint(_MAKERS)


def _handed_on(function: types.FunctionType) -> Iterator[str]:
    """Names of the user's modules that are used otherwise than by `module.name`."""
    codes = [
        [one for one in dis.get_instructions(code) if one.opname not in ("CACHE", "NOP", "PUSH_NULL")]
        for code in codes_of(function.__code__)
    ]
    modules = {name for steps in codes for name in _bound_by_imports(steps)}
    modules |= {name for name, value in function.__globals__.items() if _is_users(value)}
    for steps in codes:
        for one, following in itertools.pairwise([*steps, None]):
            names = _loaded(one)
            read = names[-1:] if following and following.opname in _READS else []
            yield from (name for name in names if name in modules and [name] != read)


def _loaded(one: dis.Instruction) -> list[str]:
    """The variables that an instruction loads; the last one is what the next instruction finds."""
    if not one.opname.startswith(_LOADS):
        return []
    names = list(one.argval) if isinstance(one.argval, tuple) else [one.argval]
    return names[1:] if one.opname.startswith("STORE") else names


def _is_users(value: object) -> bool:
    return isinstance(value, types.ModuleType) and is_users_module(value)


def _bound_by_imports(instructions: list[dis.Instruction]) -> Iterator[str]:
    """Local names that an import statement binds to a user's module."""
    for position, one in enumerate(instructions):
        if one.opname not in ("IMPORT_NAME", "IMPORT_FROM"):
            continue
        tail = [step for step in instructions[position + 1 : position + 4] if step.opname in _BINDS]
        if tail and _may_be_users_module(one.argval if one.opname == "IMPORT_FROM" else one.argval.partition(".")[0]):
            yield tail[0].argval


def _may_be_users_module(name: str) -> bool:
    return any(
        (known == name or known.endswith(f".{name}")) and _is_users(module)
        for known, module in list(sys.modules.items())
    )


def patched(
    module: types.ModuleType, names: set[str], text: Callable[[object], str], functions: list[types.FunctionType]
) -> Iterator[str]:
    """The text of what an installed module, and the modules that it names, have of the user's under these names, and of
    settings; functions found are added to `functions`."""
    seen, waiting = set(), [module]
    while waiting:
        one = waiting.pop()
        if id(one) in seen:
            continue
        seen.add(id(one))
        for name in sorted(names & vars(one).keys()):
            value = vars(one)[name]
            if isinstance(value, types.ModuleType) and not is_users_module(value):
                waiting.append(value)
            elif isinstance(value, types.FunctionType) and not is_library_file(value.__code__.co_filename):
                functions.append(value)
                yield f"{one.__name__}.{name}"
            elif type(value) in _PLAIN:
                yield f"{one.__name__}.{name} {value!r}"
            elif _is_users(value) or _is_of_users_class(value):
                yield f"{one.__name__}.{name} {text(value)}"


def _is_of_users_class(value: object) -> bool:
    return _is_users(sys.modules.get(getattr(value if isinstance(value, type) else type(value), "__module__", None) or ""))


def added_builtins(names: set[str]) -> dict[str, object]:
    """Names that the user's code put among the built-in ones, or in their place."""
    return {name: value for name in sorted(names) if (value := vars(builtins).get(name)) is not _BUILTINS.get(name)}


def held(
    function: types.FunctionType, text: Callable[[object], str], functions: list[types.FunctionType]
) -> Iterator[str]:
    """The text of what a function of an installed package holds of the user's, as a decorator's does; functions found
    are added to `functions`."""
    values = [function.__dict__, function.__defaults__, function.__kwdefaults__]
    for cell in function.__closure__ or ():
        with contextlib.suppress(ValueError):  # an empty one
            values.append(cell.cell_contents)
    for value in values:
        yield from _within(value, text, functions, _DEEPEST)


def _within(
    value: object, text: Callable[[object], str], functions: list[types.FunctionType], depth: int
) -> Iterator[str]:
    inner: tuple = ()
    if isinstance(value, types.FunctionType):
        if value.__closure__ or not is_library_file(value.__code__.co_filename):
            functions.append(value)
    elif isinstance(value, _PLAIN):
        yield repr(value)
    elif isinstance(value, types.MethodType):
        inner = (value.__self__, value.__func__)
    elif isinstance(value, functools.partial):
        inner = (value.func, value.args, value.keywords)
    elif isinstance(value, dict | types.MappingProxyType):
        inner = tuple(value.values())
    elif isinstance(value, list | tuple | set | frozenset):
        inner = tuple(value)
    elif _is_of_users_class(value):
        yield text(value)
    for item in inner if depth else ():
        yield from _within(item, text, functions, depth - 1)
