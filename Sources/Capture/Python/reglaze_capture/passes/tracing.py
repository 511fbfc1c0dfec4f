"""Traces a model's forward as it is written, with the example's values at hand.

`torch.fx`'s own trace knows no values: it stops at the first size in an `if`. Here every node is also computed,
eagerly. What depends on no
input (sizes, types, parameters) is folded to its value; what does stays in the graph as it is called, `.item()`, `nms`
and boolean masks
included, for passes to replace. Where the trace may split, an `if` on a tensor follows both ways, and they meet in one
`torch.cond`.
"""

import dataclasses
import sys

import torch
from torch import fx, nn
from torch.utils import _pytree as pytree

from .. import failures, frames, state
from ..diagnostics import Diagnostic, Refusal
from ..session import Session

# What reads values, although its result is no tensor.
_READING = {"item", "tolist", "numpy", "equal", "allclose", "is_nonzero", "__array__"}
# What makes results whose size depends on data.
_UNSIZED = {"nonzero", "argwhere", "unique", "unique_consecutive", "masked_select", "bincount", "nms", "batched_nms"}

# More ways than this through one forward are a loop that should be a `torch.while_loop`.
_MOST_PATHS = 16


class Undecided(Exception):  # noqa: N818 - the end of a common part, not a mistake
    """Forward asks for a decision that this trace has not been told."""


class Shadow(fx.Proxy):
    """A value of the graph, and what it is in the example. `depends`: on an input; `is_sized`: other inputs give the
    same size."""

    value: object = None
    depends: bool = True
    is_sized: bool = True

    def __getattr__(self, name):
        value = getattr(self.value, name)
        if isinstance(value, torch.Tensor):
            return self.tracer.create_proxy("call_function", getattr, (self, name), {})
        if callable(value):
            return lambda *args, **kwargs: self.tracer.create_proxy("call_method", name, (self, *args), kwargs)
        if name == "shape":
            self._need_size()
        return value

    def _need_size(self):
        if not self.is_sized:
            raise self.tracer.refusal("a size that depends on data decides what forward does", "C105")

    def __len__(self):
        self._need_size()
        return len(self.value)

    def _number(self):
        if self.depends:
            raise self.tracer.refusal("forward turns a tensor's value into a number of Python")
        return self.value

    def __index__(self):
        return int(self._number())

    def __int__(self):
        return int(self._number())

    def __float__(self):
        return float(self._number())


def _has_tensor(value: object) -> bool:
    return any(isinstance(leaf, torch.Tensor) for leaf in pytree.tree_leaves(value))


def _is_masked(name: str, args: tuple) -> bool:
    """Whether this is `x[mask]`."""
    if name != "getitem" or not isinstance(args[0], Shadow):
        return False
    indices = [leaf for leaf in pytree.tree_leaves(args[1]) if isinstance(leaf, Shadow)]
    return any(isinstance(index.value, torch.Tensor) and index.value.dtype == torch.bool for index in indices)


class ShadowTracer(fx.Tracer):
    """Traces one way through forward: at each `if` on a tensor the next of `decisions`."""

    def __init__(self, session: Session, decisions: list[bool] | None, unsteady: set[str]):
        super().__init__()
        self.session = session
        self.decisions = decisions
        self.unsteady = unsteady
        self.taken = 0
        self.asked: fx.Node | None = None
        self.inputs = iter(session.example.copy().leaves())
        self.is_computing = False  # inside a module whose call is one node

    def proxy(self, node):
        return Shadow(node, self)

    def is_leaf_module(self, module, qualified_name):
        # Branches take parameters as operands, which the call of a module would hide.
        return self.decisions is None and super().is_leaf_module(module, qualified_name)

    def refusal(self, message: str, code: str = "C104") -> Refusal:
        place = frames.calling_place(sys._getframe(2), self.session.root)
        help = ['a pass of the stage "source" can replace the call; the values it needs must stay tensors']
        return Refusal([Diagnostic(code, message, place, [failures.NOTE_HOST], help)])

    def create_proxy(self, kind, target, args, kwargs, name=None, type_expr=None, proxy_factory_fn=None):
        shadows = [leaf for leaf in pytree.tree_leaves((args, kwargs)) if isinstance(leaf, Shadow)]
        if kind == "call_method" and target == "item" and self.decisions is not None and args[0].depends:
            # A number for a decision: as a tensor, the decision can be one of the device.
            target, args = "reshape", (args[0], ())
        value = self._compute(kind, target, args, kwargs)
        depends = kind in ("placeholder", "call_module") or any(shadow.depends for shadow in shadows)
        name_of = target if isinstance(target, str) else getattr(target, "__name__", "")
        if kind in ("call_function", "call_method") and not _has_tensor(value):
            reads = name_of in _READING or any(not _has_tensor(shadow.value) for shadow in shadows)
            if not (depends and reads):
                if name_of in ("size", "numel", "nelement"):
                    shadows[0]._need_size()
                return value
        result = super().create_proxy(kind, target, args, kwargs, name, type_expr, proxy_factory_fn)
        result.value = value
        result.depends = depends or target in self.unsteady
        result.is_sized = (
            name_of not in _UNSIZED and not _is_masked(name_of, args) and all(each.is_sized for each in shadows)
        )
        return result

    def call_module(self, module, forward, args, kwargs):
        return forward(*args, **kwargs) if self.is_computing else super().call_module(module, forward, args, kwargs)

    def getattr(self, attr, attr_val, parameter_proxy_cache):
        return attr_val if self.is_computing else super().getattr(attr, attr_val, parameter_proxy_cache)

    def _compute(self, kind: str, target, args, kwargs) -> object:
        if kind == "placeholder":
            return next(self.inputs)
        args, kwargs = pytree.tree_map_only(Shadow, lambda shadow: shadow.value, (args, kwargs))
        self.is_computing = True
        try:
            return self._call(kind, target, args, kwargs)
        finally:
            self.is_computing = False

    def _call(self, kind: str, target, args, kwargs) -> object:
        match kind:
            case "get_attr":
                value = self.root
                for part in target.split("."):
                    value = getattr(value, part)
                return value
            case "call_function":
                return target(*args, **kwargs)
            case "call_method":
                return getattr(args[0], target)(*args[1:], **kwargs)
            case "call_module":
                return self.root.get_submodule(target)(*args, **kwargs)
        return None

    def create_node(self, kind, target, args, kwargs, name=None, type_expr=None):
        node = super().create_node(kind, target, args, kwargs, name, type_expr)
        if kind != "placeholder" and (place := frames.calling_place(sys._getframe(1), self.session.root)):
            node.meta["stack_trace"] = (
                f'  File "{place.file}", line {place.line}, in {place.function}\n    {place.text}'
            )
        return node

    def to_bool(self, obj: Shadow) -> bool:
        if not obj.depends:
            return bool(obj.value)
        if self.decisions is None or not isinstance(obj.value, torch.Tensor):
            raise self.refusal("forward depends on a tensor's value")
        if self.taken == len(self.decisions):
            self.asked = obj.node
            raise Undecided
        self.taken += 1
        return self.decisions[self.taken - 1]

    def iter(self, obj: Shadow):
        return iter([obj[index] for index in range(len(obj.value))])

    def keys(self, obj: Shadow):
        return obj.value.keys()


@dataclasses.dataclass
class Way:
    """What forward does up to its next decision: the nodes, and behind `asked` the two ways on."""

    nodes: list[fx.Node]
    asked: fx.Node | None
    yes: "Way | None" = None
    no: "Way | None" = None

    def used_after(self, count: int) -> set[int]:
        """The numbers of those of the first `count` nodes that later nodes use."""
        if self.yes:
            return {index for way in (self.yes, self.no) for index in way.used_after(count)} | self._used(count)
        return self._used(count)

    def attributes_after(self, count: int) -> set[str]:
        """The parameters and buffers that nodes after the first `count` name."""
        own = {node.target for node in self.nodes[count:] if node.op == "get_attr"}
        return own.union(*(way.attributes_after(count) for way in (self.yes, self.no) if way))

    def _used(self, count: int) -> set[int]:
        numbers = {node: index for index, node in enumerate(self.nodes)}
        used = {
            numbers[source] for node in self.nodes[count:] for source in node.all_input_nodes if numbers[source] < count
        }
        if self.asked is not None and numbers[self.asked] < count:
            used.add(numbers[self.asked])
        return used


def trace(session: Session, splits: bool) -> fx.GraphModule:
    """The graph of the model's forward; with `splits`, of all ways through it."""
    if isinstance(session.model, fx.GraphModule):
        return session.model
    before = state.State(session.model)
    with before.kept(), torch.no_grad():
        session.model(*session.example.copy().args, **session.example.copy().kwargs)
        unsteady = {
            name
            for name, buffer in session.model.named_buffers()
            if any(buffer is old and not torch.equal(buffer, value) for old, value in before.buffers)
        }
    paths = [0]
    way = _follow(session, [] if splits else None, unsteady, paths)
    graph = fx.Graph()
    _write(session.model, way, 0, {}, graph)
    return _module(session.model, graph)


def _follow(session: Session, decisions: list[bool] | None, unsteady: set[str], paths: list[int]) -> Way:
    tracer = ShadowTracer(session, decisions, unsteady)
    with state.State(session.model).kept(), torch.no_grad():
        try:
            graph = tracer.trace(session.model)
        except Undecided:
            nodes = list(tracer.graph.nodes)
            yes = _follow(session, [*decisions, True], unsteady, paths)
            return Way(nodes, tracer.asked, yes, _follow(session, [*decisions, False], unsteady, paths))
    paths[0] += 1
    if paths[0] > _MOST_PATHS:
        raise Refusal(
            [Diagnostic("C104", f"forward has more than {_MOST_PATHS} ways", help=["torch.while_loop, or torch.where"])]
        )
    return Way(list(graph.nodes), None)


def _write(model: nn.Module, way: Way, start: int, known: dict[int | str, fx.Node], graph: fx.Graph) -> None:
    """Writes the nodes of `way` from number `start` on; `known` holds the nodes of `graph` for those before, and for
    attributes."""
    numbers = {node: index for index, node in enumerate(way.nodes)}
    end = len(way.nodes)
    for index in range(start, end):
        node = way.nodes[index]
        if node.op == "get_attr" and node.target in known:
            known[index] = known[node.target]
        else:
            known[index] = graph.node_copy(node, lambda source: known[numbers[source]])
    if way.asked is None:
        return
    used = {index for branch in (way.yes, way.no) for index in branch.used_after(end)}
    attributes = {name for branch in (way.yes, way.no) for name in branch.attributes_after(end)}
    # An attribute is one operand, however often it is named: operands must not be aliases.
    named = {index for index in used if way.nodes[index].op == "get_attr"}
    attributes |= {way.nodes[index].target for index in named}
    operands = [*sorted(used - named), *sorted(attributes)]
    for name in sorted(attributes - set(known)):
        known[name] = graph.create_node("get_attr", name)
    graph._branches = {
        f"{kind}_graph_{end}": _branch(model, branch, end, operands)
        for kind, branch in (("true", way.yes), ("false", way.no))
    }
    predicate = known[numbers[way.asked]]
    branches = [graph.create_node("get_attr", name) for name in graph._branches]
    arguments = (predicate, *branches, tuple(known[operand] for operand in operands))
    graph.output(graph.call_function(torch.cond, arguments))


def _branch(model: nn.Module, way: Way, start: int, operands: list[int | str]) -> fx.GraphModule:
    graph = fx.Graph()
    known = {operand: graph.placeholder(f"operand_{position}") for position, operand in enumerate(operands)}
    for index, node in enumerate(way.nodes[:start]):
        if node.op == "get_attr" and node.target in known:
            known[index] = known[node.target]
    _write(model, way, start, known, graph)
    _copy_operands(graph)
    return _module(model, graph)


def _copy_operands(graph: fx.Graph) -> None:
    """A branch may not hand its operands on as they are."""
    output = graph.output_node()
    with graph.inserting_before(output):
        for node in output.all_input_nodes:
            if node.op == "placeholder":
                output.replace_input_with(node, graph.call_method("clone", (node,)))


def _module(model: nn.Module, graph: fx.Graph) -> fx.GraphModule:
    """A module for `graph` with the parts of `model` that it names, and its branches."""
    root = nn.Module()
    branches = getattr(graph, "_branches", {})
    for name, branch in branches.items():
        root.add_module(name, branch)
    for node in graph.nodes:
        if node.op in ("get_attr", "call_module") and node.target not in branches:
            _share(model, root, node.target)
    return fx.GraphModule(root, graph, type(model).__name__)


def _share(source: nn.Module, target: nn.Module, path: str) -> None:
    """Makes `path` of `source` reachable in `target`, under the same name."""
    *folders, name = path.split(".")
    for folder in folders:
        source = getattr(source, folder)
        if not hasattr(target, folder):
            target.add_module(folder, nn.Module())
        target = getattr(target, folder)
    value = getattr(source, name)
    if isinstance(value, torch.Tensor) and not isinstance(value, nn.Parameter):
        target.register_buffer(name, value, persistent=name not in source._non_persistent_buffers_set)
    else:
        setattr(target, name, value)
