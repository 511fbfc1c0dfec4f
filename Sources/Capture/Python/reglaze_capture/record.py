"""What the archive says about its own capture, and how its program is saved."""

import importlib.metadata
import io
import json
import pathlib
import platform
import sys

import torch
from torch.export import ExportedProgram

from . import archive, frames, payload
from .ladder import Captured
from .program import program_json
from .session import Session


def versions() -> dict[str, str]:
    """Python and the packages outside the standard library that this process imported and that a distribution
    provides."""
    found = {"python": platform.python_version()}
    top_level = {name.partition(".")[0] for name in sys.modules}
    providers = importlib.metadata.packages_distributions()
    for name in sorted(top_level & set(providers)):
        if name in _RECORDED or _imported_by_user(name):
            found[name] = importlib.metadata.version(providers[name][0])
    return found


_RECORDED = {"torch", "torchvision", "timm", "transformers", "torchao"}


def _imported_by_user(name: str) -> bool:
    """Whether a module of the user's names this package among its globals."""
    for module in list(sys.modules.values()):
        file = getattr(module, "__file__", None)
        if not file or frames.is_library(file):
            continue
        for value in vars(module).values():
            owner = (
                getattr(value, "__name__", None) if isinstance(value, type(sys)) else getattr(value, "__module__", None)
            )
            if isinstance(owner, str) and owner.partition(".")[0] == name:
                return True
    return False


def record(session: Session, captured: Captured) -> str:
    """How the program came about. No path of the machine, no time: equal captures have equal records."""
    document = {
        "schema": "reglaze.capture/1",
        "rung": captured.rung,
        "source": session.request.source,
        "precision": session.request.precision,
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
    archive.write(partial, program_json(program, session.root), payloads, buffer.getvalue(), extra)
    partial.replace(output)
