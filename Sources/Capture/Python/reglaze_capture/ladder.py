"""The ladder: each rung tries to capture the model, and is checked against eager before it counts."""

import dataclasses

import torch
from torch.export import ExportedProgram

from . import failures, rungs, verify
from .diagnostics import Diagnostic, Refusal, without_repetition
from .session import Session


@dataclasses.dataclass
class Captured:
    program: ExportedProgram
    rung: str
    host_plan: dict | None = None
    captured_parameters: int | None = None  # elements; all when None


def climb(session: Session) -> Captured:
    """The first rung's result that answers as the model does; refuses with the reasons of all rungs."""
    expected = verify.eager_results(session)
    reasons: list[Diagnostic] = []
    for name, export in _rungs(session):
        try:
            with session.phase("export"):
                program = export()
        except Exception as error:
            reasons += failures.explain(session, error)
            continue
        if session.request.verify:
            with session.phase("verify"):
                reason = verify.compare(session, program, expected)
            if reason:
                reasons.append(reason)
                continue
        return Captured(program, name)
    reasons = without_repetition(reasons)
    if session.request.partial and (found := _partly(session, reasons)):
        return found
    raise Refusal(reasons)


def _rungs(session: Session):
    yield "non-strict", lambda: _incremental(session) or rungs.export_whole(session)
    yield "strict", lambda: rungs.export_whole(session, strict=True)


def _incremental(session: Session) -> ExportedProgram | None:
    """The program stitched from the blocks that changed and those in the memo; None when the whole is to be
    exported."""
    if not (session.request.incremental and session.request.memo):
        return None
    try:
        from . import blocks
    except ImportError:
        return None
    return blocks.export(session)


def _partly(session: Session, reasons: list[Diagnostic]) -> Captured | None:
    try:
        from . import partial
    except ImportError:
        return None
    return partial.capture(session, reasons)


def parameter_count(program: ExportedProgram) -> int:
    return sum(value.numel() for value in program.state_dict.values() if isinstance(value, torch.nn.Parameter))
