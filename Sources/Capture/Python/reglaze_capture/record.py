"""What the archive says about its own capture, and how its program is saved."""

import ast
import functools
import importlib.metadata
import io
import json
import pathlib
import platform
import re
import sys
import types

import torch
from torch.export import ExportedProgram

from . import archive, frames, payload
from .ladder import Captured
from .program import program_json
from .session import Session


@functools.cache
def _providers() -> dict[str, list[str]]:
    """Which distributions provide each package: a walk over everything installed, done once."""
    return dict(importlib.metadata.packages_distributions())


# Packages whose version matters although the user's file imports another that uses them.
_BENEATH = {"timm": ("torchvision",), "torchaudio": ()}


def versions() -> dict[str, str]:
    """Python, PyTorch, and the packages that the user's files name, whatever else this process has imported ahead."""
    found = {"python": platform.python_version(), "torch": torch.__version__.partition("+")[0]}
    named = {name for module in _user_modules() for name in _imported_names(module.__file__)} & set(sys.modules)
    named |= {beneath for name in named for beneath in _BENEATH.get(name, ())}
    for name in sorted(named & set(_providers())):
        found[name] = importlib.metadata.version(_providers()[name][0])
    return found


def required(versions: dict[str, str]) -> list[str]:
    """The distributions that those of `versions` require, and these in turn, as modules would be named: they decide
    what a capture sees as much as the packages that its files name."""
    pending = [_providers()[name][0] if name in _providers() else name for name in versions if name != "python"]
    found = set()
    while pending:
        for name in _requirements(pending.pop()) - found:
            found.add(name)
            pending.append(name)
    return sorted(found)


@functools.cache
def _requirements(distribution: str) -> frozenset[str]:
    """The installed distributions that one requires whatever its extras are."""
    try:
        lines = importlib.metadata.requires(distribution) or []
    except importlib.metadata.PackageNotFoundError:
        return frozenset()
    names = {re.match(r"[\w.-]*", line)[0] for line in lines if "extra ==" not in line}
    return frozenset(re.sub(r"[-.]", "_", name).lower() for name in names if _is_installed(name))


def _is_installed(distribution: str) -> bool:
    try:
        importlib.metadata.version(distribution)
    except importlib.metadata.PackageNotFoundError:
        return False
    return True


def _user_modules() -> list[types.ModuleType]:
    modules = [module for module in list(sys.modules.values()) if isinstance(module, types.ModuleType)]
    return [module for module in modules if (file := getattr(module, "__file__", None)) and not frames.is_library(file)]


@functools.cache
def _imported_names(file: str) -> set[str]:
    """The packages that a file imports, anywhere in it: read from its text, since an import inside a function leaves
    no name. Remembered, for a capture sees its files once."""
    try:
        tree = ast.parse(pathlib.Path(file).read_bytes())
    except (OSError, SyntaxError):
        return set()
    names = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names |= {alias.name.partition(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            names.add(node.module.partition(".")[0])
    return names


def record(session: Session, captured: Captured) -> str:
    """How the program came about. No path of the machine, no time: equal captures have equal records."""
    document = {
        "schema": "reglaze.capture/1",
        "rung": captured.rung,
        "source": session.request.source,
        "precision": session.request.precision,
        "activations": session.request.activations if session.request.precision == "int8" else None,
        "passes": session.passes,
        "assumptions": session.assumptions,
        "host_plan": captured.host_plan,
        "versions": versions(),
    }
    return json.dumps(document, indent=1, sort_keys=True) + "\n"


def source_map(program: ExportedProgram, root: pathlib.Path) -> str:
    """For each node of the program the user's line that made it."""
    lines = {}
    for node in program.graph.nodes:
        if node.op == "call_function" and (place := frames.user_frame(node.meta.get("stack_trace"), root)):
            lines[node.name] = f"{place.file}:{place.line}"
    return json.dumps({"schema": "reglaze.sourcemap/1", "nodes": lines}, indent=1) + "\n"


def save(session: Session, captured: Captured) -> None:
    """Writes the archive: beside its place first, so that nobody sees half of it."""
    program, output = captured.program, session.request.output
    buffer = io.BytesIO()
    torch.save(program.example_inputs, buffer)

    def payloads(writer: archive.ArchiveWriter) -> None:
        payload.write(writer, "weights", "weight_", program.state_dict)
        payload.write(writer, "constants", "tensor_", program.constants)

    partial = output.with_name(f".{output.name}.partial")
    extra = {"capture.json": record(session, captured), "source_map.json": source_map(program, session.root)}
    if captured.host_plan:
        extra["host_plan.json"] = json.dumps(captured.host_plan, indent=1) + "\n"
    archive.write(partial, program_json(program, session.root), payloads, buffer.getvalue(), extra)
    partial.replace(output)
