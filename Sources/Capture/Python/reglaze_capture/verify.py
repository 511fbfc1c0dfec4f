"""Compares a captured program with the model, eagerly, on two inputs and two calls."""

import torch
from torch.export import ExportedProgram
from torch.export._tree_utils import reorder_kwargs
from torch.export.graph_signature import InputKind, OutputKind
from torch.utils import _pytree as pytree

from .diagnostics import Diagnostic
from .inputs import Example
from .session import Session
from .source import shortened

# Of the largest magnitude of the reference. Both sides run the same kernels; only the order of a fused sum may differ.
TOLERANCE = 1e-4


def difference(expected: object, actual: object) -> str | None:
    """Why two results differ; None when they do not."""
    left, right = pytree.tree_leaves(expected), pytree.tree_leaves(actual)
    if len(left) != len(right):
        return f"{len(left)} results of the model, {len(right)} of the program"
    for index, (reference, value) in enumerate(zip(left, right, strict=True)):
        if reason := leaf_difference(reference, value):
            return f"output {index}: {reason}"
    return None


def leaf_difference(reference: object, value: object) -> str | None:
    if not isinstance(reference, torch.Tensor) or not isinstance(value, torch.Tensor):
        return None if _equal_objects(reference, value) else f"{reference!r} of the model, {value!r} of the program"
    if reference.shape != value.shape or reference.dtype != value.dtype:
        return f"{reference.dtype}{list(reference.shape)} of the model, {value.dtype}{list(value.shape)} of the program"
    if not reference.dtype.is_floating_point and not reference.dtype.is_complex:
        count = int((reference != value).sum())
        return f"{count} of {reference.numel()} elements differ" if count else None
    return _distance(reference.detach(), value.detach())


def _equal_objects(reference: object, value: object) -> bool:
    if isinstance(reference, float) and isinstance(value, float) and reference != reference:
        return value != value
    return type(reference) is type(value) and reference == value


def _distance(reference: torch.Tensor, value: torch.Tensor) -> str | None:
    if torch.equal(reference, value):
        return None
    finite = reference.isfinite()
    if not torch.equal(finite, value.isfinite()) or not torch.equal(reference.isnan(), value.isnan()):
        return "NaN or infinity on one side only"
    infinite = reference.isinf()
    if not torch.equal(reference[infinite], value[infinite]):
        return "infinity of another sign"
    if not finite.any():
        return None
    wide = torch.complex128 if reference.is_complex() else torch.double
    gap = (reference.to(wide) - value.to(wide))[finite].abs().max().item()
    scale = reference.to(wide)[finite].abs().max().item()
    # Narrow floats round on the way.
    tolerance = max(TOLERANCE, 8 * torch.finfo(reference.dtype).eps)
    return f"max |error| {gap:.3g} of {scale:.3g}" if gap > tolerance * scale else None


def run(callee, example: Example) -> object:
    copy = example.copy()
    with torch.no_grad():
        return callee(*copy.args, **copy.kwargs)


def type_text(value: object) -> str:
    """`f32[1,3]` for a tensor, the value itself for anything else."""
    if not isinstance(value, torch.Tensor):
        return repr(value)
    name = str(value.dtype).removeprefix("torch.")
    short = {"float": "f", "bfloat": "bf", "int": "i", "uint": "u"}
    stem = name.rstrip("0123456789")
    return f"{short.get(stem, stem)}{name[len(stem) :]}[{','.join(map(str, value.shape))}]"


def copied(result: object) -> object:
    """`result` with tensors of its own: an output may be a buffer that the next call writes."""
    return pytree.tree_map_only(torch.Tensor, lambda tensor: tensor.detach().clone(), result)


class Replay:
    """The program, run on the values of its archive; state that one call leaves is seen by the next, and by nobody
    else."""

    def __init__(self, program: ExportedProgram):
        self.program = program
        self.state: dict[str, object] = {}
        for spec in program.graph_signature.input_specs:
            if spec.kind != InputKind.USER_INPUT:
                held = program.state_dict if spec.target in program.state_dict else program.constants
                value = held[spec.target]
                is_constant = isinstance(value, torch.nn.Parameter) or not isinstance(value, torch.Tensor)
                self.state[spec.target] = value if is_constant else value.detach().clone()

    def __call__(self, *args, **kwargs) -> list:
        """The results of one call, flat."""
        specs = self.program.call_spec.in_spec
        flat = iter(pytree.tree_leaves((args, reorder_kwargs(kwargs, specs) if kwargs else {})))
        signature = self.program.graph_signature
        values = [
            next(flat) if spec.kind == InputKind.USER_INPUT else self.state[spec.target]
            for spec in signature.input_specs
        ]
        results = self.program.graph_module(*values)
        pairs = zip(signature.output_specs, results, strict=True)
        return [value for spec, value in pairs if spec.kind == OutputKind.USER_OUTPUT]


def compare(session: Session, program: ExportedProgram, expected: list, may_decline: bool = False) -> Diagnostic | None:
    """The first call in which `program` answers otherwise than `expected`, the model's results.

    With `may_decline` the second call may fail: the program checks what it assumes, and the second inputs may be
    others.
    """
    replay = Replay(program)
    for call, example in enumerate((session.example, session.second)):
        which = "the first inputs" if call == 0 else "the second inputs, in a second call"
        try:
            actual = copied(run(replay, example))
        except Exception as error:
            if call == 1 and may_decline:
                return None
            return Diagnostic("C109", f"the captured program fails on {which}: {shortened(error)}")
        if reason := difference(expected[call], actual):
            return Diagnostic("C109", f"the captured program answers otherwise than the model on {which}: {reason}")
    return None
