"""Knows which files a capture read: the modules imported from outside the installed packages, and files that the
user's code opened while the model was built and called."""

import hashlib
import importlib.abc
import importlib.machinery
import pathlib
import sys

from . import frames


class Reads:
    """Files and digests of their content, in the order of reading."""

    def __init__(self, workspace: pathlib.Path):
        self.workspace = workspace
        self._digests: dict[str, str] = {}
        self._is_watching = False
        self._is_hashing = False
        self.openings = 0  # of the workspace's files while watching, one opened again included

    def add(self, path: str | pathlib.Path, content: bytes | None = None) -> None:
        """Notes that the capture depends on `path`; its content as it is now, unless given."""
        path = str(pathlib.Path(path).resolve())
        if path in self._digests:
            return
        self._is_hashing = True
        try:
            if content is None:
                with open(path, "rb") as file:
                    self._digests[path] = hashlib.file_digest(file, "sha256").hexdigest()
            else:
                self._digests[path] = hashlib.sha256(content).hexdigest()
        except OSError:
            pass  # It does not exist, or is no file: opening it fails for the model, too.
        finally:
            self._is_hashing = False

    def to_json(self) -> list[dict]:
        return [{"path": path, "digest": digest} for path, digest in sorted(self._digests.items())]

    def watch(self) -> None:
        """From now on notes user modules that are imported and files below the workspace that are opened. Lasts as
        long as the process."""
        sys.dont_write_bytecode = True
        sys.meta_path.insert(0, _FreshSources(self))
        sys.addaudithook(self._audit)
        self._watch_safetensors()
        self._is_watching = True

    def stop(self) -> None:
        """Stops noting opened files; the capture's own files follow."""
        self._is_watching = False

    def _watch_safetensors(self) -> None:
        """The library opens its files in native code, unseen by audit hooks."""
        try:
            import safetensors.torch
        except ImportError:
            return
        original = safetensors.safe_open

        def watched(filename, *arguments, **options):
            self._audit("open", (str(filename), "r", 0))
            return original(filename, *arguments, **options)

        safetensors.safe_open = safetensors.torch.safe_open = watched

    def _audit(self, event: str, arguments: tuple) -> None:
        if event != "open" or not self._is_watching or self._is_hashing:
            return
        path, mode, _ = arguments
        if not isinstance(path, str) or not (mode is None or "r" in mode):
            return
        resolved = pathlib.Path(path).resolve()
        if (
            resolved.suffix != ".pyc"
            and resolved.is_relative_to(self.workspace)
            and not frames.is_library(str(resolved))
            and resolved.is_file()
        ):
            self.openings += 1
            self.add(resolved)


class _FreshSources(importlib.abc.MetaPathFinder):
    """Loads the user's modules from their source, never from cached bytecode, and notes what was read.

    Bytecode is checked by the source's time in seconds and its size: an edit of `96` to `80` within a second would go
    unseen.
    """

    def __init__(self, reads: Reads):
        self.reads = reads

    def find_spec(self, fullname, path=None, target=None):
        spec = importlib.machinery.PathFinder.find_spec(fullname, path, target)
        if (
            spec
            and isinstance(spec.loader, importlib.machinery.SourceFileLoader)
            and not frames.is_library(spec.origin)
        ):
            spec.loader = FreshLoader(fullname, spec.origin, self.reads)
            return spec
        return None


class FreshLoader(importlib.machinery.SourceFileLoader):
    """A loader that compiles what is in the file now."""

    def __init__(self, fullname: str, path: str, reads: Reads):
        super().__init__(fullname, path)
        self.reads = reads

    def get_code(self, fullname):
        source = self.get_data(self.path)
        self.reads.add(self.path, source)
        return self.source_to_code(source, self.path)
