"""The graphs of earlier captures on disk: one file for each key, with a variant for each set of values read."""

import contextlib
import dataclasses
import hashlib
import json
import os
import pathlib
import tempfile
import time

from .blocks_cut import Fragment

_FORMAT = "reglaze.blocks/2"
_DAY = 86_400.0  # seconds: how exactly a file's time tells when it was used; what was used longest ago goes first
_MOST_VARIANTS = 16
_FIELDS = {field.name for field in dataclasses.fields(Fragment)}


@dataclasses.dataclass
class Variant:
    """A graph, and the attributes whose values it holds for: path, name and digest of each."""

    reads: list
    fragment: Fragment
    inlined: dict[str, str] = dataclasses.field(default_factory=dict)  # skeleton: keys of blocks that it contains


class Memo:
    """A folder of graphs. What cannot be read, or was written by something else, counts as absent."""

    def __init__(self, folder: pathlib.Path | str):
        self.folder = pathlib.Path(folder) / "blocks"

    def load(self, key: str) -> list[Variant]:
        """The variants of `key`, newest first."""
        try:
            path = self._path(key)
            check, _, text = path.read_bytes().partition(b"\n")
            if check.decode() != hashlib.sha256(text).hexdigest():
                return []
            document = json.loads(text)
            if document["format"] != _FORMAT or document["key"] != key:
                return []
            self._touch(path)
            return [self._variant(entry) for entry in document["variants"]]
        except (OSError, ValueError, KeyError, TypeError, RecursionError):
            return []

    @staticmethod
    def _touch(path: pathlib.Path) -> None:
        with contextlib.suppress(OSError):
            if path.stat().st_mtime < time.time() - _DAY:
                os.utime(path)

    @staticmethod
    def _variant(entry: dict) -> Variant:
        if set(entry["fragment"]) != _FIELDS:
            raise ValueError("the fields of another format")
        return Variant(entry["reads"], Fragment(**entry["fragment"]), entry["inlined"])

    def save(self, key: str, variant: Variant) -> None:
        """Adds a variant, in place of one with the same reads. A folder that cannot be written is left as it is."""
        written = json.loads(json.dumps(dataclasses.asdict(variant)))
        others = [old for old in self.load(key) if old.reads != written["reads"]]
        entries = [written, *(dataclasses.asdict(old) for old in others[: _MOST_VARIANTS - 1])]
        document = {"format": _FORMAT, "key": key, "variants": entries}
        text = json.dumps(document, separators=(",", ":")).encode()
        path = self._path(key)
        with contextlib.suppress(OSError):
            path.parent.mkdir(parents=True, exist_ok=True)
            with tempfile.NamedTemporaryFile(dir=path.parent, delete=False) as file:
                file.write(hashlib.sha256(text).hexdigest().encode() + b"\n" + text)
            os.replace(file.name, path)

    def _path(self, key: str) -> pathlib.Path:
        return self.folder / key[:2] / f"{key}.json"
