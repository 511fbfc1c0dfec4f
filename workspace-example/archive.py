"""Writes a PyTorch module as a `.pt2` archive and as reference values, so that the files are equal on every machine.

`torch.export` records absolute file names in every node's stack trace. Here they are rewritten before the archive is
written: files below a given root are named relative to it (`models/gazenet.py`), files of installed packages by their
package (`torchvision/models/resnet.py`), and frames of PyTorch itself are left out.
"""

import copy
import pathlib
import re
import site
import sysconfig
import zipfile
from collections.abc import Callable

import safetensors.torch
import torch
from torch import nn
from torch.utils import _pytree as pytree

# One frame of a stack trace as PyTorch prints it: the file's line, then the source's text on lines of its own.
_FRAME = re.compile(r'  File "(?P<file>[^"]+)", (?P<rest>line \d+, in [^\n]*(?:\n(?!  File ")[^\n]*)*)')


def package_folders() -> list[pathlib.Path]:
    """The folders that hold this interpreter's packages and its standard library."""
    folders = [*site.getsitepackages(), *(sysconfig.get_path(name) for name in ("purelib", "platlib", "stdlib"))]
    return sorted({pathlib.Path(folder).resolve() for folder in folders})


def portable_path(file: str, root: pathlib.Path) -> str:
    """`file` relative to `root` or to the folder of its package; the bare name when it is below neither.

    A relative name is portable already: nodes may share their metadata, and are then seen twice.
    """
    if not pathlib.Path(file).is_absolute():
        return file
    path = pathlib.Path(file).resolve()
    for folder in sorted([*package_folders(), root.resolve()], key=lambda folder: -len(folder.parts)):
        if path.is_relative_to(folder):
            return path.relative_to(folder).as_posix()
    return path.name


def portable_trace(trace: str, root: pathlib.Path) -> str:
    """`trace` with portable file names and without PyTorch's own frames (kept when it has no others)."""
    frames = [(portable_path(frame["file"], root), frame["rest"]) for frame in _FRAME.finditer("  " + trace)]
    written_by_user = [(file, rest) for file, rest in frames if not file.startswith("torch/")]
    return "\n".join(f'  File "{file}", {rest}' for file, rest in written_by_user or frames).removeprefix("  ")


def make_portable(program: torch.export.ExportedProgram, root: pathlib.Path) -> None:
    """Rewrites the stack traces of all nodes of `program`, those of nested graphs included."""
    for module in program.graph_module.modules():
        if not isinstance(module, torch.fx.GraphModule):
            continue
        for node in module.graph.nodes:
            if trace := node.meta.get("stack_trace"):
                node.meta["stack_trace"] = portable_trace(trace, root)


def check_portable(archive: pathlib.Path, root: pathlib.Path) -> None:
    """Fails when a text member of `archive` names a folder of this machine."""
    folders = [root.resolve(), pathlib.Path.home(), archive.resolve().parent, *package_folders()]
    with zipfile.ZipFile(archive) as members:
        for member in members.namelist():
            if not member.endswith(".json"):
                continue
            text = members.read(member).decode()
            for folder in folders:
                if folder != pathlib.Path("/") and str(folder) in text:
                    raise ValueError(f"{archive}: {member} names {folder}")


def export_program(model: nn.Module, arguments: tuple, **options: object) -> torch.export.ExportedProgram:
    """The program of `model` as it was written, before any decomposition.

    `options` are those of `torch.export.export`.
    """
    with torch.no_grad():
        return torch.export.export(model, arguments, **options)


def save_program(program: torch.export.ExportedProgram, file: pathlib.Path, root: pathlib.Path) -> None:
    """Writes `program` to `file`, with the names of source files below `root` relative to it."""
    make_portable(program, root)
    file.parent.mkdir(parents=True, exist_ok=True)
    torch.export.save(program, str(file))
    check_portable(file, root)


def named_leaves(prefix: str, tree: object) -> dict[str, torch.Tensor]:
    """The tensors among the leaves of `tree`, named by their position; copies, since the file cannot hold aliases."""
    leaves = pytree.tree_leaves(tree)
    return {
        f"{prefix}.{index}": leaf.detach().clone(memory_format=torch.contiguous_format)
        for index, leaf in enumerate(leaves)
        if isinstance(leaf, torch.Tensor)
    }


def save_references(model: nn.Module, calls: list[tuple], name_file: Callable[[int], pathlib.Path]) -> None:
    """Calls `model` eagerly, in order, and writes `input.0…` and `output.0…` of call `i` to `name_file(i)`.

    State that one call leaves in the model's buffers is seen by the next; `model` itself is left as it was.
    """
    model = copy.deepcopy(model)
    for index, arguments in enumerate(calls):
        tensors = named_leaves("input", arguments)
        with torch.no_grad():
            tensors |= named_leaves("output", model(*arguments))
        name_file(index).write_bytes(safetensors.torch.save(tensors))
