"""Partial capture: the largest submodules that can be captured become one program, the Python between them a plan.

The program has the model's own names, and one group of arguments and results for each captured call. The plan says
in which order host and device take turns, which lines run on the host, and which tensors cross.
"""

import contextlib
import copy
import dataclasses

import torch
from torch import nn
from torch.export import ExportedProgram
from torch.utils import _pytree as pytree

from .blocks_splice import canonical
from .blocks_trace import replaced_forward
from .partial_calls import HostLines, ModuleCall, call_tree, copied, describe


@dataclasses.dataclass
class Piece:
    """A submodule on the device, for calls with one set of shapes.

    Where the number of rows (dimension 0) differs between calls, the program takes `rows` at a time; the host cuts
    and pads.
    """

    name: str
    path: str
    args: tuple
    kwargs: dict
    rows: int | None
    cut: list[int]  # which leaves of the arguments have rows
    program: ExportedProgram
    run: nn.Module

    def __call__(self, *args, **kwargs) -> object:
        leaves, spec = pytree.tree_flatten((args, kwargs))
        if self.rows is None:
            return self.run(*args, **kwargs)
        count = leaves[self.cut[0]].shape[0]
        results, result_spec = [], None
        for start in range(0, max(count, 1), self.rows):
            part = [
                padded(leaf[start : start + self.rows], self.rows) if index in self.cut else leaf
                for index, leaf in enumerate(leaves)
            ]
            part_args, part_kwargs = pytree.tree_unflatten(part, spec)
            one, result_spec = pytree.tree_flatten(self.run(*part_args, **part_kwargs))
            results.append([leaf[: max(min(self.rows, count - start), 0)] for leaf in one])
        return pytree.tree_unflatten([torch.cat(parts) for parts in zip(*results, strict=True)], result_spec)


@dataclasses.dataclass
class PartialProgram:
    program: ExportedProgram
    plan: dict
    pieces: list[Piece]
    captured_parameters: int
    total_parameters: int


def padded(tensor: torch.Tensor, rows: int) -> torch.Tensor:
    """`tensor` with zeros behind its rows, `rows` in all."""
    missing = rows - tensor.shape[0]
    return torch.cat([tensor, tensor.new_zeros((missing, *tensor.shape[1:]))]) if missing > 0 else tensor


def capture(module: nn.Module, args: tuple, kwargs: dict, reasons: list, second: tuple | None = None):
    """The partial program of `module`, or None when no submodule with parameters can be captured.

    `second`: arguments and keyword arguments of another call, to see which sizes depend on values; by default the
    first's with other random numbers. `reasons`: why the whole was refused; kept in the plan.
    """
    second = second or other_values((args, kwargs))
    with torch.no_grad():
        first_run = call_tree(module, *copied((args, kwargs)))
        second_run = call_tree(module, *copied(second))
        pieces = _Search(module, first_run, second_run).pieces
        if not pieces:
            return None
        plan = _plan(module, args, kwargs, pieces)
        program, groups = _together(module, pieces)
    on_device = {id(p): p.numel() for piece in pieces for p in module.get_submodule(piece.path).parameters()}
    total = {id(p): p.numel() for p in module.parameters()}
    captured, total_count = sum(on_device.values()), sum(total.values())
    document = {
        "schema": "reglaze.hostplan/1",
        "reasons": [getattr(reason, "message", str(reason)) for reason in reasons],
        "parameters": {"total": total_count, "captured": captured},
        "pieces": groups,
        "steps": plan,
    }
    return PartialProgram(program, document, pieces, captured, total_count)


def other_values(tree: object) -> tuple:
    """The arguments with other random numbers where they have some."""
    generator = torch.Generator().manual_seed(1)

    def fresh(leaf):
        if not isinstance(leaf, torch.Tensor) or not leaf.is_floating_point():
            return leaf
        low, high = (leaf.min().item(), leaf.max().item()) if leaf.numel() else (0.0, 1.0)
        return low + (high - low) * torch.rand(leaf.shape, generator=generator, dtype=leaf.dtype)

    return pytree.tree_map(fresh, tree)


class _Search:
    """Walks the calls of an eager run from the outside in, and keeps what `torch.export` takes."""

    def __init__(self, model: nn.Module, first: ModuleCall, second: ModuleCall):
        self.model, self.pieces = model, []
        self._others: dict[str, list[ModuleCall]] = {}
        self._collect(second)
        for call in first.inner:
            self._visit(call)

    def _collect(self, call: ModuleCall) -> None:
        for inner in call.inner:
            self._others.setdefault(inner.path, []).append(inner)
            self._collect(inner)

    def _visit(self, call: ModuleCall) -> None:
        if not call.has_parameters():
            return
        if any(piece.path == call.path and _fits(piece, call) for piece in self.pieces):
            return
        if call.path and (piece := self._export(call)):
            self.pieces.append(piece)
            return
        for inner in call.inner:
            self._visit(inner)

    def _export(self, call: ModuleCall) -> Piece | None:
        other = next((one for one in self._others.get(call.path, ()) if not one.seen), None)
        cut = []
        if other is not None:
            other.seen = True
            cut = _rows_that_differ((call.args, call.kwargs), (other.args, other.kwargs))
            if cut is None:
                return None
        args, kwargs, rows = call.args, call.kwargs, None
        if cut:
            leaves, spec = pytree.tree_flatten((args, kwargs))
            counts = [leaves[cut[0]].shape[0], pytree.tree_leaves((other.args, other.kwargs))[cut[0]].shape[0]]
            rows = 1 << max(max(counts) - 1, 0).bit_length()
            leaves = [padded(leaf, rows) if index in cut else leaf for index, leaf in enumerate(leaves)]
            args, kwargs = pytree.tree_unflatten(leaves, spec)
        module = self.model.get_submodule(call.path)
        try:
            program = torch.export.export(module, *copied((args, kwargs)), strict=False)
        except Exception:
            return None  # whatever it was, the modules inside are tried next
        if not _is_static(program):
            return None
        count = sum(piece.path == call.path for piece in self.pieces)
        # LIMIT: padding takes rows for independent. Whoever uses the plan compares it with eager, as the ladder does.
        name = call.path.replace(".", "_") + (f"_{count + 1}" if count else "")
        return Piece(name, call.path, args, kwargs, rows, cut, program, program.module())


def _is_static(program: ExportedProgram) -> bool:
    """Whether all sizes are known: a mask in forward exports with sizes that only its values decide."""
    leaves = [leaf for node in program.graph.nodes for leaf in pytree.tree_leaves(node.meta.get("val"))]
    return not any(
        isinstance(size, torch.SymInt | torch.SymFloat | torch.SymBool)
        for leaf in leaves
        for size in (leaf.shape if isinstance(leaf, torch.Tensor) else (leaf,))
    )


def _fits(piece: Piece, call: ModuleCall) -> bool:
    """Whether `call` has the shapes of `piece`."""
    mine, spec = pytree.tree_flatten((piece.args, piece.kwargs))
    others, other_spec = pytree.tree_flatten((call.args, call.kwargs))
    return spec == other_spec and all(
        index in piece.cut or describe(one) == describe(other)
        for index, (one, other) in enumerate(zip(mine, others, strict=True))
    )


def _rows_that_differ(one: object, other: object) -> list[int] | None:
    """Leaves whose number of rows differs between two calls; None when anything else differs."""
    mine, spec = pytree.tree_flatten(one)
    others, other_spec = pytree.tree_flatten(other)
    if spec != other_spec:
        return None
    found = []
    for index, (a, b) in enumerate(zip(mine, others, strict=True)):
        if not isinstance(a, torch.Tensor):
            if a is not b and a != b:
                return None
        elif a.shape != b.shape:
            if a.dim() != b.dim() or a.shape[1:] != b.shape[1:]:
                return None
            found.append(index)
    return found


def _plan(model: nn.Module, args: tuple, kwargs: dict, pieces: list[Piece]) -> list[dict]:
    """The turns of host and device in one run, each with what crosses."""
    steps: list[dict] = []
    lines = HostLines()

    def turn(piece: Piece):
        def forward(*its_args, **its_kwargs):
            lines.is_paused = True
            try:
                steps.append({"host": lines.taken()})
                result = piece(*its_args, **its_kwargs)
                step = {"device": piece.name, "inputs": _types((its_args, its_kwargs)), "outputs": _types(result)}
                steps.append(step)
                return result
            finally:
                lines.is_paused = False

        return forward

    its_args, its_kwargs = copied((args, kwargs))
    with _on_device(model, pieces, turn), lines:
        model(*its_args, **its_kwargs)
    steps.append({"host": lines.taken()})
    return [step for step in steps if step.get("host") != []]


def _types(tree: object) -> list[str]:
    return [describe(leaf) for leaf in pytree.tree_leaves(tree)]


@contextlib.contextmanager
def _on_device(model: nn.Module, pieces: list[Piece], forward):
    """Calls of captured modules go to `forward(piece)` of the piece with their shapes."""
    with contextlib.ExitStack() as stack:
        for path in dict.fromkeys(piece.path for piece in pieces):
            candidates = [piece for piece in pieces if piece.path == path]

            def choose(*args, candidates=candidates, path=path, **kwargs):
                call = ModuleCall(path, model, args, kwargs)
                piece = next((one for one in candidates if _fits(one, call)), None)
                if piece is None:
                    raise ValueError(f"{path} was captured for other shapes than {_types((args, kwargs))}")
                return forward(piece)(*args, **kwargs)

            stack.enter_context(replaced_forward(model.get_submodule(path), choose))
        yield


def run(partial: PartialProgram, model: nn.Module, args: tuple, kwargs: dict) -> object:
    """Follows the plan: the model's Python on the host, its captured submodules by their programs."""
    with torch.no_grad(), _on_device(model, partial.pieces, lambda piece: piece):
        return model(*copied(args), **copied(kwargs))


def _together(model: nn.Module, pieces: list[Piece]) -> tuple[ExportedProgram, list[dict]]:
    """All pieces as one program of the model's own modules, and which arguments and results belong to which."""
    shell = copy.copy(model)

    def forward(pieces):
        return {
            piece.name: model.get_submodule(piece.path)(*pieces[piece.name][0], **pieces[piece.name][1])
            for piece in table
        }

    table = pieces
    shell.forward = forward
    arguments = {piece.name: copied((piece.args, piece.kwargs)) for piece in pieces}
    program = canonical(torch.export.export(shell, (arguments,), strict=False))
    groups, first_input, first_output = [], 0, 0
    for piece in pieces:
        inputs = _types((piece.args, piece.kwargs))
        outputs = piece.program.call_spec.out_spec.num_leaves
        groups.append(
            {
                "name": piece.name,
                "module": piece.path,
                "class": type(model.get_submodule(piece.path)).__qualname__,
                "inputs": [first_input, first_input + len(inputs)],
                "outputs": [first_output, first_output + outputs],
                "rows": piece.rows,
            }
        )
        first_input, first_output = first_input + len(inputs), first_output + outputs
    return program, groups
