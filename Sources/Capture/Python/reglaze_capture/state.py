"""What a module holds besides its parameters: read before a call, compared and put back after it."""

import collections
import contextlib
import copy
import sys
import types
import zlib

import torch
from torch import nn

from . import frames

# PyTorch's own tables, whose entries are modules, parameters and buffers, and tables of hooks.
_TABLES = {"_parameters", "_buffers", "_modules", "_non_persistent_buffers_set"}
_CONTAINERS = (dict, list, set, collections.deque)
_DEPTH = 4


def _is_own_table(name: str) -> bool:
    return name in _TABLES or name.endswith(("_hooks", "_hooks_with_kwargs", "_hooks_always_called"))


class State:
    """The attributes and buffers of all modules of a model, and the globals of the user's files, at one moment."""

    def __init__(self, model: nn.Module):
        self.tables: list[tuple[dict, dict, dict]] = []
        for table in tables(model).values():
            entries = {name: value for name, value in table.items() if not name.startswith("__")}
            self.tables.append((table, entries, {name: _copied(value) for name, value in entries.items()}))
        self.buffers = [(buffer, buffer.detach().clone()) for buffer in model.buffers()]

    def restore(self) -> None:
        """Puts attributes, containers and buffers back."""
        for table, entries, contents in self.tables:
            for name in [name for name in table if name not in entries and not name.startswith("__")]:
                del table[name]
            for name, value in entries.items():
                table[name] = value
                _refill(value, contents[name])
        with torch.no_grad():
            for buffer, value in self.buffers:
                buffer.copy_(value)

    @contextlib.contextmanager
    def kept(self):
        """Restores the state at the end."""
        try:
            yield self
        finally:
            self.restore()


def tables(model: nn.Module) -> dict[str, dict]:
    """The dictionaries that forward may write: each module's attributes, and the globals of the user's files."""
    found = {path: vars(module) for path, module in model.named_modules()}
    for module in list(sys.modules.values()):
        file = getattr(module, "__file__", None)
        if isinstance(module, types.ModuleType) and file and not frames.is_library(file):
            found[f"global of {module.__name__}"] = vars(module)
    return found


def _copied(value: object) -> object:
    return copy.copy(value) if type(value) in _CONTAINERS else value


def _refill(container: object, content: object) -> None:
    """Gives a container the content it had."""
    if type(container) not in _CONTAINERS or container is content:
        return
    container.clear()
    if isinstance(container, (dict, set)):
        container.update(content)
    else:
        container.extend(content)


Key = tuple[str, str]


def images(model: nn.Module) -> dict[Key, object]:
    """For each attribute and each global a value that is equal as long as it holds the same."""
    found: dict[Key, object] = {}
    for path, table in tables(model).items():
        for name, value in table.items():
            if not _is_own_table(name) and not name.startswith("__"):
                found[path, name] = image(value)
    return found


def image(value: object, depth: int = 0) -> object:
    """Equal for equal content; of what cannot be looked into, the identity."""
    if isinstance(value, (bool, int, float, complex, str, bytes, type(None))):
        return type(value).__name__, repr(value)
    if isinstance(value, nn.Parameter | nn.Module | type | types.ModuleType) or callable(value):
        return id(value)
    if isinstance(value, torch.Tensor):
        return _tensor_image(value)
    if depth == _DEPTH:
        return id(value)
    if isinstance(value, dict):
        return "dict", tuple((image(key, depth + 1), image(entry, depth + 1)) for key, entry in value.items())
    if isinstance(value, (list, tuple, collections.deque)):
        return type(value).__name__, tuple(image(entry, depth + 1) for entry in value)
    if isinstance(value, (set, frozenset)):
        return "set", frozenset(image(entry, depth + 1) for entry in value)
    if hasattr(value, "__dict__") and not type(value).__module__.startswith("torch"):
        return type(value).__name__, image(vars(value), depth + 1)
    return id(value)


def _tensor_image(tensor: torch.Tensor) -> object:
    if type(tensor) is not torch.Tensor or tensor.device.type != "cpu" or tensor.layout != torch.strided:
        return id(tensor)
    content = tensor.detach().contiguous().flatten().view(torch.uint8) if tensor.numel() else tensor
    return str(tensor.dtype), tuple(tensor.shape), zlib.crc32(content.numpy()) if tensor.numel() else 0


def changed(before: dict[Key, object], after: dict[Key, object]) -> list[Key]:
    """The keys whose values differ, those that appeared and those that went."""
    absent = object()
    keys = {**before, **after}
    return [key for key in keys if before.get(key, absent) != after.get(key, absent)]


def shown(key: Key) -> str:
    """`key` as the user writes it, seen from the module."""
    path, name = key
    if path.startswith("global of "):
        return f"{path.removeprefix('global of ')}.{name}"
    return f"self.{name}" + (f" of {path}" if path else "")
