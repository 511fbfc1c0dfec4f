"""Graphs as plain data: what is kept of `fx` nodes between captures, written as JSON and read back.

A fragment is a list of nodes that refer to values by short texts:

    n<i>      result of the fragment's own node i          i<k>    leaf k of the arguments
    p:<name>  parameter or buffer, below the fragment's module
    a:<name>  tensor that is a plain attribute             k:<j>   constant j, whose bytes the fragment holds
    c<j>.<k>  leaf k of the result of block j (in skeletons)

Of a node's metadata the value's type, the stack of modules and the frames of `forward` functions are kept: what an
archive says of a node.
"""

import base64
import dataclasses
import functools
import linecache
import math
import re
import types
from collections.abc import Callable

import torch
from torch._subclasses.fake_tensor import FakeTensor, FakeTensorMode
from torch.fx import Graph, GraphModule, Node

_FRAME = re.compile(r'File "(?P<file>[^"\n]+)", line (?P<line>\d+), in (?P<function>[^\n]*)(?:\n {4}(?P<text>[^\n]*))?')
_LARGEST_CONSTANT = 1 << 20
_TYPES = {
    "dtype": lambda text: getattr(torch, text),
    "device": torch.device,
    "memory_format": lambda text: getattr(torch, text),
    "layout": lambda text: getattr(torch, text),
}


class NotCuttableError(Exception):
    """A piece of a graph that cannot stand alone, and why."""


def encode_argument(value: object, reference: Callable[[Node], str]) -> object:
    """An argument of a node as JSON."""
    if isinstance(value, Node):
        return {"node": reference(value)}
    if value is None or isinstance(value, bool | str):
        return value
    if isinstance(value, int) and type(value) is int:
        return value
    if isinstance(value, float) and type(value) is float:
        return value if math.isfinite(value) else {"float": repr(value)}
    if isinstance(value, list):
        return [encode_argument(item, reference) for item in value]
    if isinstance(value, tuple):
        return {"tuple": [encode_argument(item, reference) for item in value]}
    if isinstance(value, slice):
        return {"slice": [encode_argument(item, reference) for item in (value.start, value.stop, value.step)]}
    if isinstance(value, complex):
        return {"complex": [value.real, value.imag]}
    if isinstance(value, dict) and all(isinstance(key, str) for key in value):
        return {"dict": {key: encode_argument(item, reference) for key, item in value.items()}}
    if isinstance(value, torch.dtype | torch.memory_format | torch.layout):
        return {type(value).__name__: str(value).removeprefix("torch.")}
    if isinstance(value, torch.device):
        return {"device": str(value)}
    raise NotCuttableError(f"an argument of type {type(value).__name__}")


def decode_argument(value: object, resolve: Callable[[str], object]) -> object:
    """The inverse of `encode_argument`; `resolve` gives the node that a reference means here."""
    if isinstance(value, list):
        return [decode_argument(item, resolve) for item in value]
    if not isinstance(value, dict):
        return value
    ((kind, content),) = value.items()
    match kind:
        case "node":
            return resolve(content)
        case "tuple":
            return tuple(decode_argument(item, resolve) for item in content)
        case "slice":
            return slice(*(decode_argument(item, resolve) for item in content))
        case "dict":
            return {key: decode_argument(item, resolve) for key, item in content.items()}
        case "float":
            return float(content)
        case "complex":
            return complex(*content)
    return _TYPES[kind](content)


def encode_target(node: Node) -> str:
    target = node.target
    if isinstance(target, torch._ops.OpOverload):
        return str(target)
    if isinstance(target, torch._ops.HigherOrderOperator):
        return f"higher_order.{target.name()}"
    if isinstance(target, types.BuiltinFunctionType) and target.__module__ == "_operator":
        return f"_operator.{target.__name__}"
    raise NotCuttableError(f"a node that calls {target}")


@functools.cache
def decode_target(text: str) -> object:
    """The operator that `text` names. Throws `AttributeError` for one that this PyTorch does not have."""
    namespace, _, name = text.partition(".")
    if namespace == "_operator":
        import _operator

        return getattr(_operator, name)
    found = getattr(torch.ops, namespace)
    for part in name.split("."):
        found = getattr(found, part)
    return found


def encode_value(value: object) -> object:
    """The type of a node's result: tensors by element type, shape, strides and so on; lists and tuples; plain numbers."""
    if isinstance(value, torch.Tensor):
        if value.layout != torch.strided or value.is_quantized:
            raise NotCuttableError("a tensor that is not strided")
        shape, strides, offset = list(value.shape), list(value.stride()), value.storage_offset()
        if not all(type(number) is int for number in (*shape, *strides, offset)):
            raise NotCuttableError("a size that is not known")
        dtype, device = str(value.dtype).removeprefix("torch."), str(value.device)
        return {"tensor": [dtype, shape, strides, offset, device, value.requires_grad]}
    if isinstance(value, list):
        return [encode_value(item) for item in value]
    if isinstance(value, tuple):
        return {"tuple": [encode_value(item) for item in value]}
    if value is None or type(value) in (bool, int, float, str):
        return {"plain": value}
    raise NotCuttableError(f"a result of type {type(value).__name__}")


class Values:
    """Makes the fake tensors that stand for results; equal types share one."""

    def __init__(self, mode: FakeTensorMode):
        self.mode = mode
        self._known: dict[str, torch.Tensor] = {}

    def make(self, encoded: object) -> object:
        if isinstance(encoded, list):
            return [self.make(item) for item in encoded]
        if "tuple" in encoded:
            return tuple(self.make(item) for item in encoded["tuple"])
        if "plain" in encoded:
            return encoded["plain"]
        key = repr(encoded["tensor"])
        if key not in self._known:
            self._known[key] = self._tensor(*encoded["tensor"])
        return self._known[key]

    def _tensor(self, dtype: str, shape: list, strides: list, offset: int, device: str, grad: bool) -> torch.Tensor:
        kind = getattr(torch, dtype)
        reach = 1 + offset + sum((size - 1) * step for size, step in zip(shape, strides, strict=True))
        memory = torch.empty(reach if 0 not in shape else offset, dtype=kind, device="meta")
        made = FakeTensor(self.mode, memory.as_strided(shape, strides, offset), torch.device(device))
        return made.requires_grad_(grad)


def encode_constant(value: torch.Tensor) -> dict:
    """A constant with its bytes."""
    if type(value) is not torch.Tensor or value.device.type != "cpu" or value.nbytes > _LARGEST_CONSTANT:
        raise NotCuttableError("a constant that is large, or no plain tensor")
    data = value.contiguous().reshape(-1).view(torch.uint8).numpy().tobytes()
    return {"type": encode_value(value.contiguous())["tensor"], "bytes": base64.b64encode(data).decode()}


def decode_constant(encoded: dict) -> torch.Tensor:
    dtype, shape = encoded["type"][:2]
    data = bytearray(base64.b64decode(encoded["bytes"]))
    kind = getattr(torch, dtype)
    return torch.frombuffer(data, dtype=kind).reshape(shape) if data else torch.empty(shape, dtype=kind)


@dataclasses.dataclass
class Site:
    """Where a piece of graph sits in its model: what to cut from its nodes' metadata, or to put before."""

    path: str = ""
    modules: tuple = ()  # entries of nn_module_stack that enclose the piece
    frames: tuple = ()  # frames of enclosing forward functions, innermost last


def split_frames(trace: str | None) -> list[tuple[str, int, str, str | None]]:
    """File, line, function and source text of each frame of a stack trace."""
    return [
        (frame["file"], int(frame["line"]), frame["function"], frame["text"]) for frame in _FRAME.finditer(trace or "")
    ]


def join_frames(frames: list[tuple[str, int, str, str | None]]) -> str:
    """The text of frames as PyTorch writes it."""
    lines = [
        f'  File "{file}", line {line}, in {function}\n' + (f"    {text}\n" if text else "")
        for file, line, function, text in frames
    ]
    return "".join(lines).strip()


class Frames:
    """Frames relative to the functions they are in, so that a function that moved in its file keeps its graph.

    `codes` are the functions by owner: a block's path, or "" for the code around blocks.
    """

    def __init__(self, codes: dict[str, list[types.CodeType]]):
        self._codes = codes
        self._places: dict[str, list[tuple[str, int, types.CodeType]]] = {}
        for owner, its_codes in codes.items():
            for index, code in enumerate(its_codes):
                self._places.setdefault(code.co_filename, []).append((owner, index, code))

    def encode(self, frames: list[tuple[str, int, str, str | None]]) -> list:
        return [self._relative(*frame) for frame in frames]

    def _relative(self, file: str, line: int, function: str, text: str | None) -> list:
        best = None
        for owner, index, code in self._places.get(file, ()):
            is_inside = code.co_name == function and code.co_firstlineno <= line <= _last_line(code)
            if is_inside and (best is None or code.co_firstlineno > best[2].co_firstlineno):
                best = (owner, index, code)
        if best is None:
            return [None, file, line, function, text]
        return [best[0], best[1], line - best[2].co_firstlineno, function]

    def decode(self, encoded: list) -> list[tuple[str, int, str, str | None]]:
        frames = []
        for owner, *rest in encoded:
            if owner is None:
                frames.append(tuple(rest))
                continue
            index, offset, function = rest
            code = self._codes[owner][index]
            line = code.co_firstlineno + offset
            frames.append((code.co_filename, line, function, linecache.getline(code.co_filename, line).strip()))
        return frames


@functools.cache
def _last_line(code: types.CodeType) -> int:
    return max((line for _, _, line in code.co_lines() if line is not None), default=code.co_firstlineno)


def encode_subgraph(module: GraphModule) -> dict:
    """A graph that a higher-order operator calls, whole, with its metadata as it is."""
    names: dict[Node, str] = {}
    nodes = []
    for node in module.graph.nodes:
        names[node] = f"n{len(nodes)}"
        entry: dict = {"op": node.op, "name": node.name}
        if node.op == "get_attr":
            entry["graph"] = encode_subgraph(getattr(module, node.target))
            entry["target"] = node.target
        elif node.op == "call_function":
            entry["target"] = encode_target(node)
        elif node.op == "placeholder":
            entry["target"] = node.target
        entry["args"] = encode_argument(node.args, names.__getitem__)
        entry["kwargs"] = encode_argument(dict(node.kwargs), names.__getitem__)
        if "val" in node.meta:
            entry["val"] = encode_value(node.meta["val"])
        for key in ("nn_module_stack", "stack_trace"):
            if key in node.meta:
                entry[key] = node.meta[key] if key == "stack_trace" else _stack_rows(node)
        nodes.append(entry)
    return {"nodes": nodes}


def _stack_rows(node: Node) -> list[list[str]]:
    return [[key, *entry] for key, entry in node.meta["nn_module_stack"].items()]


def decode_subgraph(encoded: dict, values: Values) -> GraphModule:
    """The inverse of `encode_subgraph`."""
    graph, root, made = Graph(), torch.nn.Module(), []
    for entry in encoded["nodes"]:
        resolve = lambda text: made[int(text[1:])]  # noqa: E731
        args, kwargs = decode_argument(entry["args"], resolve), decode_argument(entry["kwargs"], resolve)
        target = entry.get("target", "output")
        if entry["op"] == "get_attr":
            setattr(root, target, decode_subgraph(entry["graph"], values))
        elif entry["op"] == "call_function":
            target = decode_target(target)
        node = graph.create_node(entry["op"], target, args, kwargs, entry["name"])
        if "val" in entry:
            node.meta["val"] = values.make(entry["val"])
        if "stack_trace" in entry:
            node.meta["stack_trace"] = entry["stack_trace"]
        if "nn_module_stack" in entry:
            node.meta["nn_module_stack"] = {key: (path, kind) for key, path, kind in entry["nn_module_stack"]}
        made.append(node)
    return GraphModule(root, graph)
