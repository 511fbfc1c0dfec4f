"""What a server has imported before anybody asked for it. Who asks may have modules of the same names, which come first
in a process of their own."""

import importlib.machinery
import os
import sys
from collections.abc import Iterable

from . import lookups

# What any process that captures has imported before it looks at a request; None where nothing is imported ahead.
_common: set[str] | None = None


def begin() -> None:
    """From now on what is imported is imported ahead."""
    global _common
    _common = set(sys.modules)


def _imported() -> Iterable[tuple[str, str]]:
    """The names of the modules that are no part of another, each with its file."""
    if _common is None:
        return
    for name in [name for name in sys.modules if "." not in name and name not in _common]:
        spec = getattr(sys.modules[name], "__spec__", None)
        if spec and spec.name == name and spec.has_location:
            yield name, spec.origin


def places(path: Iterable[str], workspace: str) -> Iterable[str]:
    """Where modules would be taken, in the folders of `path`, instead of those that were imported ahead."""
    path = list(path)
    for name, origin in _imported():
        yield from lookups.places(name, path, origin, importlib.machinery.SOURCE_SUFFIXES, workspace)


def is_hidden(path: Iterable[str], workspace: str) -> bool:
    """Whether a module was imported ahead that is another one for who asks."""
    return any(place.endswith(".py") and os.path.isfile(place) for place in places(path, workspace))
