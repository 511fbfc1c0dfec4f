"""The keys under which graphs are remembered, of blocks and of the code around them."""

import collections
import itertools
import platform
import sys
import types
from collections.abc import Iterable, Iterator

import torch
from torch import nn

from . import blocks_find, blocks_graph
from .blocks_code import Codes, OpaqueError
from .blocks_graph import Frames
from .blocks_names import codes_of, digest, is_library_file, is_users_module, package_version
from .blocks_trace import Inputs

_MOST_HELD = 1000  # entries of one table that are looked at
_HOOKS = ("_forward_hooks", "_forward_pre_hooks")


def settings() -> str:
    """What decides about graphs outside of any model: versions and the modes of PyTorch."""
    return digest(
        platform.python_version(),
        torch.__version__,
        torch.get_default_dtype(),
        torch.get_default_device(),
        torch.is_autocast_enabled("cpu"),
        torch.get_autocast_dtype("cpu"),
        torch.are_deterministic_algorithms_enabled(),
        torch.backends.mha.get_fastpath_enabled(),
    )


class Surroundings:
    """What code may set around a call: the modes of PyTorch, and the globals of the user's modules with what they hold
    directly.

    LIMIT: what lies deeper, in classes or in PyTorch is seen where a block reaches it when the caller is traced. A block
    that an edit lets read it, while the caller stays, is exported as the model is left; only the comparison sees that.
    """

    def __init__(self) -> None:
        modules = [module for module in list(sys.modules.values()) if isinstance(module, types.ModuleType)]
        self._tables = [vars(module) for module in modules if is_users_module(module)]
        self._noted: tuple | None = None

    def note(self) -> None:
        self._noted = self._now()

    def are_as_noted(self) -> bool:
        return self._now() == self._noted

    def _now(self) -> tuple:
        held = tuple((name, *_identities(value)) for table in self._tables for name, value in table.items())
        return settings(), torch.is_grad_enabled(), torch._C._len_torch_function_stack(), held


def _identities(value: object) -> Iterator[int]:
    yield id(value)
    if isinstance(value, types.ModuleType | types.FunctionType | type | nn.Module):
        return
    content = value if isinstance(value, list | set | collections.deque) else getattr(value, "__dict__", {}).values()
    yield from map(id, itertools.islice(value.values() if isinstance(value, dict) else content, _MOST_HELD))


def has_global_hooks() -> bool:
    """Whether functions are called around every module, which no block's key can see."""
    hooks = torch.nn.modules.module
    return bool(hooks._global_forward_hooks or hooks._global_forward_pre_hooks)


class Subject:
    """What has a graph of its own: a block, or the model without its blocks (`path` is "")."""

    def __init__(self, path: str, module: nn.Module, inner: Iterable[str], codes: Codes):
        self.path, self.module = path, module
        self.problem: str | None = None
        inner = set(inner)
        self.modules = dict(blocks_find.children_outside(module, inner))
        own = [one for name, one in self.modules.items() if name not in inner]
        self._kinds = dict.fromkeys(type(one) for one in own)
        self._roots: list[types.FunctionType] = []
        try:
            self._roots = [function for one in own for function in _own_functions(one, codes)]
            self.reached = codes.reach(self._roots, self._kinds)
            self._code = self._digest_of(codes, self.reached)
        except OpaqueError as problem:
            self.problem, self.reached, self._code = str(problem), [], ""
        self._digest = digest(settings(), self._code, *self._structure(inner, codes))

    def _digest_of(self, codes: Codes, reached: list[types.FunctionType]) -> str:
        names = [kind.__name__ for kind in self._kinds]
        return digest(codes.reach_digest(reached), codes.class_values(self._kinds, reached), *names)

    def is_as_left(self) -> bool:
        """Whether the code and the values that it reaches are what they were when this was made: whoever calls a block
        may set something for as long as the call lasts. Of no account where nothing is remembered."""
        if self.problem:
            return True
        codes = Codes()
        try:
            return self._digest_of(codes, codes.reach(self._roots, self._kinds)) == self._code
        except OpaqueError:
            return False

    def key(self, inputs: Inputs) -> str:
        """The key for a call with such arguments."""
        return digest(self._digest, inputs.spec, inputs.leaves, inputs.same)

    def codes(self) -> list[types.CodeType]:
        """The user's functions that frames may lie in."""
        return [
            code
            for function in self.reached
            if not is_library_file(function.__code__.co_filename)
            for code in codes_of(function.__code__)
        ]

    def frames(self) -> Frames:
        return Frames({"": self.codes()})

    def _structure(self, inner: set[str], codes: Codes) -> list[str]:
        rows = []
        for name, module in self.modules.items():
            if name in inner:
                rows.append(f"{name} block")
                continue
            kind = type(module)
            rows.append(f"{name} {kind.__module__}.{kind.__qualname__} {package_version(kind.__module__)}")
            rows.append(f"{module.training} {sorted(module._non_persistent_buffers_set)}")
            for store in (module._parameters, module._buffers):
                for own, tensor in store.items():
                    rows.append(f"{own} {None if tensor is None else blocks_graph.encode_value(tensor)}")
            rows += [f"{own} {child is None}" for own, child in module._modules.items()]
            rows += [f"{table} {len(getattr(module, table))}" for table in _HOOKS]
        return rows


def _own_functions(module: nn.Module, codes: Codes) -> Iterable[types.FunctionType]:
    """Functions that belong to this very module: hooks, and a `forward` put on the instance."""
    attached = [hook for table in _HOOKS for hook in getattr(module, table).values()]
    if "forward" in module.__dict__:
        attached.append(module.__dict__["forward"])
    for function in attached:
        function = getattr(function, "__func__", function)
        if not isinstance(function, types.FunctionType):
            raise OpaqueError(f"a {type(function).__name__} called around {type(module).__name__}")
        yield function
