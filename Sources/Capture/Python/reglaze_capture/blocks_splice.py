"""Puts a program together: the skeleton, with the graph of each block where it was called."""

import inspect
import re
from collections import defaultdict
from collections.abc import Callable

import torch
from torch import nn
from torch._export.utils import _rename_without_collisions
from torch._export.verifier import TrainingIRVerifier
from torch._subclasses import FakeTensorMode
from torch.export import ExportedProgram
from torch.export.exported_program import ModuleCallEntry, ModuleCallSignature
from torch.export.graph_signature import (
    ConstantArgument,
    ExportGraphSignature,
    InputKind,
    InputSpec,
    OutputKind,
    OutputSpec,
    TensorArgument,
)
from torch.fx import Graph, GraphModule, Node
from torch.fx.experimental.symbolic_shapes import ShapeEnv
from torch.utils import _pytree as pytree

from . import blocks_graph as graphs
from .blocks_cut import Fragment
from .blocks_graph import Frames, Site

_KEPT_METADATA = ("val", "nn_module_stack", "stack_trace", "unbacked_bindings")
# Where the calls are with which a program opens and closes the dimension of a `torch.vmap`.
_BATCHING = "torch._functorch.predispatch"
# Nodes that `torch.export` removes when nobody uses them.
_REMOVED_WHEN_UNUSED = (torch.ops.aten.detach.default,)
_PREFIXES = {InputKind.PARAMETER: "p_", InputKind.BUFFER: "b_", InputKind.CONSTANT_TENSOR: "c_"}


class Splice:
    """Builds the graph of a program in order, the arguments' placeholders last of all inputs."""

    def __init__(self, model: nn.Module, args: tuple, kwargs: dict):
        self.model, self.args, self.kwargs = model, args, kwargs
        self.graph, self.root = Graph(), nn.Module()
        self.values = graphs.Values(FakeTensorMode(shape_env=ShapeEnv(), allow_non_fake_inputs=True))
        self.constants: dict[str, torch.Tensor] = {}
        self.inputs: dict[str, Node] = {}  # placeholders of parameters, buffers and constants by reference
        self.specs: dict[Node, InputSpec] = {}
        self.lifted = 0

    def program(
        self, skeleton: Fragment, frames: Frames, blocks: dict[str, tuple[Fragment, Frames]]
    ) -> ExportedProgram:
        """The program; `blocks` has the graph of every block that the skeleton calls, and what its frames refer to."""
        arguments = self._placeholders(skeleton)
        environment = {f"i{index}": node for index, node in enumerate(arguments)}
        own: list[Node | None] = []

        def resolve(text: str) -> Node:
            if text in environment:
                return environment[text]
            return own[int(text[1:])] if text[0] == "n" else self._input(text, skeleton, "")

        for entry in skeleton.nodes:
            if "call" not in entry:
                own.append(self._node(entry, skeleton, frames, Site(), resolve))
                continue
            call = skeleton.calls[entry["call"]]
            self._block(call, entry["call"], *blocks[call["path"]], frames, environment, resolve)
            own.append(None)
        results = [
            resolve(text) if text is not None else value["plain"]
            for text, value in zip(skeleton.results, skeleton.outputs, strict=True)
        ]
        self.graph.output(tuple(results))
        self._remove_unused()
        return self._exported(results, skeleton.out_spec)

    def _block(
        self,
        call: dict,
        number: int,
        fragment: Fragment,
        own_frames: Frames,
        frames: Frames,
        environment: dict[str, Node],
        resolve: Callable[[str], Node],
    ) -> None:
        path = call["path"]
        site = Site(path, tuple(map(tuple, call["modules"])), tuple(map(tuple, frames.decode(call["frames"]))))
        arguments = [None if text is None else resolve(text) for text in call["arguments"]]
        made: list[Node] = []

        def inside(text: str) -> Node:
            match text[0]:
                case "n":
                    return made[int(text[1:])]
                case "i":
                    return arguments[int(text[1:])]
            return self._input(text, fragment, path)

        for entry in fragment.nodes:
            made.append(self._node(entry, fragment, own_frames, site, inside))
        for index, text in enumerate(fragment.results):
            if text is not None:
                environment[f"c{number}.{index}"] = inside(text)
        for index, text in fragment.rebinds.items():
            environment[call["arguments"][int(index)]] = inside(text)

    def _node(self, entry: dict, fragment: Fragment, frames: Frames, site: Site, resolve: Callable) -> Node:
        if "graph" in entry:
            name = f"submod_{sum(isinstance(child, GraphModule) for child in self.root.children())}"
            setattr(self.root, name, graphs.decode_subgraph(entry["graph"], self.values))
            node = self.graph.get_attr(name)
        else:
            args = graphs.decode_argument(entry["args"], resolve)
            kwargs = graphs.decode_argument(entry["kwargs"], resolve) if "kwargs" in entry else {}
            node = self.graph.call_function(graphs.decode_target(entry["target"]), tuple(args), kwargs)
        if "val" in entry:
            node.meta["val"] = self.values.make(entry["val"])
        if "stack" in entry:
            stack = {key: (name, kind) for key, name, kind in site.modules}
            for key, name, kind in fragment.stacks[entry["stack"]]:
                stack[f"L__self__{_below(site.path, key)}"] = (_below(site.path, name), kind)
            node.meta["nn_module_stack"] = stack
        if "trace" in entry:
            all_frames = [*site.frames, *frames.decode(fragment.traces[entry["trace"]])]
            if all_frames:
                node.meta["stack_trace"] = graphs.join_frames(all_frames)
        return node

    def _placeholders(self, skeleton: Fragment) -> list[Node]:
        """Placeholders of parameters and buffers, then of the arguments; constants come between, as they appear."""
        temporary = {f"b:{name}" for name in _buffers_not_saved(self.model)}
        for kind, letter, tensors in (
            (InputKind.PARAMETER, "p", self.model.named_parameters(remove_duplicate=False)),
            (InputKind.BUFFER, "b", self.model.named_buffers(remove_duplicate=False)),
        ):
            for name, tensor in tensors:
                node = self._placeholder(f"{letter}_{name}", graphs.encode_value(tensor))
                is_saved = f"b:{name}" not in temporary if kind == InputKind.BUFFER else None
                self.specs[node] = InputSpec(kind, TensorArgument(node.name), name, is_saved)
                self.inputs[f"p:{name}"] = node
        arguments = []
        for entry in skeleton.inputs:
            node = self._placeholder(entry["name"], entry["val"])
            is_tensor, name = "tensor" in entry["val"], entry["name"]
            argument = TensorArgument(name) if is_tensor else ConstantArgument(name, entry["val"]["plain"])
            self.specs[node] = InputSpec(InputKind.USER_INPUT, argument, None)
            arguments.append(node)
        return arguments

    def _placeholder(self, name: str, value: object) -> Node:
        node = self.graph.placeholder(re.sub(r"[^a-zA-Z0-9]", "_", name))
        node.meta["val"] = self.values.make(value)
        return node

    def _input(self, text: str, fragment: Fragment, path: str) -> Node:
        """The placeholder that `text` means inside the module `path`; constants get theirs when first met."""
        kind, name = text[0], text[2:]
        full = f"{path}.{name}" if path else name
        if kind == "p":
            return self.inputs[f"p:{full}"]
        if kind == "a":
            if text[:2] + full not in self.inputs:
                owner, _, attribute = full.rpartition(".")
                tensor = getattr(self.model.get_submodule(owner), attribute)
                self.inputs[text[:2] + full] = self._constant(full, tensor)
            return self.inputs[text[:2] + full]
        key = f"k:{path}:{name}"
        if key not in self.inputs:
            self.lifted += 1
            encoded = fragment.constants[int(name)]
            owner = _below(path, encoded["owner"])
            full = _below(owner, f"lifted_tensor_{self.lifted - 1}")
            self.inputs[key] = self._constant(full, graphs.decode_constant(encoded))
        return self.inputs[key]

    def _constant(self, name: str, tensor: torch.Tensor) -> Node:
        first = next((node for node, spec in self.specs.items() if spec.kind == InputKind.USER_INPUT), None)
        with self.graph.inserting_before(first):
            node = self._placeholder(f"c_{name}", graphs.encode_value(tensor))
        self.constants[name] = tensor
        self.specs[node] = InputSpec(InputKind.CONSTANT_TENSOR, TensorArgument(node.name), name)
        return node

    def _remove_unused(self) -> None:
        for node in reversed(self.graph.nodes):
            if not node.users and node.op == "call_function" and node.target in _REMOVED_WHEN_UNUSED:
                self.graph.erase_node(node)

    def _exported(self, results: list, out_spec: str) -> ExportedProgram:
        placeholders = [node for node in self.graph.nodes if node.op == "placeholder"]
        self._name(placeholders)
        rename(list(self.graph.nodes))
        inputs = [self.specs[node] for node in placeholders]
        outputs = [
            OutputSpec(
                OutputKind.USER_OUTPUT,
                TensorArgument(value.name) if isinstance(value, Node) else ConstantArgument("", value),
                None,
            )
            for value in results
        ]
        for spec in inputs:
            if spec.kind == InputKind.BUFFER and not spec.persistent:
                owner, _, attribute = spec.target.rpartition(".")
                self.constants[spec.target] = getattr(self.model.get_submodule(owner), attribute)
        _, in_spec = pytree.tree_flatten((self.args, self.kwargs))
        signature = ModuleCallSignature(
            [], [], in_spec, pytree.treespec_loads(out_spec), _argument_names(self.model, self.args, self.kwargs)
        )
        modules = [ModuleCallEntry(name) for name, _ in self.model.named_modules(remove_duplicate=False)]
        modules[0].signature = signature
        return ExportedProgram(
            self.root,
            self.graph,
            ExportGraphSignature(inputs, outputs),
            self._state(),
            {},
            modules,
            (self.args, self.kwargs),
            self.constants,
            verifiers=[TrainingIRVerifier],
        )

    def _state(self) -> dict[str, torch.Tensor]:
        parameters = dict(self.model.named_parameters(remove_duplicate=False))
        buffers = dict(self.model.named_buffers(remove_duplicate=False))
        temporary = _buffers_not_saved(self.model)
        return {name: tensor for name, tensor in (parameters | buffers).items() if name not in temporary}

    def _name(self, placeholders: list[Node]) -> None:
        """The names that `torch.export` gives: the arguments' first, then parameters and so on."""
        names, available, used = {}, defaultdict(int), set()
        for node in placeholders:
            if self.specs[node].kind == InputKind.USER_INPUT:
                name = self.specs[node].arg.name
                _rename_without_collisions(names, available, used, name, name, is_placeholder=True)
        for node in placeholders:
            spec = self.specs[node]
            if spec.kind == InputKind.USER_INPUT:
                name = spec.arg.name
            else:
                text = re.sub(r"[^a-zA-Z0-9]", "_", spec.target.removeprefix("self_")).lower()
                base = _PREFIXES[spec.kind] + text
                name = _rename_without_collisions(names, available, used, node.name, base, is_placeholder=True)
            node.name = node.target = spec.arg.name = name


def _below(path: str, name: str) -> str:
    return ".".join(part for part in (path, name) if part)


def _buffers_not_saved(model: nn.Module) -> set[str]:
    return {
        f"{path}.{name}" if path else name
        for path, module in model.named_modules(remove_duplicate=False)
        for name in module._non_persistent_buffers_set
    }


def _argument_names(model: nn.Module, args: tuple, kwargs: dict) -> list[str]:
    signature = inspect.signature(model.forward)
    names: list[str] = []
    for name, value in signature.bind_partial(*args).arguments.items():
        many = signature.parameters[name].kind == inspect.Parameter.VAR_POSITIONAL
        names += [f"{name}_{index}" for index, _ in enumerate(value)] if many else [name]
    return [*names, *kwargs]


def canonical(program: ExportedProgram) -> ExportedProgram:
    """`program`, its nodes and inner graphs renamed by their order and kept of their metadata what an archive says:
    equal graphs get equal texts, in whatever way they came about. What `torch.vmap` does to calls is done, and no
    longer a call of its own."""
    if any(getattr(node.target, "__module__", None) == _BATCHING for node in program.graph.nodes):
        program = program.run_decompositions({})
    nodes = list(program.graph.nodes)
    renamed = rename(nodes)
    for module in program.graph_module.modules():
        for node in module.graph.nodes if isinstance(module, GraphModule) else ():
            node.meta = {key: node.meta[key] for key in _KEPT_METADATA if key in node.meta}
    for spec in program.graph_signature.output_specs:
        if isinstance(spec.arg, TensorArgument):
            spec.arg.name = renamed.get(spec.arg.name, spec.arg.name)
    _number_inner_graphs(program.graph_module)
    program.graph_module.recompile()
    return program


def _number_inner_graphs(module: GraphModule) -> None:
    """Names the graphs of regions and branches as `Splice` does."""
    nodes = [
        node
        for node in module.graph.nodes
        if node.op == "get_attr" and isinstance(getattr(module, node.target, None), GraphModule)
    ]
    inner = {node.target: getattr(module, node.target) for node in nodes}
    names = {old: f"submod_{number}" for number, old in enumerate(inner)}
    for old in inner:
        delattr(module, old)
    for old, graph in inner.items():
        setattr(module, names[old], graph)
    for node in nodes:
        node.target = names[node.target]


def rename(nodes: list[Node]) -> dict[str, str]:
    """Names nodes by what they call, numbered in order; gives the new names by the old ones."""
    used = {node.name for node in nodes if node.op == "placeholder"}
    counts: dict[str, int] = {}
    renamed: dict[str, str] = {}
    for node in nodes:
        if node.op not in ("call_function", "get_attr"):
            continue
        base = _base_name(node)
        number = counts.get(base, 0)
        while (name := f"{base}_{number}" if number else base) in used:
            number += 1
        counts[base] = number + 1
        used.add(name)
        renamed[node.name] = name
        node.name = name
    return renamed


def _base_name(node: Node) -> str:
    if node.op == "get_attr":
        return "subgraph"
    packet = getattr(node.target, "overloadpacket", node.target)
    return re.sub(r"\W", "_", getattr(packet, "__name__", None) or str(packet)).strip("_") or "node"
