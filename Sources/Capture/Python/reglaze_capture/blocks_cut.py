"""Cuts a traced program into the graphs of its blocks and the skeleton around them."""

import dataclasses
import json
import re

import torch
from torch.export import ExportedProgram
from torch.export.graph_signature import InputKind, OutputKind, TensorArgument
from torch.fx import GraphModule, Node
from torch.utils import _pytree as pytree

from . import blocks_graph as graphs
from .blocks_graph import Frames, NotCuttableError, Site
from .blocks_trace import MARK, Call, Trace

_NEVER_COPIES = {"dropout", "feature_dropout", "alpha_dropout", "feature_alpha_dropout", "detach"}


@dataclasses.dataclass
class Fragment:
    """A block's graph, or the skeleton around the blocks, as plain data."""

    nodes: list[dict] = dataclasses.field(default_factory=list)
    stacks: list = dataclasses.field(default_factory=list)
    traces: list = dataclasses.field(default_factory=list)
    constants: list[dict] = dataclasses.field(default_factory=list)
    results: list = dataclasses.field(default_factory=list)  # a reference, or None where the leaf is no tensor
    outputs: list = dataclasses.field(default_factory=list)  # each leaf's type, or its value
    out_spec: str = ""
    rebinds: dict[str, str] = dataclasses.field(default_factory=dict)
    inputs: list[dict] = dataclasses.field(default_factory=list)  # skeleton: the arguments' placeholders
    calls: list[dict] = dataclasses.field(default_factory=list)  # skeleton: the blocks, in order

    def used_arguments(self) -> set[str]:
        """References to arguments among its nodes."""
        return {f"i{number}" for number in re.findall(r'"node": "i(\d+)"', json.dumps(self.nodes))}


class Cut:
    """The pieces of a traced program. Blocks that cannot stand alone stay in the skeleton, with the reason."""

    def __init__(self, trace: Trace, frames: dict[str, Frames]):
        self.program: ExportedProgram = trace.program
        self.trace = trace
        self.nodes = list(self.program.graph.nodes)
        self.problems: dict[str, str] = {}
        self.fragments: dict[str, Fragment] = {}
        self._constants: dict[str, dict[str, int]] = {}
        self._outside = self._references_to_inputs()
        self._marks = {kind: self._marked(kind) for kind in ("in", "after", "out")}
        self.slices = self._find_slices()
        for path in [*self.slices]:
            try:
                self._check(path)
                if not trace.calls[path].is_opaque:
                    self._frames = frames[path]
                    self.fragments[path] = self._fragment(path)
            except NotCuttableError as problem:
                self.problems[path] = str(problem)
                del self.slices[path]

    def _marked(self, kind: str) -> dict[tuple[str, int], Node]:
        return {
            (path, index): node
            for node in self.nodes
            for path, its_kind, index in node.meta.get(MARK, ())
            if its_kind == kind
        }

    def _references_to_inputs(self) -> dict[Node, str]:
        """For each placeholder what it stands for; constants by their place in the program's table."""
        placeholders = [node for node in self.nodes if node.op == "placeholder"]
        found, user = {}, 0
        for node, spec in zip(placeholders, self.program.graph_signature.input_specs, strict=True):
            match spec.kind:
                case InputKind.PARAMETER | InputKind.BUFFER:
                    found[node] = f"p:{spec.target}"
                case InputKind.CONSTANT_TENSOR:
                    is_lifted = spec.target.rpartition(".")[2].startswith("lifted_tensor")
                    found[node] = f"{'k' if is_lifted else 'a'}:{spec.target}"
                case InputKind.USER_INPUT:
                    found[node] = f"i{user}"
                    user += 1
                case kind:
                    raise NotCuttableError(f"an input of kind {kind}")
        return found

    def _find_slices(self) -> dict[str, list[Node]]:
        """The nodes of each block: those that its modules made."""
        slices: dict[str, list[Node]] = {}
        for node in self.nodes:
            if node.op in ("placeholder", "output"):
                continue
            if "" in self.trace.calls:
                slices.setdefault("", []).append(node)
                continue
            owner = node if "nn_module_stack" in node.meta else next(iter(node.users), None)
            for path, _ in owner.meta.get("nn_module_stack", {}).values() if owner is not None else ():
                if path in self.trace.calls and path not in self.trace.repeated:
                    slices.setdefault(path, []).append(node)
                    break
        for path in self.trace.calls:
            if path in self.trace.repeated or path not in slices:
                self.problems[path] = "called more than once" if path in self.trace.repeated else "adds no operator"
                slices.pop(path, None)
        return slices

    def _check(self, path: str) -> None:
        """Throws unless the slice is a run of nodes that meets the rest at its arguments and results alone."""
        call, inside = self.trace.calls[path], set(self.slices[path])
        if call.problem:
            raise NotCuttableError(call.problem)
        places = [index for index, node in enumerate(self.nodes) if node in inside]
        if places[-1] - places[0] + 1 != len(places):
            raise NotCuttableError("its operators do not stand together")
        visible = {node for kind in ("out", "after") for (one, _), node in self._marks[kind].items() if one == path}
        for node in inside - visible:
            if path and any(user not in inside for user in node.users):
                raise NotCuttableError(f"{node} is used outside without being a result")
        arguments = {node for (one, _), node in self._marks["in"].items() if one == path}
        roots = self._roots(self.slices[path], arguments)
        for index, value in enumerate(call.outputs):
            node = self._marks["out"].get((path, index))
            if "tensor" in value and (node not in inside or roots.get(node)):
                raise NotCuttableError("a result that shares an argument's memory, or is not computed here")
            if "tensor" not in value and "plain" not in value:
                raise NotCuttableError("a result of an unknown kind")
        if not any("tensor" in value for value in call.outputs):
            raise NotCuttableError("no tensor among its results")

    @staticmethod
    def _roots(nodes: list[Node], arguments: set[Node]) -> dict[Node, set[Node]]:
        """For each node the arguments whose memory its result may share. Throws where an argument is written."""
        roots: dict[Node, set[Node]] = {node: {node} for node in arguments}
        for node in nodes:
            shared: set[Node] = set()
            schema = getattr(node.target, "_schema", None)
            if schema is None:
                for used in node.all_input_nodes:
                    shared |= roots.get(used, set())
            else:
                aliased = {name for one in schema.returns if one.alias_info for name in one.alias_info.before_set}
                given = dict(zip((one.name for one in schema.arguments), node.args, strict=False)) | node.kwargs
                for one in schema.arguments:
                    values = [item for item in pytree.tree_leaves(given.get(one.name)) if isinstance(item, Node)]
                    touched = set().union(*(roots.get(value, set()) for value in values))
                    if touched and one.alias_info and one.alias_info.is_write:
                        raise NotCuttableError("it writes to an argument")
                    is_shared = one.alias_info and one.alias_info.before_set & aliased
                    if is_shared or node.target.overloadpacket.__name__ in _NEVER_COPIES:
                        shared |= touched
            roots[node] = shared
        return roots

    def _fragment(self, path: str) -> Fragment:
        call, prefix = self.trace.calls[path], f"{path}." if path else ""
        fragment, own = Fragment(), {}
        arguments: dict[Node, str] = {}
        for (one, index), node in self._marks["in"].items():
            if one == path:
                arguments[node] = min(arguments.get(node, f"i{index}"), f"i{index}", key=lambda text: int(text[1:]))

        def reference(node: Node) -> str:
            if node in own:
                return own[node]
            if node in arguments:
                return arguments[node]
            known = self._outside.get(node, "")
            if known.startswith(("p:", "a:")) and known[2:].startswith(prefix):
                return known[:2] + known[2:].removeprefix(prefix)
            if known.startswith("k:"):
                return self._constant(fragment, known[2:], path)
            raise NotCuttableError(f"{node}, which it uses, is none of its arguments")

        for node in self.slices[path]:
            own[node] = f"n{len(fragment.nodes)}"
            fragment.nodes.append(self._entry(node, fragment, reference, self._site(call.site, node)))
        fragment.outputs, fragment.out_spec = call.outputs, call.out_spec
        fragment.results = [
            own[self._marks["out"][path, index]] if "tensor" in value else None
            for index, value in enumerate(call.outputs)
        ]
        fragment.rebinds = {
            str(index): own[node]
            for (one, index), node in sorted(self._marks["after"].items(), key=lambda item: item[0][1])
            if one == path and node in own
        }
        return fragment

    def _site(self, site: Site, node: Node) -> Site:
        stack = [entry for entry in graphs._stack_rows(node)] if "nn_module_stack" in node.meta else []
        enclosing = []
        for entry in stack:
            if entry[1] == site.path:
                break
            enclosing.append(tuple(entry))
        return Site(site.path, tuple(enclosing), site.frames)

    def _constant(self, fragment: Fragment, name: str, path: str) -> str:
        """A reference to a constant, which the fragment holds with the module that made it."""
        indexes = self._constants.setdefault(path, {})
        if name not in indexes:
            indexes[name] = len(fragment.constants)
            owner = name.rpartition(".")[0]
            if not owner.startswith(path):
                raise NotCuttableError(f"a constant that {owner} made")
            encoded = graphs.encode_constant(self.program.constants[name])
            fragment.constants.append(encoded | {"owner": owner.removeprefix(path).removeprefix(".")})
        return f"k:{indexes[name]}"

    def _entry(self, node: Node, fragment: Fragment, reference, site: Site) -> dict:
        entry: dict = {}
        if node.op == "get_attr":
            module = getattr(self.program.graph_module, node.target)
            if not isinstance(module, GraphModule):
                raise NotCuttableError(f"{node} is no graph")
            entry["graph"] = graphs.encode_subgraph(module)
        else:
            entry["target"] = graphs.encode_target(node)
            entry["args"] = graphs.encode_argument(list(node.args), reference)
            if node.kwargs:
                entry["kwargs"] = graphs.encode_argument(dict(node.kwargs), reference)
        if "val" in node.meta:
            entry["val"] = graphs.encode_value(node.meta["val"])
        if "nn_module_stack" in node.meta:
            rows = graphs._stack_rows(node)[len(site.modules) :]
            entry["stack"] = _interned(fragment.stacks, [self._relative(row, site.path) for row in rows])
        if node.op == "call_function":
            frames = graphs.split_frames(node.meta.get("stack_trace"))
            depth = len(site.frames)
            if tuple(frames[:depth]) != tuple(site.frames):
                raise NotCuttableError(f"the frames of {node} do not begin with its caller's")
            entry["trace"] = _interned(fragment.traces, self._frames.encode(frames[depth:]))
        return entry

    @staticmethod
    def _relative(row: list[str], path: str) -> list[str]:
        key, name, kind = row
        start = f"L__self__{path}"
        if not key.startswith(start) or not name.startswith(path):
            raise NotCuttableError(f"an unusual stack of modules: {row}")
        return [key.removeprefix(start).removeprefix("."), name.removeprefix(path).removeprefix("."), kind]

    def skeleton(self, frames: Frames) -> Fragment:
        """What is left without the blocks that were cut. Throws `NotCuttableError` where it cannot be written down."""
        self._frames = frames
        fragment, own = Fragment(), {}
        slice_of = {node: path for path, nodes in self.slices.items() for node in nodes}
        numbers: dict[str, int] = {}
        marks_of = {kind: _by_node(marks) for kind, marks in self._marks.items()}

        def reference(node: Node) -> str:
            path = slice_of.get(node)
            if path is not None:
                for one, index in marks_of["out"].get(node, ()):
                    if one == path:
                        return f"c{numbers[path]}.{index}"
                index = next(index for one, index in marks_of["after"][node] if one == path)
                return reference(self._marks["in"][path, index])
            if node in own:
                return own[node]
            known = self._outside[node]
            return self._constant(fragment, known[2:], "") if known.startswith("k:") else known

        for node in self.nodes:
            if node.op in ("placeholder", "output"):
                continue
            path = slice_of.get(node)
            if path is None:
                own[node] = f"n{len(fragment.nodes)}"
                fragment.nodes.append(self._entry(node, fragment, reference, Site()))
            elif path not in numbers:
                numbers[path] = len(fragment.calls)
                fragment.nodes.append({"call": numbers[path]})
                fragment.calls.append(self._encoded_call(self.trace.calls[path], node, reference))
        self._boundary(fragment, reference)
        return fragment

    def _encoded_call(self, call: Call, node: Node, reference) -> dict:
        arguments = []
        for index, leaf in enumerate(call.inputs.leaves):
            used = self._marks["in"].get((call.path, index))
            arguments.append(reference(used) if "tensor" in leaf and used is not None else None)
        site = self._site(call.site, node)
        return {
            "path": call.path,
            "inputs": dataclasses.asdict(call.inputs),
            "arguments": arguments,
            "outputs": call.outputs,
            "out_spec": call.out_spec,
            "modules": site.modules,
            "frames": self._frames.encode(list(site.frames)),
        }

    def _boundary(self, fragment: Fragment, reference) -> None:
        """The program's own arguments and results."""
        for node, known in self._outside.items():
            if known.startswith("i"):
                fragment.inputs.append({"name": node.name, "val": graphs.encode_value(node.meta.get("val"))})
        (output,) = (node for node in self.nodes if node.op == "output")
        for spec, value in zip(self.program.graph_signature.output_specs, output.args[0], strict=True):
            if spec.kind != OutputKind.USER_OUTPUT:
                raise NotCuttableError(f"an output of kind {spec.kind}")
            is_tensor = isinstance(spec.arg, TensorArgument)
            if not is_tensor and isinstance(value, Node | torch.SymInt):
                raise NotCuttableError("an output that is no tensor")
            fragment.results.append(reference(value) if is_tensor else None)
            fragment.outputs.append(graphs.encode_value(value.meta["val"] if is_tensor else value))
        try:
            fragment.out_spec = pytree.treespec_dumps(self.program.call_spec.out_spec)
        except NotImplementedError as error:
            raise NotCuttableError(f"a container that cannot be written down: {error}") from None


def _interned(table: list, value: list) -> int:
    if value not in table:
        table.append(value)
    return table.index(value)


def _by_node(marks: dict[tuple[str, int], Node]) -> dict[Node, list[tuple[str, int]]]:
    found: dict[Node, list[tuple[str, int]]] = {}
    for key, node in marks.items():
        found.setdefault(node, []).append(key)
    return found
