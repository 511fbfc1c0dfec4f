"""One export of a model: blocks are observed, and those whose graph is known stand in as one opaque operator."""

import contextlib
import dataclasses
import functools
from collections.abc import Callable, Iterator

import torch
from torch import nn
from torch._subclasses.fake_tensor import FakeTensor
from torch.export import ExportedProgram
from torch.fx import Node
from torch.fx.experimental.proxy_tensor import get_proxy_mode, get_proxy_slot
from torch.utils import _pytree as pytree
from torch.utils._traceback import CapturedTraceback

from .blocks_graph import NotCuttableError, Site, encode_value, split_frames
from .blocks_reads import Reads

MARK = "reglaze_blocks"

_library = torch.library.Library("reglaze", "FRAGMENT")
_library.define("block(Tensor[] inputs, str path) -> Tensor[]")
OPAQUE = torch.ops.reglaze.block.default
_results: dict[str, list[torch.Tensor]] = {}
torch.library.register_fake("reglaze::block", lambda inputs, path: [_like(value) for value in _results[path]])


def _like(encoded: object) -> torch.Tensor:
    dtype, shape, strides, _, device, _ = encoded["tensor"]
    return torch.empty_strided(shape, strides, dtype=getattr(torch, dtype), device=device)


@dataclasses.dataclass
class Inputs:
    """What a block was called with: tensors by their types, other values as they are, and which leaves are one."""

    spec: str
    leaves: list  # encoded values
    same: list[int]  # for each leaf the first leaf that is the same object


@dataclasses.dataclass
class Call:
    """One call of a block during a trace."""

    path: str
    site: Site
    inputs: Inputs | None = None
    outputs: list = dataclasses.field(default_factory=list)  # encoded values, or which argument it is
    out_spec: str = ""
    is_opaque: bool = False
    problem: str | None = None


class Trace:
    """The program of an export and what was seen of its blocks. `lookup` gives the results' types and structure of a
    block that need not be traced; `is_as_left` tells whether what is around a block when it is called is what is there
    between calls."""

    def __init__(
        self,
        model: nn.Module,
        blocks: dict[str, nn.Module],
        lookup: Callable[[str, Inputs], object | None],
        is_as_left: Callable[[str], bool],
    ):
        self.model, self.blocks, self.lookup = model, blocks, lookup
        self.is_as_left = is_as_left
        self.calls: dict[str, Call] = {}
        self.repeated: set[str] = set()
        self.reads = Reads(model)
        self.program: ExportedProgram | None = None
        self.at_start: Callable[[], None] | None = None
        self.at_end: Callable[[], None] | None = None

    def run(self, args: tuple, kwargs: dict) -> "Trace":
        with contextlib.ExitStack() as stack:
            stack.enter_context(self._watched())
            for path, block in self.blocks.items():
                stack.enter_context(self._observed(path, block))
            stack.enter_context(self.reads.recorded())
            self.program = torch.export.export(self.model, args, kwargs, strict=False)
        return self

    @contextlib.contextmanager
    def _watched(self) -> Iterator[None]:
        """Attributes that `forward` of the whole writes are seen before PyTorch puts the old values back."""
        original = self.model.forward

        @functools.wraps(original)
        def watch(*args, **kwargs):
            if self.at_start is not None:
                self.at_start()
            with self.reads.watching_writes():
                result = original(*args, **kwargs)
            if self.at_end is not None:
                self.at_end()
            return result

        with replaced_forward(self.model, watch):
            yield

    @contextlib.contextmanager
    def _observed(self, path: str, block: nn.Module) -> Iterator[None]:
        original = block.forward

        @functools.wraps(original)
        def observe(*args, **kwargs):
            return self._call(path, original, args, kwargs)

        with replaced_forward(block, observe):
            yield

    def _call(self, path: str, original: Callable, args: tuple, kwargs: dict) -> object:
        mode = get_proxy_mode()
        if mode is None:
            return original(*args, **kwargs)
        if path in self.calls:
            self.repeated.add(path)
            return original(*args, **kwargs)
        tracer = mode.tracer
        leaves, spec = pytree.tree_flatten((args, kwargs))
        trace = tracer._filter_traceback_frames(CapturedTraceback.extract().summary())
        frames = tuple(split_frames("".join(trace.format())))
        call = Call(path, Site(path, frames=frames))
        self.calls[path] = call
        try:
            call.inputs = describe(leaves, spec)
            _mark(leaves, tracer, path, "in")
        except NotCuttableError as problem:
            call.problem = str(problem)
        if not self.is_as_left(path):
            call.problem = "its caller sets something for as long as the call lasts"
        fragment = None if call.problem else self.lookup(path, call.inputs)
        if fragment is not None:
            result = self._opaque(call, fragment, leaves)
        else:
            with self.reads.inside(path):
                result = original(*args, **kwargs)
        self._finish(call, result, leaves, tracer)
        return result

    def _opaque(self, call: Call, fragment: object, leaves: list) -> object:
        call.is_opaque = True
        encoded = fragment.outputs
        _results[call.path] = [value for value in encoded if "tensor" in value]
        tensors = OPAQUE([leaf for leaf in leaves if isinstance(leaf, torch.Tensor)], call.path)
        results = [
            tensors.pop(0)
            if "tensor" in value
            else leaves[value["argument"]]
            if "argument" in value
            else value["plain"]
            for value in encoded
        ]
        return pytree.tree_unflatten(results, pytree.treespec_loads(fragment.out_spec))

    def _finish(self, call: Call, result: object, leaves: list, tracer: object) -> None:
        if call.problem:
            return
        try:
            outputs, spec = pytree.tree_flatten(result)
            places = {
                id(leaf): index for index, leaf in reversed([*enumerate(leaves)]) if isinstance(leaf, torch.Tensor)
            }
            passed = [places.get(id(output)) for output in outputs]
            call.outputs = [
                encode_value(output) if place is None else {"argument": place}
                for output, place in zip(outputs, passed, strict=True)
            ]
            outputs = [output if place is None else None for output, place in zip(outputs, passed, strict=True)]
            call.out_spec = pytree.treespec_dumps(spec)
            _mark(outputs, tracer, call.path, "out")
            _mark(leaves, tracer, call.path, "after")
        except (NotCuttableError, NotImplementedError) as problem:
            call.problem = str(problem)


@contextlib.contextmanager
def replaced_forward(module: nn.Module, forward: Callable) -> Iterator[None]:
    """`module` runs `forward` for as long as this lasts."""
    own = module.__dict__.get("forward")
    module.forward = forward
    try:
        yield
    finally:
        if own is None:
            del module.forward
        else:
            module.forward = own


def describe(leaves: list, spec: pytree.TreeSpec) -> Inputs:
    """The types of a call's arguments. Throws `NotCuttableError` where they cannot be written down."""
    first: dict[int, int] = {}
    same = [first.setdefault(id(leaf), i) if isinstance(leaf, torch.Tensor) else i for i, leaf in enumerate(leaves)]
    try:
        return Inputs(pytree.treespec_dumps(spec), [encode_value(leaf) for leaf in leaves], same)
    except NotImplementedError as error:
        raise NotCuttableError(f"a container that cannot be written down: {error}") from None


def _mark(leaves: list, tracer: object, path: str, kind: str) -> None:
    """Notes on the node of each tensor that it is leaf i of a block's arguments or results."""
    for index, leaf in enumerate(leaves):
        if not isinstance(leaf, torch.Tensor):
            continue
        slot = get_proxy_slot(leaf, tracer, None)
        if slot is None or not isinstance(leaf, FakeTensor):
            raise NotCuttableError("a tensor that does not come from the graph")
        node: Node = slot.proxy.node
        node.meta.setdefault(MARK, []).append((path, kind, index))
