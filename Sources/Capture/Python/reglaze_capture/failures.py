"""Why a program cannot be captured: all reasons in one pass, each with the user's line, the value, and what to
change."""

import re

import torch
from torch import fx
from torch.export import ExportedProgram
from torch.fx.experimental.symbolic_shapes import free_unbacked_symbols

from . import containers, frames, provenance, trial
from .diagnostics import Diagnostic, Place, without_repetition
from .provenance import Exit
from .session import Session
from .source import shortened

NOTE_HOST = "the value is known only while the program runs; a captured program has one path"


def explain(session: Session, errors: list[Exception], found: trial.Trial, results: list) -> list[Diagnostic]:
    """The reasons behind what the rungs raised, and behind what a trial with real values met beyond."""
    exits = provenance.exits(session)
    reasons = [_finding(session, finding, exits) for finding in found.findings]
    reasons += [_library(exit) for exit in exits if exit.kind == "library"]
    if kind := containers.unknown((results, session.example.args, session.example.kwargs)):
        reasons.append(_container(session, kind))
    explained = {(reason.place.file, reason.place.line) for reason in reasons if reason.place}
    for error in [*errors, *([found.error] if found.error else [])]:
        made_at = _made_at(error, found)
        reason = _error(session, error, exits, made_at)
        if reason.place is None and reasons and reason.code == "C120":
            continue  # A consequence without a line of its own.
        places = [place for place in (reason.place, made_at) if place]
        if not any((place.file, place.line) in explained for place in places):
            reasons.append(reason)
    return without_repetition(reasons)


def _made_at(error: Exception, found: trial.Trial) -> Place | None:
    """Where the value that `error` speaks of was made: the rungs name symbols alike, since they trace alike."""
    symbol = trial.SYMBOL.search(str(error))
    return found.symbols.get(symbol[0]) if symbol else None


def _exit_at(exits: list[Exit], place: Place | None, kinds: tuple[str, ...] = ("value", "shape")) -> Exit | None:
    if place is None:
        return None
    return next(
        (
            exit
            for exit in exits
            if exit.kind in kinds and exit.place and (exit.place.file, exit.place.line) == (place.file, place.line)
        ),
        None,
    )


def _finding(session: Session, finding: trial.Finding, exits: list[Exit]) -> Diagnostic:
    if finding.kind == "kernel":
        return _kernel(finding.subject, finding.place, finding.outcome)
    exit = _exit_at(exits, finding.place) or _exit_at(exits, finding.made_at)
    if exit and exit.kind == "shape":
        return _shape(exit, finding.place, finding.made_at)
    return _value(session, finding.place, exit, finding.outcome)


def _notes(exit: Exit | None) -> list[str]:
    if exit is None:
        return []
    return [f"in {exit.module}"] + ([f"reads {exit.reads}"] if exit.reads else [])


def _value(session: Session, place: Place | None, exit: Exit | None, outcome: str) -> Diagnostic:
    notes = [*_notes(exit), NOTE_HOST]
    help = [
        "torch.where(condition, a, b) keeps one program",
        "torch.cond(condition, a, b, operands): both branches on the device",
    ]
    if place and outcome in ("True", "False"):
        notes.insert(-1, f"with the given inputs it is {outcome}")
        help.append(f"--assume {place.line}={outcome}: this branch only; checked at run time")
    return Diagnostic("C104", "forward depends on a tensor's value", place, notes, help)


def _shape(exit: Exit, place: Place | None, made_at: Place | None) -> Diagnostic:
    notes = _notes(exit)
    name = exit.operator.removesuffix(".default")
    if made_at and place and made_at.line != place.line:
        notes.append(f"the size comes from {name} in {made_at.file}:{made_at.line}: {made_at.text}")
    help = {
        "aten.nonzero": ["torch.where(mask, x, fill), or torch.nonzero_static(mask, size=n)"],
        "aten.index.Tensor": ["torch.where(mask, x, fill) in place of x[mask]"],
        "aten.masked_select": ["torch.where(mask, x, fill) in place of masked_select"],
        "torchvision.nms": ['the shipped pass `fixed_nms` keeps a fixed number of boxes: passes = ["fixed_nms"]'],
    }.get(name, ["a fixed number with a mask: torch.topk(scores, k), torch.where(mask, x, fill)"])
    help.append("or leave this part to the host: partial capture")
    return Diagnostic("C105", f"the shape of the result of {name} depends on data", place or exit.place, notes, help)


def _library(exit: Exit) -> Diagnostic:
    message = {"numpy": "forward hands a tensor to NumPy", "__array__": "forward hands a tensor to NumPy"}
    help = ["the same with PyTorch's operators", "before or after the model, on the host"]
    return Diagnostic(
        "C107", message.get(exit.operator, f"forward leaves PyTorch by {exit.operator}"), exit.place, _notes(exit), help
    )


def _kernel(operator: str, place: Place | None, outcome: str) -> Diagnostic:
    operator = ".".join(operator.replace("::", ".").split(".")[:2])
    help = [f'@torch.library.register_fake("{operator.replace(".", "::", 1)}")\n{_FAKE_KERNEL}']
    return Diagnostic("C110", f"the operator {operator} {outcome}", place, help=help)


_FAKE_KERNEL = "def _(x): return torch.empty_like(x)   # a tensor of the result's shape and type, no values"


# What torch.export says of a dimension that it was told to keep open.
_FIXED = ("mark_dynamic", "Constraints violated", "was inferred to be a constant", "specialized")


def _error(session: Session, error: Exception, exits: list[Exit], made_at: Place | None) -> Diagnostic:
    """One diagnostic for an exception of torch.export."""
    text = str(error)
    place = frames.error_place(error, session.root) or frames.user_frame(text, session.root)
    if "data-dependent" in text.lower() or type(error).__name__ == "GuardOnDataDependentSymNode":
        exit = _exit_at(exits, place) or _exit_at(exits, made_at)
        return _shape(exit, place, made_at) if exit and exit.kind == "shape" else _value(session, place, exit, "")
    if exit := _exit_at(exits, place, ("library",)):
        return _library(exit)
    if match := re.search(r"([\w]+::[\w.]+).*(?:fake|meta) (?:impl|kernel)", text, re.IGNORECASE | re.DOTALL):
        return _kernel(match[1], place, "has no fake kernel")
    if any(phrase in text for phrase in _FIXED):
        return _dimension(session, error, place)
    if "was assigned during export" in text or "were assigned during export" in text:
        name = re.search(r"attributes? (self\.[\w.]+)", text)
        message = f"forward writes {name[1] if name else 'an attribute'}"
        help = ["register it as a buffer in __init__ and write it by .copy_()"]
        return Diagnostic("C108", message, place, help=help)
    return Diagnostic(
        "C120", f"torch.export refused the program: {shortened(error)[:300]}", place, _notes(_exit_at(exits, place))
    )


def _container(session: Session, kind: type) -> Diagnostic:
    help = [
        f"return a tuple, list, dict, named tuple or dataclass in place of {kind.__name__}",
        f"torch.utils._pytree.register_pytree_node({kind.__name__}, ...) says how it is taken apart and put together",
    ]
    message = f"{kind.__name__} at the model's boundary is no container that capture knows"
    return Diagnostic("C106", message, frames.definition(kind, session.root), help=help)


def _dimension(session: Session, error: Exception, place: Place | None) -> Diagnostic:
    lines = [
        line.strip(" -")
        for line in str(error).splitlines()
        if "L[" in line or "specialized" in line or "constant" in line
    ]
    help = [
        "give this dimension a fixed size: leave it out of `dynamic`",
        "or compute with x.shape[i] in place of the number",
    ]
    return Diagnostic("C112", "a dynamic dimension became constant", place, lines[:3], help)


def values_as_numbers(session: Session, program: ExportedProgram) -> list[Diagnostic]:
    """Warns of numbers that are read from tensors; a size that depends on data is none: a tensor that has it says it."""
    warnings = []
    for node in program.graph.nodes:
        if node.op != "call_function" or any(_has_unknown_size(argument) for argument in node.all_input_nodes):
            continue
        if _has_unknown_size(node) and not isinstance(node.meta["val"], torch.Tensor):
            place = frames.user_frame(node.meta.get("stack_trace"), session.root)
            message = "a tensor's value becomes a number that shapes or indices depend on"
            warnings.append(Diagnostic("C104", message, place, severity="warning"))
    return without_repetition(warnings)


def _has_unknown_size(node: fx.Node) -> bool:
    value = node.meta.get("val")
    sizes = value.shape if isinstance(value, torch.Tensor) else [value]
    return any(isinstance(size, torch.SymInt) and free_unbacked_symbols(size) for size in sizes)
