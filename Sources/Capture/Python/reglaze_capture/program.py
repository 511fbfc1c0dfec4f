"""The JSON of a program: PyTorch's schema, written without PyTorch's detours.

What an operator's arguments are called and how sub-graphs nest is left to PyTorch's own `GraphModuleSerializer`.
Replaced
is what makes `torch.export.save` slow: the readable text of each graph (made even when nobody logs it), the second
validation, unions with a field for each of their thirty kinds, the import of a compiler back end to ask whether an
argument is one of its buffers, and a walk over dataclasses by reflection. Traces are made portable on the way.
"""

import dataclasses
import enum
import functools
import json
import math
import pathlib
from unittest import mock

import torch
from torch import fx
from torch._export.serde import schema
from torch._export.serde import serialize as serde
from torch._export.serde.union import _Union
from torch.export import ExportedProgram

from . import frames

_SEPARATOR = ";"


class Finished(dict):
    """A part of the document that is plain already."""


def program_json(program: ExportedProgram, root: pathlib.Path) -> bytes:
    """The program as PyTorch's loader reads it; files below `root` are named relative to it."""
    serializer = serde.GraphModuleSerializer(program.graph_signature, program.module_call_graph)
    serializer.serialize_graph = functools.partial(_graph, serializer)
    serializer.serialize_metadata = functools.partial(_metadata, root)
    serializer.serialize_input = functools.partial(_input, serializer, serializer.serialize_input)
    with (
        mock.patch.object(_Union, "create", classmethod(_union)),
        mock.patch.object(serde, "serialize_tensor_meta", tensor_meta),
    ):
        graph_module = plain(serializer.serialize(program.graph_module))
    document = {
        "graph_module": graph_module,
        "opset_version": {"aten": torch._C._get_max_operator_version()},
        "range_constraints": plain(serde.serialize_range_constraints(program.range_constraints)),
        "schema_version": {"major": schema.SCHEMA_VERSION[0], "minor": schema.SCHEMA_VERSION[1]},
        "verifiers": [verifier.dialect for verifier in program.verifiers],
        "torch_version": torch.__version__.partition("+")[0],
        "guards_code": list(program._guards_code or []),
    }
    return json.dumps(document, separators=(",", ":"), allow_nan=False).encode()


def _graph(serializer: serde.GraphModuleSerializer, graph_module: fx.GraphModule) -> schema.Graph:
    for node in graph_module.graph.nodes:
        getattr(serializer, f"handle_{node.op}")(node)
    state = serializer.graph_state
    return schema.Graph(**{field.name: getattr(state, field.name) for field in dataclasses.fields(schema.Graph)})


def _union(kind: type[_Union], **value: object) -> _Union:
    """A union that holds the one field it has."""
    union = object.__new__(kind)
    union.__dict__.update(value)
    union._type = next(iter(value))
    return union


def _input(serializer, original, argument: object, argument_type: object = None) -> schema.Argument:
    """The frequent arguments; the others as PyTorch writes them."""
    create = schema.Argument.create
    kind = type(argument)
    if _is_tensor(argument):
        return create(as_tensor=_tensor(serializer, argument))
    if argument is None:
        return create(as_none=True)
    if name := _SCALARS.get(kind):
        return create(**{name: argument})
    if kind is torch.dtype:
        return create(as_scalar_type=serde._TORCH_TO_SERIALIZE_DTYPE[argument])
    if kind is torch.device:
        return create(as_device=schema.Device(type=argument.type, index=argument.index))
    if kind is torch.memory_format:
        return create(as_memory_format=serde._TORCH_TO_SERIALIZE_MEMORY_FORMAT[argument])
    if kind is torch.layout:
        return create(as_layout=serde._TORCH_TO_SERIALIZE_LAYOUT[argument])
    if isinstance(argument, (list, tuple)):
        return _list(serializer, original, argument, argument_type)
    if kind is fx.Node and (found := _sub_graph_or_number(serializer, argument)):
        return found
    return original(argument, argument_type)


def _is_tensor(argument: object) -> bool:
    if type(argument) is not fx.Node or argument.op == "get_attr":
        return False
    return isinstance(argument.meta.get("val"), torch.Tensor)


_SCALARS = {bool: "as_bool", str: "as_string", int: "as_int", float: "as_float"}
_EMPTY = {"IntType": "as_ints", "SymIntType": "as_ints", "BoolType": "as_bools", "FloatType": "as_floats"}
_EMPTY |= {"TensorType": "as_tensors", "StringType": "as_strings"}


def _sub_graph_or_number(serializer, node: fx.Node) -> schema.Argument | None:
    create = schema.Argument.create
    if node.op == "get_attr":
        attribute = getattr(node.graph.owning_module, node.target)
        if not isinstance(attribute, fx.GraphModule):
            return None
        with serializer.save_graph_state():
            graph = serializer.serialize_graph(attribute)
        return create(as_graph=schema.GraphArgument(name=node.target, graph=graph))
    state = serializer.graph_state
    if node.name in state.sym_int_values:
        return create(as_sym_int=schema.SymIntArgument.create(as_name=node.name))
    if node.name in state.sym_float_values:
        return create(as_sym_float=schema.SymFloatArgument.create(as_name=node.name))
    if node.name in state.sym_bool_values:
        return create(as_sym_bool=schema.SymBoolArgument.create(as_name=node.name))
    return None


def _tensor(serializer, node: fx.Node) -> schema.TensorArgument:
    return schema.TensorArgument(name=serializer.duplicate_getitem_nodes.get(node.name, node.name))


def _list(serializer, original, argument: list | tuple, argument_type: object) -> schema.Argument:
    create = schema.Argument.create
    if not argument:
        if argument_type is None:
            return create(as_tensors=[])
        element = argument_type
        while hasattr(element, "getElementType"):
            element = element.getElementType()
        if name := _EMPTY.get(type(element).__name__):
            return create(**{name: []})
        return original(argument, argument_type)
    kinds = {type(element) for element in argument}
    if len(kinds) == 1 and (name := _SCALARS.get(next(iter(kinds)))):
        return create(**{name + "s": list(argument)})
    state = serializer.graph_state
    if kinds <= {int, fx.Node} and all(type(size) is int or size.name in state.sym_int_values for size in argument):
        sizes = [
            schema.SymIntArgument.create(**({"as_int": size} if type(size) is int else {"as_name": size.name}))
            for size in argument
        ]
        return create(as_sym_ints=sizes)
    if all(node is None or _is_tensor(node) for node in argument):
        if type(None) not in kinds:
            return create(as_tensors=[_tensor(serializer, node) for node in argument])
        optional = schema.OptionalTensorArgument.create
        tensors = [
            optional(as_none=True) if node is None else optional(as_tensor=_tensor(serializer, node))
            for node in argument
        ]
        return create(as_optional_tensors=tensors)
    return original(argument, argument_type)


def tensor_meta(tensor: torch.Tensor) -> Finished:
    """What the document says about a tensor's type and place in its storage."""
    return Finished(
        dtype=int(serde._TORCH_TO_SERIALIZE_DTYPE[tensor.dtype]),
        sizes=[_size(size) for size in tensor.shape],
        requires_grad=tensor.requires_grad,
        device={"type": tensor.device.type, "index": tensor.device.index},
        strides=[_size(stride) for stride in tensor.stride()],
        storage_offset=_size(tensor.storage_offset()),
        layout=int(serde._TORCH_TO_SERIALIZE_LAYOUT[tensor.layout]),
    )


def _size(size: int | torch.SymInt) -> dict:
    return {"as_int": size} if type(size) is int else plain(serde.serialize_sym_int(size))


def _metadata(root: pathlib.Path, node: fx.Node) -> Finished:
    found = Finished()
    if trace := node.meta.get("stack_trace"):
        found["stack_trace"] = frames.portable_trace(trace, root)
    if stack := node.meta.get("nn_module_stack"):
        parts = (f"{key},{path},{_type_name(kind)}" for key, (path, kind) in stack.items())
        found["nn_module_stack"] = _SEPARATOR.join(parts)
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
    if kind is str or kind is int or kind is bool or value is None or kind is Finished:
        return value
    if kind is float:
        if math.isfinite(value):
            return value
        return "NaN" if math.isnan(value) else "Infinity" if value > 0 else "-Infinity"
    if kind is list or kind is tuple:
        return [plain(element) for element in value]
    if kind is dict:
        return {key: plain(element) for key, element in value.items()}
    if isinstance(value, enum.IntEnum):
        return int(value)
    fields = object.__getattribute__(value, "__dict__")
    if isinstance(value, _Union):
        return {fields["_type"]: plain(fields[fields["_type"]])}
    return {name: plain(fields[name]) for name in _field_names(kind)}
