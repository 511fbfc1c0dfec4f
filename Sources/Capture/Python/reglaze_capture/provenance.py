"""Follows values through one eager call: where data leaves the graph (as a number, as a shape, to another library),
and where it was made."""

import contextlib
import dataclasses
import sys

import torch
from torch import nn
from torch.nn.modules import module as nn_module
from torch.overrides import TorchFunctionMode
from torch.utils import _pytree as pytree
from torch.utils._python_dispatch import TorchDispatchMode

from . import frames, state, verify
from .diagnostics import Place
from .session import Session


@dataclasses.dataclass
class Exit:
    """A place where data leaves the graph. `kind`: value, shape, library."""

    kind: str
    operator: str
    place: Place | None
    module: str  # path and class of the module whose forward runs
    reads: str  # what it reads, and where that was made


class _Follow(TorchDispatchMode):
    """Knows for every tensor the last module output (or input, or parameter) that it was computed from."""

    def __init__(self, session: Session):
        super().__init__()
        self.session = session
        self.origins: dict[int, tuple[torch.Tensor, int, str]] = {}
        self.clock = 0
        self.modules: list[tuple[str, nn.Module]] = []
        self.exits: list[Exit] = []

    def note(self, tree: object, text: str) -> None:
        """All tensors of `tree` come from what `text` names."""
        self.clock += 1
        for leaf in pytree.tree_leaves(tree):
            if isinstance(leaf, torch.Tensor):
                # Keeps the tensor: another would get its identity.
                self.origins[id(leaf)] = leaf, self.clock, f"{text} ({verify.type_text(leaf)})"

    def origin(self, tree: object) -> tuple[int, str]:
        """The latest of the origins of the tensors in `tree`."""
        found = [self.origins[id(leaf)][1:] for leaf in pytree.tree_leaves(tree) if id(leaf) in self.origins]
        return max(found, default=(0, ""))

    def leave(self, kind: str, operator: str, arguments: object) -> None:
        place = frames.calling_place(sys._getframe(2), self.session.root)
        path, module = self.modules[-1] if self.modules else ("", self.session.model)
        where = f"{type(module).__name__}.forward" + (f" of {path}" if path else "")
        self.exits.append(Exit(kind, operator, place, where, self.origin(arguments)[1]))

    def __torch_dispatch__(self, function, kinds, args=(), kwargs=None):
        kwargs = kwargs or {}
        tags = getattr(function, "tags", ())
        if torch.Tag.dynamic_output_shape in tags:
            self.leave("shape", str(function), (args, kwargs))
        elif torch.Tag.data_dependent_output in tags or function is torch.ops.aten._local_scalar_dense.default:
            self.leave("value", str(function), (args, kwargs))
        result = function(*args, **kwargs)
        clock, text = self.origin((args, kwargs))
        for leaf in pytree.tree_leaves(result):
            if isinstance(leaf, torch.Tensor) and text:
                self.origins.setdefault(id(leaf), (leaf, clock, text))
        return result


class _Libraries(TorchFunctionMode):
    """Notes tensors that are handed to NumPy."""

    def __init__(self, follow: _Follow):
        super().__init__()
        self.follow = follow

    def __torch_function__(self, function, kinds, args=(), kwargs=None):
        name = getattr(function, "__name__", "")
        if name in ("numpy", "__array__", "data_ptr", "__dlpack__"):
            self.follow.leave("library", name, args)
        return function(*args, **(kwargs or {}))


def exits(session: Session) -> list[Exit]:
    """Every place of an eager call where data leaves the graph, in order; one for each line."""
    follow = _Follow(session)
    paths = {module: path for path, module in session.model.named_modules()}
    example = session.example.copy()

    def enter(module, arguments):
        follow.modules.append((paths.get(module, ""), module))

    def leave(module, arguments, result):
        path, _ = follow.modules.pop()
        follow.note(result, f"output of {path or 'the model'} ({type(module).__name__})")

    with contextlib.ExitStack() as stack:
        stack.enter_context(state.State(session.model).kept())
        stack.callback(nn_module.register_module_forward_pre_hook(enter).remove)
        stack.callback(nn_module.register_module_forward_hook(leave).remove)
        stack.enter_context(contextlib.suppress(Exception))
        stack.enter_context(torch.no_grad())
        stack.enter_context(_Libraries(follow))
        stack.enter_context(follow)
        for name, tensor in [*session.model.named_parameters(), *session.model.named_buffers()]:
            follow.origins[id(tensor)] = tensor, 0, f"{name} ({verify.type_text(tensor)})"
        for index, leaf in enumerate(example.leaves()):
            follow.note(leaf, f"input {index}")
        session.model(*example.args, **example.kwargs)
    first: dict[object, Exit] = {}
    for found in follow.exits:
        first.setdefault((found.kind, found.place and (found.place.file, found.place.line)), found)
    return list(first.values())
