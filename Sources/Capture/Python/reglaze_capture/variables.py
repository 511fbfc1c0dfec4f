"""Knows which variables of the environment decide a capture, and makes them those of who asks.

They are watched from the start of the process: a package reads some when it is imported, and a server imports packages
before anybody asks for a model that uses them.
"""

import contextlib
import os
import sys
from collections.abc import Callable

from . import frames

# What this process was started with for purposes of its own.
_OWN = ("PYTHONPATH", "PYTHONHASHSEED", "PYTHONDONTWRITEBYTECODE", "PYTHONUTF8", "PYTHONOPTIMIZE")
# What is set unless the user sets it.
_DEFAULTS = {"OMP_NUM_THREADS": "1", "MKL_NUM_THREADS": "1", "HF_HUB_OFFLINE": "1"}
# Where a library looks for files: those that it finds are noted themselves.
_PLACES = {"HOME", "LANG", "LOGNAME", "PATH", "PWD", "SHELL", "TERM", "TMPDIR", "USER"}
_PLACE_PREFIXES = ("LC_", "XDG_")

# What each name was at its first reading: by packages and the model's code, and by PyTorch or while it was set up.
_read: dict[str, str | None] = {}
_read_by_torch: dict[str, str | None] = {}
_is_set_up = False
# Told of every reading that is not PyTorch's.
listener: Callable[[], None] | None = None
_is_watching = False


def start() -> None:
    """Sets the defaults, and from now on notes which variables are read. Lasts as long as the process."""
    for name, value in _DEFAULTS.items():
        os.environ.setdefault(name, value)
    if _is_watching:
        return
    _note_readings()
    _watch(True)


def _note_readings() -> None:
    """Who copies all variables, for a child process mostly, asks for none of them: that goes name by name, each after
    the walk has come to it (`items`), or all in order once the names are known (`dict`)."""
    get, walk = os._Environ.__getitem__, os._Environ.__iter__
    copied: list[str] = []  # the names that a copy takes next, the last first

    def noting(mapping, name):
        if _is_watching and isinstance(name, str | bytes) and (mapping is os.environ or mapping is os.environb):
            if copied and copied[-1] == name:
                copied.pop()
            else:
                copied.clear()
                _note(os.fsdecode(name))
        return get(mapping, name)

    def walking(mapping):
        names = []
        for name in walk(mapping):
            names.append(name)
            copied[:] = [name]
            yield name
        copied[:] = reversed(names)

    os._Environ.__getitem__, os._Environ.__iter__ = noting, walking


def set_up() -> None:
    """PyTorch is ready: what is read from now on, packages or the model want to know."""
    global _is_set_up
    _is_set_up = True


def names() -> list[str]:
    """The variables that decide a capture of this process, sorted."""
    return sorted(_read)


def adopt(variables: dict[str, str] | None) -> None:
    """Takes over the environment of who asks: a server was started by somebody else, perhaps with another one."""
    if variables is None:
        return
    wanted = _wanted(variables)
    with _unwatched():
        for name in [name for name in os.environ if name not in wanted]:
            del os.environ[name]
        os.environ.update(wanted)


def are_other(variables: dict[str, str] | None) -> bool:
    """Whether something that was read already would be different with these."""
    if variables is None:
        return False
    wanted = _wanted(variables)
    return any(wanted.get(name) != value for name, value in (_read | _read_by_torch).items())


def _wanted(variables: dict[str, str]) -> dict[str, str]:
    with _unwatched():
        return _DEFAULTS | variables | {name: os.environ[name] for name in _OWN if name in os.environ}


def _watch(is_watching: bool) -> None:
    global _is_watching
    _is_watching = is_watching


@contextlib.contextmanager
def _unwatched():
    """While what is read is read by us."""
    was = _is_watching
    _watch(False)
    try:
        yield
    finally:
        _watch(was)


def _note(name: str) -> None:
    with _unwatched():
        file = frames.asking_file(sys._getframe(1), (__file__,), within_imports=True)
        if file is None:
            return
        is_torch = not _is_set_up or frames.is_torch(file)
        if frames.is_library(file) and (name in _PLACES or name.startswith(_PLACE_PREFIXES)):
            return
        (_read_by_torch if is_torch else _read).setdefault(name, os.environ.get(name))
    if not is_torch and listener:
        listener()
