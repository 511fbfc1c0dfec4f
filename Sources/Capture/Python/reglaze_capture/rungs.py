"""The ways to get a program out of a module, cheapest first."""

import torch
from torch.export import ExportedProgram

from . import blocks, frames, partial, verify
from .blocks_splice import canonical
from .diagnostics import Diagnostic, Place, Refusal
from .session import Session


def export_whole(session: Session, strict: bool = False) -> ExportedProgram:
    """The program of the whole model as it was written, before any decomposition."""
    example = session.example.copy()
    with torch.no_grad():
        return canonical(
            torch.export.export(
                session.model, example.args, example.kwargs, dynamic_shapes=session.dynamic_shapes, strict=strict
            )
        )


def export_incremental(session: Session) -> ExportedProgram | None:
    """The program stitched from the blocks that changed and those in the memo; None when the whole is to be
    exported."""
    request = session.request
    # LIMIT: a program with dynamic dimensions is exported whole; fragments hold numbers, no symbols.
    if not request.incremental or not request.memo or session.dynamic_shapes:
        return None
    if session.reads_in_forward:
        session.warn(Diagnostic("C119", "no graph is remembered: forward reads files or the environment", severity="note"))
        return None
    example = session.example.copy()
    program, report = blocks.export(session.model, example.args, example.kwargs, blocks.open_memo(request.memo))
    session.is_remembered = report.memoised > 0 or report.skeleton == "memoised"
    session.blocks = {
        "total": report.total,
        "distinct": report.distinct,
        "exported": report.exported,
        "memoised": report.memoised,
    }
    for path, reason in report.unseen.items():
        message = f"the graph of {path or 'the code around the blocks'} is not remembered: it depends on {reason}"
        session.warn(Diagnostic("C119", message, severity="note"))
    if request.verify_capture:
        whole = export_whole(session)
        if difference := blocks.first_difference(program, whole):
            message = f"the remembered graphs differ from the whole export, which was taken instead: {difference}"
            session.warn(Diagnostic("C119", message, severity="warning"))
            return whole
    return program


def export_partly(session: Session, reasons: list[Diagnostic]) -> partial.PartialProgram | None:
    """The largest submodules that can be captured, checked against eager on both inputs; None when there are none, or
    when they give other answers."""
    first, second = session.example.copy(), session.second.copy()
    try:
        found = partial.capture(session.model, first.args, first.kwargs, reasons, second=(second.args, second.kwargs))
    except Exception:
        return None  # the model's own error, which the reasons already tell
    if found is None:
        return None
    for example in (session.example, session.second):
        copy = example.copy()
        expected = verify.run(session.model, example)
        try:
            actual = partial.run(found, session.model, copy.args, copy.kwargs)
        except ValueError:
            return None  # a submodule is called with shapes that depend on values
        if verify.difference(expected, actual):
            return None
    lines = [line for step in found.plan["steps"] for line in step.get("host", [])]
    for line in lines:
        line["file"] = frames.portable_path(line["file"], session.root)
    share = 100 * found.captured_parameters / max(found.total_parameters, 1)
    paths = ", ".join(dict.fromkeys(piece.path for piece in found.pieces))
    own = next((line for line in lines if line["is_users"]), lines[0] if lines else None)
    session.warn(
        Diagnostic(
            "C117",
            f"captured partly: {len(found.pieces)} submodules with {share:.4g} % of the parameters",
            own and Place(own["file"], own["line"], own["text"], own["function"]),
            notes=[
                f"on the device: {paths}",
                f"on the host: {len(lines)} lines, in the archive's extra/host_plan.json",
            ],
            severity="warning",
        )
    )
    return found


def quantised(session: Session, program: ExportedProgram) -> ExportedProgram:
    """The int8 form of `program`, calibrated with the manifest's inputs, else with random ones and a note."""
    from . import quantise

    example, calibration = session.example.copy(), session.request.calibration
    try:
        if calibration:
            session.read(calibration)
            calls = quantise.load_calls(calibration, example.args, example.kwargs)
        else:
            calls = quantise.random_calls(example.args, example.kwargs)
            message = f"the ranges of int8 come from {len(calls)} calls with random inputs"
            help = ["state `calibration`, a safetensors file with samples of each argument: input.0, input.1 ..."]
            session.warn(Diagnostic("C116", message, help=help, severity="note"))
        return quantise.quantise_program(program, calls, symmetric=session.request.activations == "symmetric")
    except (quantise.CalibrationError, OSError) as error:
        raise Refusal([Diagnostic("C116", f"{calibration.name}: {error}")]) from None
    except Exception as error:
        text = str(error).strip().partition("\n")[0]
        raise Refusal([Diagnostic("C116", f"the program cannot be quantised: {text}")]) from error
