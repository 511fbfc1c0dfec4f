"""Knows which files a capture read: the modules imported from outside the installed packages, and files that were
opened while the model was built and called; and, by `lookups`, what else it looked for."""

import contextlib
import functools
import hashlib
import importlib
import importlib.abc
import importlib.machinery
import os
import pathlib
import sys
import time
import urllib.parse
from collections.abc import Callable

from . import ahead, frames
from .diagnostics import Diagnostic, Refusal
from .lookups import Lookups, folder_of, is_input, is_nameable, is_temporary


class Reads:
    """Files and digests of their content, in the order of reading."""

    def __init__(self, workspace: pathlib.Path):
        self.workspace = workspace
        self._root = str(workspace)
        self.lookups = Lookups(self._root)
        self._digests: dict[str, str] = {}
        self._written: set[str] = set()  # What the capture itself made is no input of it.
        self._unnameable: set[str] = set()
        self._searched: set[str] = set()  # where modules were looked for
        self._start = time.time()
        self._openings = 0  # by others than us, of files that may be inputs, one opened again included

    def add(self, path: str | pathlib.Path, content: bytes | None = None) -> None:
        """Notes that the capture depends on `path`; its content as it is now, unless given."""
        path = os.path.abspath(path)  # As it was named: a link on the way may lead elsewhere one day.
        if path in self._digests:
            return
        if not is_nameable(path):
            self._unnameable.add(os.fsencode(path).decode(errors="replace"))
            return
        if content is not None:
            self._digests[path] = hashlib.sha256(content).hexdigest()
            return
        # What does not exist, or is no file, the model cannot open either.
        with self.lookups.paused(), contextlib.suppress(OSError), open(path, "rb") as file:
            self._digests[path] = hashlib.file_digest(file, "sha256").hexdigest()

    def to_json(self) -> dict:
        """The fields of an event that say what the capture depends on."""
        read = [{"path": path, "digest": digest} for path, digest in sorted(self._digests.items())]
        return {"read": read, "lookups": self.lookups.to_json(self._digests, self._written)}

    def note_ahead(self) -> None:
        """Notes where the modules would have been found that were imported before this capture began."""
        with self.lookups.paused():
            self.lookups.note_places(ahead.places(sys.path, self._root))

    def note_search(self, path: list[str]) -> None:
        """Where modules are searched for, while paused: what an archive holds decides which are found."""
        for place in {os.path.abspath(entry) for entry in path} - self._searched:
            self._searched.add(place)
            if os.path.isfile(place) and is_input(place, self._root):
                self.add(place)
            elif not os.path.isdir(place):
                self.lookups.note_places([place])

    def check(self) -> None:
        """Refuses a capture that read a file which no key can name."""
        if self._unnameable:
            message = f"a file was read whose name is not UTF-8: {min(self._unnameable)}"
            raise Refusal([Diagnostic("C119", message, help=["give it a name that is"])])

    @property
    def questions(self) -> int:
        """How often something outside the model was asked for while watching, the same again included."""
        return self._openings + self.lookups.questions

    def watch(self) -> None:
        """From now on notes user modules that are imported, files that are opened and what is looked for. Lasts as
        long as the process."""
        sys.dont_write_bytecode = True
        sys.meta_path.insert(0, _FreshSources(self))
        sys.addaudithook(self._audit)
        self._watch_native()
        self._watch_folders()
        self.lookups.watch()

    def stop(self) -> None:
        """Stops noting opened files; the capture's own files follow."""
        self.lookups.stop()

    def _watch_native(self) -> None:
        """These open their files in native code, unseen by audit hooks."""
        for module, name in (
            *(("safetensors", "safe_open"), ("safetensors.torch", "safe_open")),
            *(("torch.jit", "load"), ("torch", "from_file")),
        ):
            try:
                owner = importlib.import_module(module)
            except ImportError:
                continue
            setattr(owner, name, self._noting(getattr(owner, name)))

    def _watch_folders(self) -> None:
        """An audit hook is not told the folder that a path is relative to."""
        original = os.open

        @functools.wraps(original)
        def opening(path, flags, mode=0o777, *, dir_fd=None):
            if dir_fd is not None and self.lookups.is_watching:
                with self.lookups.paused(), contextlib.suppress(OSError, TypeError):
                    self._opened(os.path.join(folder_of(dir_fd), os.fsdecode(path)), None, flags)
            return original(path, flags, mode, dir_fd=dir_fd)

        os.open = opening
        os.supports_dir_fd.add(opening)

    def _noting(self, reader: Callable) -> Callable:
        @functools.wraps(reader, updated=())
        def read(*arguments, **options):
            for file in [*arguments[:1], options.get("filename"), options.get("f")]:
                if isinstance(file, (str, os.PathLike)):
                    self._audit("open", (os.fspath(file), "r", 0))
            return reader(*arguments, **options)

        return read

    def _audit(self, event: str, arguments: tuple) -> None:
        if not self.lookups.is_watching:
            return
        if event == "open":
            with self.lookups.paused():
                self._opened(*arguments)
        elif event in ("ctypes.dlopen", "sqlite3.connect"):
            with self.lookups.paused():
                self._opened(_path_of(arguments[0]), "r", 0)
        elif event in ("os.listdir", "os.scandir"):
            self.lookups.listing(arguments[0])

    def _opened(self, path: object, mode: str | None, flags: int) -> None:
        if isinstance(path, bytes):
            path = os.fsdecode(path)
        if not isinstance(path, str) or path.endswith(".pyc") or not is_input(os.path.abspath(path), self._root):
            return
        resolved = pathlib.Path(path).resolve()
        if not is_input(str(resolved), self._root):
            return
        is_written = not {"w", "x"}.isdisjoint(mode) if mode else flags & (os.O_WRONLY | os.O_EXCL | os.O_TRUNC)
        if is_written:
            self._written.add(str(resolved))
        elif str(resolved) in self._written or mode and mode[0] == "a":
            pass
        elif resolved.is_file():
            # One that came while we were at work is not what the model was written to read.
            if is_temporary(str(resolved), self._root) and resolved.stat().st_mtime > self._start:
                return
            self._openings += self.lookups.is_asked_by_others()
            self.add(path)
        else:
            self.lookups.note_places([os.path.abspath(path)])


def _path_of(database: object) -> object:
    """The file that SQLite opens: a name, or a URI as `file:folder/name?mode=ro`."""
    if not isinstance(database, str) or not database.startswith("file:"):
        return database
    return urllib.parse.unquote(urllib.parse.urlsplit(database).path)


class _FreshSources(importlib.abc.MetaPathFinder):
    """Loads the user's modules from their source, never from cached bytecode, and notes what was read.

    Bytecode is checked by the source's time in seconds and its size: an edit of `96` to `80` within a second would go
    unseen.
    """

    def __init__(self, reads: Reads):
        self.reads = reads

    def find_spec(self, fullname, path=None, target=None):
        if fullname in sys.builtin_module_names or importlib.machinery.FrozenImporter.find_spec(fullname):
            return None  # They come before any file.
        with self.reads.lookups.paused():
            spec = importlib.machinery.PathFinder.find_spec(fullname, path, target) or self._elsewhere(
                fullname, path, target
            )
            searched = list(sys.path if path is None else path)
            self.reads.lookups.module(fullname, searched, spec)
            self.reads.note_search(searched)
            if not spec or not spec.has_location or frames.is_library(spec.origin):
                return None
            if isinstance(spec.loader, importlib.machinery.SourceFileLoader):
                spec.loader = FreshLoader(fullname, spec.origin, self.reads)
                return spec
            self.reads.add(spec.origin)  # compiled: an extension module
            return None

    def _elsewhere(self, fullname, path, target):
        """What another finder knows: packages that are installed to be edited have finders of their own."""
        known = (self, importlib.machinery.BuiltinImporter, importlib.machinery.FrozenImporter, importlib.machinery.PathFinder)
        others = [finder for finder in sys.meta_path if finder not in known and hasattr(finder, "find_spec")]
        return next((spec for finder in others if (spec := finder.find_spec(fullname, path, target))), None)


class FreshLoader(importlib.machinery.SourceFileLoader):
    """A loader that compiles what is in the file now."""

    def __init__(self, fullname: str, path: str, reads: Reads):
        super().__init__(fullname, path)
        self.reads = reads

    def get_code(self, fullname):
        source = self.get_data(self.path)
        self.reads.add(self.path, source)
        return self.source_to_code(source, self.path)
