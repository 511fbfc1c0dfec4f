"""Post-training quantisation at capture, through torchao's PT2E flow: the archive then holds q/dq pairs.

Weights are int8 with a scale for each output channel, symmetric (-127...127). Activations are int8 with one scale for
each tensor, symmetric or with a zero point; their ranges are the least and greatest values that calibration saw.
"""

import pathlib

import torch
from torch import nn
from torch.export import ExportedProgram
from torch.fx import GraphModule, Node
from torch.utils import _pytree as pytree
from torchao.quantization.pt2e import MinMaxObserver, PerChannelMinMaxObserver
from torchao.quantization.pt2e.quantize_pt2e import convert_pt2e, prepare_pt2e
from torchao.quantization.pt2e.quantizer import (
    QuantizationAnnotation,
    QuantizationSpec,
    Quantizer,
    SharedQuantizationSpec,
)

from .blocks_splice import canonical

RANDOM_CALLS = 8

_aten = torch.ops.aten
# Operators with weights, and the axis of the weight that numbers the output channels.
_WEIGHTED = {
    _aten.conv1d.default: 0,
    _aten.conv1d.padding: 0,
    _aten.conv2d.default: 0,
    _aten.conv2d.padding: 0,
    _aten.conv3d.default: 0,
    _aten.linear.default: 0,
    _aten.conv_transpose2d.input: 1,
}
# Operators that are part of the one before them: no rounding in between.
_CLAMPS = {
    _aten.relu.default,
    _aten.relu_.default,
    _aten.hardtanh.default,
    _aten.hardtanh_.default,
    _aten.relu6.default,
}
# Operators on integers with a range of their own for the result.
_COMPUTING = {
    _aten.add.Tensor,
    _aten.add_.Tensor,
    _aten.sub.Tensor,
    _aten.mul.Tensor,
    _aten.mul_.Tensor,
    _aten.matmul.default,
    _aten.bmm.default,
    _aten.cat.default,
    _aten.hardswish.default,
    _aten.hardswish_.default,
    _aten.hardsigmoid.default,
    _aten.hardsigmoid_.default,
    _aten.sigmoid.default,
    _aten.silu.default,
    _aten.silu_.default,
    _aten.gelu.default,
    _aten.adaptive_avg_pool2d.default,
    _aten.avg_pool2d.default,
    _aten.mean.dim,
}
# Operators that move values: the result keeps its argument's range.
_MOVING = {
    _aten.max_pool2d.default,
    _aten.flatten.using_ints,
    _aten.reshape.default,
    _aten.view.default,
    _aten.permute.default,
    _aten.transpose.int,
    _aten.squeeze.dim,
    _aten.unsqueeze.default,
}
_KEY = "quantization_annotation"


class CalibrationError(Exception):
    """Calibration inputs that do not fit the model."""


class Int8Quantizer(Quantizer):
    """Says which edges of a graph become int8."""

    def __init__(self, symmetric: bool):
        scheme = torch.per_tensor_symmetric if symmetric else torch.per_tensor_affine
        least = -127 if symmetric else -128
        self._activation = QuantizationSpec(torch.int8, MinMaxObserver, least, 127, qscheme=scheme, is_dynamic=False)

    @staticmethod
    def _weight(axis: int) -> QuantizationSpec:
        scheme = torch.per_channel_symmetric
        return QuantizationSpec(torch.int8, PerChannelMinMaxObserver, -127, 127, qscheme=scheme, ch_axis=axis)

    def annotate(self, model: GraphModule) -> GraphModule:
        for node in model.graph.nodes:
            if node.op != "call_function" or not _is_float(node):
                continue
            if node.target in _WEIGHTED:
                inputs = {node.args[0]: self._activation}
                if isinstance(node.args[1], Node) and node.args[1].op == "get_attr":
                    inputs[node.args[1]] = self._weight(_WEIGHTED[node.target])
                self._mark(node, inputs, None if self._clamp_after(node) else self._activation)
            elif node.target in _CLAMPS and self._is_fused(node):
                self._mark(node, {}, self._activation)
            elif node.target in _COMPUTING or node.target in _CLAMPS:
                inputs = {one: self._activation for one in node.all_input_nodes if _is_float(one)}
                self._mark(node, inputs, None if self._clamp_after(node) else self._activation)
            elif node.target in _MOVING:
                source = node.args[0]
                self._mark(node, {source: self._activation}, SharedQuantizationSpec((source, node)))
        return model

    @staticmethod
    def _clamp_after(node: Node) -> bool:
        return len(node.users) == 1 and next(iter(node.users)).target in _CLAMPS

    def _is_fused(self, node: Node) -> bool:
        before = node.args[0]
        return (before.target in _WEIGHTED or before.target in _COMPUTING) and self._clamp_after(before)

    @staticmethod
    def _mark(node: Node, inputs: dict, output: object) -> None:
        node.meta[_KEY] = QuantizationAnnotation(input_qspec_map=inputs, output_qspec=output, _annotated=True)

    def validate(self, model: GraphModule) -> None:
        """Every graph will do: what is not marked stays as it is."""


def _is_float(node: Node) -> bool:
    value = node.meta.get("val")
    return isinstance(value, torch.Tensor) and value.dtype == torch.float32


def quantise(
    module: nn.Module, args: tuple, kwargs: dict, calibration: list[tuple[tuple, dict]], symmetric: bool = False
) -> ExportedProgram:
    """The int8 program of `module`, its ranges set by the calls in `calibration`."""
    with torch.no_grad():
        program = torch.export.export(module, args, kwargs, strict=False)
    return quantise_program(program, calibration, symmetric)


def quantise_program(
    program: ExportedProgram, calibration: list[tuple[tuple, dict]], symmetric: bool = False
) -> ExportedProgram:
    """The int8 form of a float program."""
    args, kwargs = program.example_inputs
    with torch.no_grad():
        prepared = prepare_pt2e(program.module(check_guards=False), Int8Quantizer(symmetric))
        for one_args, one_kwargs in calibration:
            prepared(*one_args, **one_kwargs)
        converted = convert_pt2e(prepared)
        _drop_unused(converted)
        exported = torch.export.export(converted, args, kwargs, strict=False)
    for node in exported.graph.nodes:
        if stack := node.meta.get("nn_module_stack"):
            # Exported twice, hence the prefix twice.
            node.meta["nn_module_stack"] = {key.removeprefix("L__self__"): entry for key, entry in stack.items()}
    for node in reversed(exported.graph.nodes):
        _place(node)
    return canonical(exported)


def _place(node: Node) -> None:
    """A q/dq node belongs to the operator that it serves: dq to the one that reads it, q to the one before it."""
    name = str(node.target)
    if not name.startswith("quantized_decomposed."):
        return
    is_reading = ".dequantize" in name
    served = next(iter(node.users), None) if is_reading else node.args[0]
    for key in ("nn_module_stack", "stack_trace"):
        if served is not None and served.op == "call_function" and key in served.meta:
            node.meta[key] = served.meta[key]


def _drop_unused(module: GraphModule) -> None:
    """Removes parameters and buffers that no node mentions: float weights stay behind beside their integers."""
    used = {node.target for node in module.graph.nodes if node.op == "get_attr"}
    for store in ("named_parameters", "named_buffers"):
        for name, _ in [*getattr(module, store)(remove_duplicate=False)]:
            if name not in used:
                owner, _, attribute = name.rpartition(".")
                delattr(module.get_submodule(owner), attribute)


def random_calls(args: tuple, kwargs: dict, count: int = RANDOM_CALLS) -> list[tuple[tuple, dict]]:
    """The example call, and others with normally distributed numbers of the same spread."""
    generator = torch.Generator().manual_seed(0)

    def fresh(leaf):
        if not isinstance(leaf, torch.Tensor) or not leaf.is_floating_point() or leaf.numel() < 2:
            return leaf
        return leaf.mean() + leaf.std() * torch.randn(leaf.shape, generator=generator, dtype=leaf.dtype)

    return [(args, kwargs), *(pytree.tree_map(fresh, (args, kwargs)) for _ in range(count - 1))]


def load_calls(path: pathlib.Path, args: tuple, kwargs: dict) -> list[tuple[tuple, dict]]:
    """Calls from a safetensors file: `input.<i>` holds samples of leaf i of the arguments along its first dimension.

    A leaf that the file does not name keeps its example value. Throws `CalibrationError` where shapes do not fit.
    """
    from safetensors.torch import load_file

    tensors = load_file(path)
    leaves, spec = pytree.tree_flatten((args, kwargs))
    names = {f"input.{index}": index for index, leaf in enumerate(leaves) if isinstance(leaf, torch.Tensor)}
    if unknown := sorted(tensors.keys() - names.keys()):
        raise CalibrationError(f"{unknown[0]} names no argument; there are {', '.join(names)}")
    samples: dict[int, torch.Tensor] = {}
    for name, tensor in tensors.items():
        leaf = leaves[names[name]]
        if tensor.dtype != leaf.dtype:
            raise CalibrationError(f"{name} is {tensor.dtype}, the argument {leaf.dtype}")
        stacked = tensor.unsqueeze(0) if tensor.shape == leaf.shape else tensor
        if stacked.dim() == leaf.dim() and stacked.shape[1:] == leaf.shape[1:] and leaf.shape[0] == 1:
            stacked = stacked.unsqueeze(1)
        if stacked.shape[1:] != leaf.shape:
            raise CalibrationError(f"{name} is {list(tensor.shape)}, which is no list of {list(leaf.shape)}")
        samples[names[name]] = stacked
    counts = {len(tensor) for tensor in samples.values()}
    if len(counts) != 1:
        raise CalibrationError("no samples" if not counts else f"different numbers of samples: {sorted(counts)}")
    return [
        pytree.tree_unflatten(
            [samples[index][call] if index in samples else leaf for index, leaf in enumerate(leaves)], spec
        )
        for call in range(counts.pop())
    ]
