"""Runs the model eagerly before anything is captured: does it run, is it the same twice, does it write where capture
cannot see?"""

import contextlib
import dataclasses
import random
import sys

import torch
from torch.overrides import TorchFunctionMode

from . import frames, state, verify
from .diagnostics import Diagnostic, Place, Refusal
from .inputs import Example
from .session import Session
from .source import USER_ERRORS, shortened


@dataclasses.dataclass
class Preflight:
    results: list  # of the first and of the second inputs, in a first and a second call
    writes: list[Diagnostic]  # state that forward changes with every call: errors
    settled: list[Diagnostic]  # state that is written once and then stays: harmless if the program verifies


def run(session: Session) -> Preflight:
    """Calls the model on both inputs; refuses a model that fails or is random. The model is left as it was."""
    model = session.model
    with state.State(model).kept():
        before = state.images(model)
        generators = _generators()
        first = _call(session, session.example, "the given inputs")
        between = state.images(model)
        second = _call(session, session.second, "a second set of inputs")
        after = state.images(model)
        is_random = generators != _generators()
    if is_random:
        raise Refusal([_randomness(session)])
    constantly = state.changed(between, after)
    once = [key for key in state.changed(before, between) if key not in constantly]
    places = locate(session, [*constantly, *once]) if constantly or once else {}
    return Preflight(
        [first, second], [_write(session, key, places) for key in constantly], [_settled(key, places) for key in once]
    )


def _generators() -> tuple:
    """The state of the generators of random numbers that a model may draw from."""
    numpy = sys.modules.get("numpy")
    drawn = numpy.random.get_state()[1:3] if numpy else ()
    return torch.get_rng_state().numpy().tobytes(), hash(random.getstate()), [str(part) for part in drawn]


def _call(session: Session, example: Example, which: str) -> object:
    try:
        return verify.copied(verify.run(session.model, example))
    except USER_ERRORS as error:
        place = frames.error_place(error, session.root)
        notes = [f"inputs: {describe(example)}"]
        raise Refusal([Diagnostic("C103", f"forward fails on {which}: {shortened(error)}", place, notes)]) from error


def describe(example: Example) -> str:
    """The types and shapes of an example's leaves."""
    return ", ".join(verify.type_text(leaf) for leaf in example.leaves())


def _randomness(session: Session) -> Diagnostic:
    """The line that draws random numbers in evaluation mode."""
    places: list[Place | None] = []

    class Watch(TorchFunctionMode):
        def __torch_function__(self, function, kinds, args=(), kwargs=None):
            before = torch.get_rng_state()
            result = function(*args, **(kwargs or {}))
            if not places and not torch.equal(before, torch.get_rng_state()):
                places.append(frames.calling_place(sys._getframe(), session.root))
            return result

    with state.State(session.model).kept(), Watch(), contextlib.suppress(Exception):
        verify.run(session.model, session.example)
    help = [
        "F.dropout(x, p, self.training): without the last argument it drops in evaluation mode, too",
        "draw the numbers outside and pass them as an input",
    ]
    return Diagnostic(
        "C111", "forward draws random numbers in evaluation mode", places[0] if places else None, help=help
    )


def _write(session: Session, key: state.Key, places: dict[state.Key, Place]) -> Diagnostic:
    name = state.shown(key)
    value = state.tables(session.model)[key[0]].get(key[1])
    help = []
    if isinstance(value, (bool, int, float)):
        dtype = {bool: "torch.bool", int: "torch.long", float: "torch.float"}[type(value)]
        help = [
            f'self.register_buffer("{key[1]}", torch.tensor({value!r}, dtype={dtype})) in __init__',
            'the pass state_to_buffers does so: passes = ["state_to_buffers"]',
        ]
    elif isinstance(value, torch.Tensor) or value is None:
        help = [f'self.register_buffer("{key[1]}", ...) in __init__, and self.{key[1]}.copy_(value) in forward']
    help.append("return it as a further result, and pass it as an input of the next call")
    notes = [
        "the captured program has no such state: the second call would silently answer otherwise, or lose the value"
    ]
    return Diagnostic("C108", f"forward writes {name} in every call", places.get(key), notes, help)


def _settled(key: state.Key, places: dict[state.Key, Place]) -> Diagnostic:
    message = f"forward writes {state.shown(key)} in the first call; the captured program does not"
    return Diagnostic("C108", message, places.get(key), severity="note")


def locate(session: Session, keys: list[state.Key]) -> dict[state.Key, Place]:
    """The line that writes each of `keys` first, found by looking after every line of a call."""
    tables = state.tables(session.model)
    absent = object()

    def look() -> dict[state.Key, object]:
        return {key: state.image(tables[key[0]][key[1]]) if key[1] in tables[key[0]] else absent for key in keys}

    found: dict[state.Key, Place] = {}
    latest: tuple[str, int, str] | None = None
    known = look()

    def trace(frame, event, _):
        nonlocal known, latest
        if frames.is_torch(frame.f_code.co_filename):
            return None
        now = look()
        for key in keys:
            if now[key] != known[key] and key not in found and latest:
                found[key] = frames.place(*latest[:2], session.root, latest[2])
        known = now
        if event == "line":
            latest = frame.f_code.co_filename, frame.f_lineno, frame.f_code.co_name
        return trace

    with state.State(session.model).kept(), contextlib.suppress(Exception):
        sys.settrace(trace)
        try:
            verify.run(session.model, session.example)
            verify.run(session.model, session.second)
        finally:
            sys.settrace(None)
    return found
