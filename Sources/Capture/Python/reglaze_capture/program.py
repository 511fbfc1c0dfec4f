"""The JSON of a program: PyTorch's schema, written without PyTorch's detours.

What each node means is left to PyTorch's own `GraphModuleSerializer`, so that every kind of argument and sub-graph
comes
out as its loader expects. Left out is what makes `torch.export.save` slow: the readable text of each graph (made even when
nobody logs it), the second validation, and a walk over dataclasses by reflection for every field. Traces are made
portable on the way.
"""

import dataclasses
import enum
import functools
import json
import math
import pathlib

import torch
from torch._export.serde import schema
from torch._export.serde import serialize as serde
from torch.export import ExportedProgram

from . import frames

# Of a node's metadata, what tells where it comes from.
_SEPARATOR = ";"


def program_json(program: ExportedProgram, root: pathlib.Path) -> bytes:
    """The program as PyTorch's loader reads it; files below `root` are named relative to it."""
    serializer = serde.GraphModuleSerializer(program.graph_signature, program.module_call_graph)
    serializer.serialize_graph = functools.partial(_graph, serializer)
    serializer.serialize_metadata = functools.partial(_metadata, root)
    graph_module = serializer.serialize(program.graph_module)
    document = {
        "graph_module": plain(graph_module),
        "opset_version": {"aten": torch._C._get_max_operator_version()},
        "range_constraints": plain(serde.serialize_range_constraints(program.range_constraints)),
        "schema_version": {"major": schema.SCHEMA_VERSION[0], "minor": schema.SCHEMA_VERSION[1]},
        "verifiers": [verifier.dialect for verifier in program.verifiers],
        "torch_version": torch.__version__.split("+")[0],
        "guards_code": list(program._guards_code or []),
    }
    return json.dumps(document, separators=(",", ":"), allow_nan=False).encode()


def _graph(serializer: serde.GraphModuleSerializer, graph_module: torch.fx.GraphModule) -> schema.Graph:
    for node in graph_module.graph.nodes:
        getattr(serializer, f"handle_{node.op}")(node)
    state = serializer.graph_state
    return schema.Graph(**{field.name: getattr(state, field.name) for field in dataclasses.fields(schema.Graph)})


def _metadata(root: pathlib.Path, node: torch.fx.Node) -> dict[str, str]:
    found = {}
    if trace := node.meta.get("stack_trace"):
        found["stack_trace"] = frames.portable_trace(trace, root)
    if stack := node.meta.get("nn_module_stack"):
        found["nn_module_stack"] = _SEPARATOR.join(
            f"{key},{path},{_type_name(kind)}" for key, (path, kind) in stack.items()
        )
    if function := node.meta.get("torch_fn"):
        found["torch_fn"] = _SEPARATOR.join(function)
    return found


def _type_name(kind: object) -> str:
    return kind if isinstance(kind, str) else f"{kind.__module__}.{kind.__qualname__}"


@functools.cache
def _field_names(kind: type) -> tuple[str, ...]:
    return tuple(field.name for field in dataclasses.fields(kind))


def plain(value: object) -> object:
    """Dictionaries, lists and scalars in place of PyTorch's dataclasses."""
    kind = type(value)
    if kind is str or kind is int or kind is bool or value is None:
        return value
    if kind is float:
        return (
            value if math.isfinite(value) else "NaN" if math.isnan(value) else "Infinity" if value > 0 else "-Infinity"
        )
    if kind is list or kind is tuple:
        return [plain(element) for element in value]
    if kind is dict:
        return {key: plain(element) for key, element in value.items()}
    if isinstance(value, serde._Union):
        return {value.type: plain(value.value)}
    if isinstance(value, enum.IntEnum):
        return int(value)
    return {name: plain(getattr(value, name)) for name in _field_names(kind)}
