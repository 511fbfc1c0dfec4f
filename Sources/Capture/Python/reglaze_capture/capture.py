"""Answers a request: loads the model, climbs the ladder, writes archive and reference values, and tells what happened
in events."""

import os
import pathlib
import time
import traceback
from collections.abc import Callable

# Before the user's folders are on the search path: a `safetensors.py` there is not this one.
import safetensors.torch
import torch
from torch.utils import _pytree as pytree

from . import ladder, record, request, rungs, source, variables, verify
from .diagnostics import Refusal
from .passing import is_passing
from .reads import Reads
from .session import Session
from .state import State

Emit = Callable[[dict], None]


def answer(fields: dict, emit: Emit) -> None:
    """Answers one request; its last event is `done`, `refused`, `names` or `failed`.

    The process works in the workspace from then on: that is what relative paths in the user's code mean.
    """
    try:
        variables.adopt(fields.pop("variables", None))
        os.chdir(fields["workspace"])
        match fields.get("method"):
            case "capture":
                _capture(fields, emit)
            case "suite_list":
                _list_suite(fields, emit)
            case method:
                emit({"event": "failed", "message": f"unknown method {method!r}", "traceback": ""})
    except Exception as error:
        emit({"event": "failed", "message": f"{type(error).__name__}: {error}", "traceback": traceback.format_exc()})


def _capture(fields: dict, emit: Emit) -> None:
    start = time.perf_counter()
    reads = None
    try:
        parsed = request.parse(fields)
        reads = Reads(parsed.workspace)
        torch.use_deterministic_algorithms(True, warn_only=True)
        session = Session(parsed, emit, reads)
        session.load()
        captured = ladder.climb(session)
        reads.check()
        if parsed.precision == "int8":
            with session.phase("quantise"):
                captured.program = rungs.quantised(session, captured.program)
        with session.phase("serialise"):
            record.save(session, captured)
        references = []
        if parsed.reference:
            with session.phase("reference"):
                references = save_references(session)
    except Refusal as refusal:
        emit(_refused(refusal, reads))
        return
    session.seconds["total"] = time.perf_counter() - start
    emit(_done(session, captured, references))


def _refused(refusal: Refusal, reads: Reads | None) -> dict:
    diagnostics = [diagnostic.to_json() for diagnostic in refusal.diagnostics]
    event = {"event": "refused", "diagnostics": diagnostics, "passing": is_passing(refusal)}
    return event | (reads.to_json() if reads else {"read": []})


def _done(session: Session, captured: ladder.Captured, references: list[str]) -> dict:
    total = sum(parameter.numel() for parameter in session.model.parameters())
    return {
        "event": "done",
        "rung": captured.rung,
        "nodes": sum(node.op == "call_function" for node in captured.program.graph.nodes),
        "archive": str(session.request.output),
        "references": references,
        **session.reads.to_json(),
        "versions": (versions := record.versions()),
        "required": record.required(versions),
        "blocks": session.blocks,
        "passes": session.passes,
        "assumptions": session.assumptions,
        "host_plan": captured.host_plan,
        "parameters": {
            "total": total,
            "captured": total if captured.captured_parameters is None else captured.captured_parameters,
        },
        "seconds": {name: round(seconds, 4) for name, seconds in session.seconds.items()},
        "diagnostics": [diagnostic.to_json() for diagnostic in session.diagnostics],
    }


def named_leaves(prefix: str, tree: object) -> dict[str, torch.Tensor]:
    """The tensors among the leaves of `tree`, named by their position."""
    leaves = pytree.tree_leaves(tree)
    return {
        f"{prefix}.{index}": leaf.detach().contiguous().clone()
        for index, leaf in enumerate(leaves)
        if isinstance(leaf, torch.Tensor)
    }


def save_references(session: Session) -> list[str]:
    """Writes what the model answers to both inputs, in order: state that one call leaves is seen by the next."""
    written = []
    session.request.reference.parent.mkdir(parents=True, exist_ok=True)
    with State(session.model).kept():
        for call, example in enumerate((session.example, session.second)):
            tensors = named_leaves("input", (example.args, example.kwargs)) | named_leaves(
                "output", verify.run(session.model, example)
            )
            path = pathlib.Path(f"{session.request.reference}.call{call}.safetensors")
            path.write_bytes(safetensors.torch.save(tensors))
            written.append(str(path))
    return written


def _list_suite(fields: dict, emit: Emit) -> None:
    workspace = pathlib.Path(fields["workspace"]).resolve()
    reads = Reads(workspace)
    reads.watch()
    try:
        zoo = source.find(source.import_file(workspace / fields["suite"], workspace, reads), "ZOO")
    except Refusal as refusal:
        emit(_refused(refusal, reads))
        return
    entries = [{"name": name, "group": group} for name, (group, _) in zoo.items()]
    names = [entry["name"] for entry in entries]
    emit({"event": "names", "names": names, "entries": entries, **reads.to_json()})
