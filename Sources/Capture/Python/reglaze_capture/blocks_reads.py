"""Which attributes does a trace read, and does it write any? The part of a block's key that stands for its state.

Keying on all attributes would make equal blocks differ (`layer_idx`), keying on none would miss edits. So reads are
recorded while a block is traced, and its graph counts for another module when the same reads give the same values.
"""

from collections.abc import Iterator
from contextlib import contextmanager

from torch import nn

from .blocks_code import Codes, OpaqueError

# What `nn.Module` itself keeps, and the parameters of recurrent layers a second time.
_INTERNAL = frozenset({*dir(nn.Module), *vars(nn.Module()), "_flat_weights", "_flat_weight_refs"})
_ABSENT = object()
_STORES = ("_parameters", "_buffers", "_modules")


def look(module: nn.Module, name: str, codes: Codes) -> str | None:
    """The digest of what reading `name` gives; None where structure or code tell that already.

    Throws `OpaqueError` for a value whose content cannot be seen.
    """
    attributes = object.__getattribute__(module, "__dict__")
    if name in attributes:
        return codes.value(attributes[name])
    for store in _STORES:
        if name in attributes[store]:
            return "none" if attributes[store][name] is None else "registered"
    for base in type(module).__mro__:
        if name in base.__dict__:
            return codes.class_value(base.__dict__[name])
    return "absent"


class Reads:
    """Records the attributes that are read, apart for each block and for the code around them (block "")."""

    def __init__(self, model: nn.Module):
        self._paths = {id(module.__dict__): path for path, module in model.named_modules()}
        self._seen: dict[str, dict[tuple[int, str], None]] = {"": {}}
        self._current = self._seen[""]
        self.written: set[str] = set()  # paths of modules

    @contextmanager
    def recorded(self) -> Iterator[None]:
        """While it lasts, every read of an attribute of a module is noted."""
        internal, recorder, plain = _INTERNAL, self, object.__getattribute__

        def observe(module, name):
            if name not in internal:
                recorder._current[id(plain(module, "__dict__")), name] = None
            return plain(module, name)

        nn.Module.__getattribute__ = observe
        try:
            yield
        finally:
            del nn.Module.__getattribute__

    @contextmanager
    def watching_writes(self) -> Iterator[None]:
        """While it lasts, modules whose attributes are set to something else are noted: `self.count += 1` on a buffer
        sets it to itself."""
        plain, recorder = nn.Module.__setattr__, self

        def observe(module, name, value):
            is_changed = name not in _INTERNAL and value is not module._buffers.get(name, _ABSENT)
            if is_changed and id(module.__dict__) in recorder._paths:
                recorder.written.add(recorder._paths[id(module.__dict__)])
            plain(module, name, value)

        nn.Module.__setattr__ = observe
        try:
            yield
        finally:
            nn.Module.__setattr__ = plain

    @contextmanager
    def inside(self, block: str) -> Iterator[None]:
        outer, self._current = self._current, self._seen.setdefault(block, {})
        try:
            yield
        finally:
            self._current = outer

    def of(self, block: str) -> list[tuple[str, str]]:
        """Path (relative to the block) and name of each attribute read there, in a fixed order.

        Throws `OpaqueError` when a module outside of the block was read.
        """
        found = set()
        for owner, name in self._seen.get(block, {}):
            path = self._paths.get(owner)
            if path is None:
                continue  # a module that forward itself made: its state comes from code and from other reads
            if block and not (path == block or path.startswith(f"{block}.")):
                raise OpaqueError(f"attribute {name} of {path or 'the model'}, which lies outside")
            found.add((path.removeprefix(block).removeprefix(".") if block else path, name))
        return sorted(found)


def digests(modules: dict[str, nn.Module], reads: list[tuple[str, str]], codes: Codes) -> list[tuple[str, str, str]]:
    """What the attributes read hold now."""
    found = []
    for path, name in reads:
        value = look(modules[path], name, codes)
        if value is not None:
            found.append((path, name, value))
    return found


def still_hold(modules: dict[str, nn.Module], known: list[list[str]], codes: Codes) -> bool:
    """Whether reading the attributes again would give the same values."""
    try:
        return all(look(modules[path], name, codes) == value for path, name, value in known)
    except (KeyError, OpaqueError):
        return False


def state(modules: dict[str, nn.Module]) -> dict[tuple[str, str], object]:
    """Every plain attribute of the modules, to be compared with the same after a trace."""
    codes = Codes(is_by_identity=True)
    found: dict[tuple[str, str], object] = {}
    for path, module in modules.items():
        for name, value in module.__dict__.items():
            if name not in _INTERNAL:
                try:
                    found[path, name] = codes.value(value)
                except OpaqueError:
                    found[path, name] = id(value)
    return found


def written(before: dict, after: dict) -> set[str]:
    """Paths of modules with attributes that differ."""
    return {key[0] for key in before.keys() | after.keys() if before.get(key) != after.get(key)}
