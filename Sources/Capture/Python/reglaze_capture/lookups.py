"""Knows what a capture looked for besides the files that it read: modules and files that were there or not, folders
that it listed, variables of the environment. Another answer to any of them may make another program."""

import contextlib
import functools
import importlib.machinery
import os
import stat
import sys
import tempfile
from collections.abc import Callable, Iterable

from . import frames, variables

_SUFFIXES = importlib.machinery.EXTENSION_SUFFIXES + importlib.machinery.SOURCE_SUFFIXES
# The system's own folders: what is in them is no part of a model.
_SYSTEM = (
    *("/proc", "/sys", "/dev", "/run", "/etc", "/lib", "/lib64", "/bin"),
    *("/usr/lib", "/usr/lib64", "/usr/bin", "/usr/include", "/usr/share"),
)


def is_nameable(path: str) -> bool:
    """Whether the path is text: what is not cannot be told to anybody."""
    try:
        path.encode()
    except UnicodeEncodeError:
        return False
    return True


def _is_below(path: str, folder: str) -> bool:
    return path == folder or path.startswith(folder.rstrip("/") + "/")


@functools.cache
def _foreign() -> tuple[str, ...]:
    """Folders in which nothing is an input."""
    own = str(frames.OWN_FOLDER.parent)
    return (*_SYSTEM, sys.prefix, sys.base_prefix, own, *map(str, frames.package_folders()))


def is_temporary(path: str, workspace: str) -> bool:
    """Whether a path lies where temporary files do, which come and go with whoever makes them."""
    return _is_below(path, tempfile.gettempdir()) and not _is_below(path, workspace)


@functools.cache
def is_input(path: str, workspace: str) -> bool:
    """Whether an absolute path may be an input: below the workspace, or elsewhere, but no package's or system's."""
    if frames.is_library(path):
        return False
    return _is_below(path, workspace) or not any(_is_below(path, folder) for folder in _foreign())


def places(name: str, path: list[str], origin: str | None, suffixes: list[str], workspace: str) -> Iterable[str]:
    """Where a module might lie that would be taken, in the folders of `path`, instead of the one at `origin`."""
    last = name.rpartition(".")[2]
    for entry in path:
        folder = os.path.abspath(entry)
        if is_input(folder, workspace):
            for candidate in _candidates(f"{folder}/{last}", suffixes):
                if candidate == origin:
                    return
                yield candidate
        elif origin and _is_below(origin, folder):
            return


def _candidates(base: str, suffixes: list[str]) -> Iterable[str]:
    yield base
    if os.path.exists(base):
        yield from (f"{base}/__init__{suffix}" for suffix in suffixes)
    yield from (base + suffix for suffix in suffixes)


def folder_of(descriptor: int | None) -> str:
    """The folder that a descriptor was opened for; without one, where the process works."""
    return os.getcwd() if descriptor is None else os.readlink(f"/proc/self/fd/{descriptor}")


class Lookups:
    """What was looked for, with the first answer to each.

    LIMIT: what native code and other programs ask the system is not seen, but for what `reads` watches of it
    (safetensors, TorchScript, shared libraries, SQLite); nor what is looked for under a name that is not UTF-8, sizes
    that `os.scandir` tells, times of files, a walk over all of `os.environ`, the time, or a network.
    """

    def __init__(self, workspace: str):
        self.workspace = workspace
        self._found: dict[str, bool] = {}
        self._listed: dict[str, list[str]] = {}
        self._links: dict[str, str] = {}
        self._stated: dict[str, str] = {}
        self.is_watching = False
        self.questions = 0  # of others than PyTorch, the same again included

    def to_json(self, read: Iterable[str], written: Iterable[str]) -> dict:
        """Without what is known of paths because they were `read`, or is the capture's own because they were
        `written`."""
        read, known = set(read), {*read, *written}
        return {
            "found": {path: there for path, there in sorted(self._found.items()) if not (there and path in read)},
            "listed": dict(sorted(self._listed.items())),
            "links": dict(sorted(self._links.items())),
            "stated": {path: state for path, state in sorted(self._stated.items()) if path not in known},
            "variables": variables.names(),
        }

    def watch(self) -> None:
        """From now on notes what Python's own functions are asked. Lasts as long as the process."""
        for name in ("stat", "lstat", "access"):
            setattr(os, name, self._watched(getattr(os, name)))
        os.readlink = self._watched_link(os.readlink)
        variables.listener = self._count
        self.is_watching = True

    def stop(self) -> None:
        self.is_watching = False

    @contextlib.contextmanager
    def paused(self):
        """While what is asked is asked by us."""
        was, self.is_watching = self.is_watching, False
        try:
            yield
        finally:
            self.is_watching = was

    def listing(self, folder: str | bytes | int | None) -> None:
        """A folder whose names were asked for."""
        if not self.is_watching:
            return
        with self.paused(), contextlib.suppress(OSError):
            is_open = folder is None or isinstance(folder, int)
            path = folder_of(folder) if is_open else os.path.abspath(os.fsdecode(folder))
            if self._is_asked() and path not in self._listed and self._may_name(path):
                # Where that fails it does for the model, too.
                names = [os.fsencode(name).decode(errors="replace") for name in os.listdir(path)]
                self._listed[path] = sorted(names)

    def module(self, name: str, path: list[str], spec: importlib.machinery.ModuleSpec | None) -> None:
        """A module that was searched for in the folders of `path`, while paused: what was not there would have been
        taken instead of what was found. That is not always read: some only ask whether there is one."""
        # What an installed package imports is rarely hidden by anything but Python.
        suffixes = importlib.machinery.SOURCE_SUFFIXES if _is_asked_by_library() else _SUFFIXES
        origin = spec.origin if spec and spec.has_location else None
        self.note_places(places(name, path, spec.origin if spec else None, suffixes, self.workspace))
        self.note_places([os.path.abspath(origin)] if origin else [])

    def note_places(self, places: Iterable[str]) -> None:
        """Places that were looked at, while paused: whether there is something."""
        for place in places:
            self._note(place, os.path.exists(place))

    def _note(self, path: str, there: bool) -> None:
        if path in self._found or not self._may_name(path):
            return
        if not (there and self._is_above(path)):
            self._found[path] = there

    def _is_above(self, path: str) -> bool:
        """Whether the workspace or the packages lie in a folder: that there is one goes without saying."""
        return any(_is_below(folder, path) for folder in (self.workspace, *_foreign()))

    def _may_name(self, path: str) -> bool:
        return is_input(path, self.workspace) and is_nameable(path) and not is_temporary(path, self.workspace)

    def _watched(self, function: Callable) -> Callable:
        """`os.stat` and its like, noting for each path whether there was something, and how big it was."""

        @functools.wraps(function)
        def look(path, *arguments, **options):
            if not self.is_watching or isinstance(path, int):
                return function(path, *arguments, **options)
            result = None
            try:
                result = function(path, *arguments, **options)
                return result
            finally:
                asks_for_links = function.__name__ == "lstat" or options.get("follow_symlinks") is False
                self._looked(path, options.get("dir_fd"), result, asks_for_links)

        for abilities in (os.supports_dir_fd, os.supports_fd, os.supports_follow_symlinks, os.supports_effective_ids):
            if function in abilities:
                abilities.add(look)
        return look

    def _watched_link(self, function: Callable) -> Callable:
        """`os.readlink`, noting what each link holds: `resolve` and `realpath` ask by it where a path leads."""

        @functools.wraps(function)
        def read(path, *, dir_fd=None):
            target = function(path, dir_fd=dir_fd)
            if self.is_watching and dir_fd is None:
                with self.paused():
                    if self._is_asked():
                        self._linked(os.path.abspath(os.fsdecode(path)), os.fsdecode(target))
            return target

        os.supports_dir_fd.add(read)
        return read

    def _linked(self, path: str, target: str) -> None:
        """Notes what a link holds; nothing where there is none."""
        if self._may_name(path) and is_nameable(target) and (target or not self._is_above(path)):
            self._links.setdefault(path, target)

    def _looked(
        self, path: object, folder: int | None, answer: os.stat_result | bool | None, asks_for_links: bool
    ) -> None:
        with self.paused(), contextlib.suppress(TypeError, ValueError, OSError):  # No path: the function has said so.
            path = os.path.abspath(os.path.join(folder_of(folder), os.fsdecode(path)))
            asker = self._asker()
            if asker is None:
                return
            if asks_for_links:
                self._linked(path, os.readlink(path) if os.path.islink(path) else "")
            if asks_for_links or isinstance(answer, bool):  # Neither says whether there is a file that can be opened.
                answer = os.stat(path) if os.path.exists(path) else None
            self._note(path, answer is not None)
            # PyTorch looks at the files of the code that it traces.
            if answer and stat.S_ISREG(answer.st_mode) and self._may_name(path) and not frames.is_torch(asker):
                self._stated.setdefault(path, f"{answer.st_size} {stat.S_IMODE(answer.st_mode):o}")

    def _asker(self) -> str | None:
        """The file of the model's code, or of a library's, that asks; None where it is ours."""
        file = _nearest_file()
        self.questions += file is not None and not frames.is_torch(file)
        return file

    def _is_asked(self) -> bool:
        return self._asker() is not None

    @staticmethod
    def is_asked_by_others() -> bool:
        """Whether it is not our code that asks."""
        return _nearest_file() is not None

    def _count(self) -> None:
        self.questions += self.is_watching


# The files that watch: this one and the one that calls it.
_WATCHERS = {__file__, os.path.join(os.path.dirname(__file__), "reads.py")}


def _nearest_file() -> str | None:
    """The file whose code asks; None when it is our own."""
    return frames.asking_file(sys._getframe(1), _WATCHERS)


def _is_asked_by_library() -> bool:
    """Whether an import is an installed package's."""
    file = frames.asking_file(sys._getframe(1), _WATCHERS, within_imports=True)
    return file is not None and frames.is_library(file)
