"""Finds the user's own line among Python frames, and names files so that no folder of the machine shows."""

import functools
import inspect
import linecache
import pathlib
import re
import site
import sys
import sysconfig
import types
from collections.abc import Collection

from .diagnostics import Place

OWN_FOLDER = pathlib.Path(__file__).resolve().parent
_EXPLANATIONS = OWN_FOLDER / "explanations"  # programs like a user's

# One frame of a stack trace as text: its file's line, then the source on lines of its own.
_FRAME = re.compile(r'^ *File "(?P<file>[^"\n]+)", line (?P<line>\d+)(?:, in (?P<function>[^\n]*))?', re.MULTILINE)
_FRAME_WITH_SOURCE = re.compile(r'  File "(?P<file>[^"]+)", (?P<rest>line \d+, in [^\n]*(?:\n(?!  File ")[^\n]*)*)')


@functools.cache
def package_folders() -> tuple[pathlib.Path, ...]:
    """The folders that hold this interpreter's packages and its standard library, deepest first."""
    folders = [*site.getsitepackages(), *(sysconfig.get_path(name) for name in ("purelib", "platlib", "stdlib"))]
    return tuple(
        sorted({pathlib.Path(folder).resolve() for folder in folders}, key=lambda folder: (-len(folder.parts), folder))
    )


@functools.cache
def is_library(file: str) -> bool:
    """Whether `file` is an installed package's, the standard library's, generated code or this package's own."""
    if file.startswith("<"):
        return True
    path = pathlib.Path(file).resolve()
    return _is_own(path) or any(path.is_relative_to(folder) for folder in package_folders())


@functools.cache
def is_own(file: str) -> bool:
    """Whether `file` is this package's own."""
    return _is_own(pathlib.Path(file).resolve())


@functools.cache
def is_standard(file: str) -> bool:
    """Whether `file` is the standard library's or generated code."""
    if file.startswith("<"):
        return True
    path = pathlib.Path(file).resolve()
    folder = next((folder for folder in package_folders() if path.is_relative_to(folder)), None)
    return folder is not None and not _is_packages(folder)


def asking_file(frame: types.FrameType | None, watchers: Collection[str], within_imports: bool = False) -> str | None:
    """The file whose code asks for something, from `frame` outwards, the standard library and the `watchers` left out.
    None when it is this package's own; and when the import system asks for itself, unless what it runs is
    `within_imports`. Where there is nothing but the standard library, as in a thread of a pool, that asks for the model."""
    file = None
    while frame:
        file = frame.f_code.co_filename
        if file.startswith("<frozen importlib") and not within_imports:
            return None
        if file not in watchers and not is_standard(file):
            return None if is_own(file) else file
        frame = frame.f_back
    return file


def _is_own(path: pathlib.Path) -> bool:
    return path.is_relative_to(OWN_FOLDER) and not path.is_relative_to(_EXPLANATIONS)


@functools.cache
def is_torch(file: str) -> bool:
    """Whether `file` belongs to PyTorch itself, is generated, or is ours: never the line a user can change."""
    if file.startswith("<"):
        return True
    path = pathlib.Path(file).resolve()
    if _is_own(path):
        return True
    for folder in package_folders():
        if path.is_relative_to(folder):
            top = path.relative_to(folder).parts[0]
            # The standard library is not under a package's folder of its own.
            return top in ("torch", "functorch", "_pytest") or not _is_packages(folder)
    return False


def _is_packages(folder: pathlib.Path) -> bool:
    return folder.name in ("site-packages", "dist-packages")


@functools.cache
def portable_path(file: str, root: pathlib.Path) -> str:
    """`file` relative to `root` or to the folder of its package; the bare name when it is below neither."""
    if not pathlib.Path(file).is_absolute():
        return file
    path = pathlib.Path(file).resolve()
    for folder in sorted({*package_folders(), root.resolve()}, key=lambda folder: -len(folder.parts)):
        if path.is_relative_to(folder):
            return path.relative_to(folder).as_posix()
    return path.name


@functools.cache
def portable_trace(trace: str, root: pathlib.Path) -> str:
    """`trace` with portable file names and without PyTorch's own frames (kept when it has no others)."""
    frames = [
        (portable_path(frame["file"], root), frame["rest"]) for frame in _FRAME_WITH_SOURCE.finditer("  " + trace)
    ]
    others = [(file, rest) for file, rest in frames if not file.startswith("torch/")]
    return "\n".join(f'  File "{file}", {rest}' for file, rest in others or frames).removeprefix("  ")


def place(file: str, line: int, root: pathlib.Path, function: str = "") -> Place:
    """The place of a line of a file, with its text."""
    return Place(portable_path(file, root), line, linecache.getline(file, line).strip(), function)


def _chosen(frames: list[tuple[str, int, str]], root: pathlib.Path) -> Place | None:
    """The innermost frame of the user's own; else the innermost one of a library that is not PyTorch."""
    for refuses in (is_library, is_torch):
        for file, line, function in reversed(frames):
            if not refuses(file):
                return place(file, line, root, function)
    return None


def user_frame(trace: types.TracebackType | str | None, root: pathlib.Path) -> Place | None:
    """The user's line in a traceback or in the text of a stack trace (innermost frame last)."""
    if trace is None:
        return None
    if isinstance(trace, str):
        found = [(frame["file"], int(frame["line"]), frame["function"] or "") for frame in _FRAME.finditer(trace)]
        found = [(str(root / file) if not pathlib.Path(file).is_absolute() else file, *rest) for file, *rest in found]
        return _chosen(found, root)
    frames = []
    while trace is not None:
        frames.append((trace.tb_frame.f_code.co_filename, trace.tb_lineno, trace.tb_frame.f_code.co_name))
        trace = trace.tb_next
    return _chosen(frames, root)


def error_place(error: BaseException, root: pathlib.Path) -> Place | None:
    """The user's line that raised `error`; for an error raised from another, the innermost cause that has one."""
    while error is not None:
        if found := user_frame(error.__traceback__, root):
            return found
        error = error.__cause__ or error.__context__
    return None


def calling_place(frame: types.FrameType | None, root: pathlib.Path) -> Place | None:
    """The user's line among the frames that are running now."""
    frames = []
    while frame is not None:
        frames.append((frame.f_code.co_filename, frame.f_lineno, frame.f_code.co_name))
        frame = frame.f_back
    return _chosen(frames[::-1], root)


def interpreter_hint() -> str:
    """The interpreter as a person would call it, for a command to copy."""
    return pathlib.Path(sys.executable).name


def definition(kind: type, root: pathlib.Path) -> Place | None:
    """The line where a class of the user's begins."""
    try:
        file, (_, line) = inspect.getsourcefile(kind), inspect.getsourcelines(kind)
    except (OSError, TypeError):
        return None
    return place(file, line, root) if file and not is_library(file) else None
