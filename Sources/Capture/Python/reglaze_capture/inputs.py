"""The example inputs of a capture: two sets, so that a program that baked values in is found out.

A leaf of the manifest is `{"shape": [..], "dtype": ".."}` and may say how it is filled:
    "values": "normal"              normally distributed; what floats are by default
    "values": "zeros" | "ones"      the same in both sets
    "values": "uniform", "low", "high"      between low (0) and high (1)
    "values": "randint", "low", "high"      low (0) <= value < high (2); what integers and booleans are by default
    "file": "x.safetensors:name"    a tensor of a file of the workspace; the second set permutes its elements
Other entries: a number, a string, a boolean or null is passed as it is; a list is a list, an object a dictionary.
"""

import dataclasses
import zlib

import torch
from torch.utils import _pytree as pytree

from .diagnostics import Diagnostic, Refusal

KINDS = ("normal", "uniform", "zeros", "ones", "randint")
_LEAF_KEYS = {"shape", "dtype", "values", "low", "high", "file"}


@dataclasses.dataclass
class Example:
    """The arguments of one call."""

    args: tuple
    kwargs: dict

    def leaves(self) -> list:
        return pytree.tree_leaves((self.args, self.kwargs))

    def copy(self) -> "Example":
        """The same values in other storages, so that a call which writes into its inputs harms no other."""
        args, kwargs = pytree.tree_map_only(
            torch.Tensor, lambda tensor: tensor.detach().clone(), (self.args, self.kwargs)
        )
        return Example(args, kwargs)


def wrong(message: str, *help: str) -> Refusal:
    return Refusal([Diagnostic("C118", message, help=list(help))])


def element_type(name: object) -> torch.dtype:
    """The type of elements called `name` in PyTorch, in the spelling of either PyTorch or safetensors."""
    short = {
        "f32": "float32",
        "f16": "float16",
        "bf16": "bfloat16",
        "f64": "float64",
        "i64": "int64",
        "i32": "int32",
        "i16": "int16",
        "i8": "int8",
        "u8": "uint8",
    }
    found = getattr(torch, short.get(name, name), None) if isinstance(name, str) else None
    if not isinstance(found, torch.dtype):
        raise wrong(f"there is no element type {name!r}", "for example float32, int64, bool")
    return found


class Filler:
    """Makes tensors from leaves; the same name and the same leaves give the same values."""

    def __init__(self, name: str, call: int, session_read, workspace):
        self.generator = torch.Generator().manual_seed(zlib.crc32(name.encode()) + call)
        self.call = call
        self.read = session_read
        self.workspace = workspace

    def tree(self, spec: object, where: str) -> object:
        if isinstance(spec, dict):
            if "shape" in spec or "file" in spec:
                return self.leaf(spec, where)
            return {key: self.tree(value, f"{where}.{key}") for key, value in spec.items()}
        if isinstance(spec, list):
            return [self.tree(value, f"{where}[{index}]") for index, value in enumerate(spec)]
        return spec

    def leaf(self, spec: dict, where: str) -> torch.Tensor:
        if unknown := sorted(set(spec) - _LEAF_KEYS):
            raise wrong(f"{where} has an unknown key {unknown[0]!r}", f"known are {', '.join(sorted(_LEAF_KEYS))}")
        if "file" in spec:
            return self.from_file(spec, where)
        shape, dtype = spec["shape"], element_type(spec.get("dtype", "float32"))
        if not isinstance(shape, list) or not all(type(size) is int and size >= 0 for size in shape):
            raise wrong(f"the shape of {where} is {shape!r}, not a list of sizes")
        kind = spec.get("values") or ("normal" if dtype.is_floating_point or dtype.is_complex else "randint")
        match kind:
            case "normal":
                return torch.randn(shape, generator=self.generator).to(dtype)
            case "uniform":
                low, high = spec.get("low", 0.0), spec.get("high", 1.0)
                return (torch.rand(shape, generator=self.generator) * (high - low) + low).to(dtype)
            case "zeros":
                return torch.zeros(shape, dtype=dtype)
            case "ones":
                return torch.ones(shape, dtype=dtype)
            case "randint":
                low, high = spec.get("low", 0), spec.get("high", 2)
                if not low < high:
                    raise wrong(f"{where} has no integers from {low} up to {high}")
                return torch.randint(low, high, shape, generator=self.generator).to(dtype)
        raise wrong(f"{where} has values {kind!r}", f"known are {', '.join(KINDS)}")

    def from_file(self, spec: dict, where: str) -> torch.Tensor:
        file, _, name = spec["file"].rpartition(":")
        path = self.workspace / file
        try:
            from safetensors import safe_open

            with safe_open(path, framework="pt") as tensors:
                tensor = tensors.get_tensor(name)
        except Exception as error:
            raise wrong(f"{where} cannot be read from {spec['file']!r}: {error}") from error
        self.read(path)
        if self.call == 0:
            return tensor
        order = torch.randperm(tensor.numel(), generator=self.generator)
        return tensor.flatten()[order].reshape(tensor.shape).contiguous()


def from_manifest(inputs: list, kwargs: dict, filler: Filler) -> Example:
    args = tuple(filler.tree(spec, f"input {index}") for index, spec in enumerate(inputs))
    return Example(args, {name: filler.tree(spec, f"input {name!r}") for name, spec in kwargs.items()})


def like(example: Example, seed: int) -> Example:
    """Other values of the same kind: integers stay between the least and the greatest, floats keep mean and
    deviation."""
    generator = torch.Generator().manual_seed(seed)

    def other(tensor: torch.Tensor) -> torch.Tensor:
        if tensor.numel() == 0 or tensor.is_complex():
            return tensor.detach().clone()
        if tensor.dtype == torch.bool or not tensor.is_floating_point():
            low, high = int(tensor.min()), int(tensor.max())
            return torch.randint(low, high + 1, tensor.shape, generator=generator).to(tensor.dtype)
        values = tensor.detach().double()
        low, high = values.min(), values.max()
        if low >= 0:  # An image or a probability: stays one.
            drawn = torch.rand(tensor.shape, generator=generator, dtype=torch.double) * (high - low) + low
        else:
            drawn = (
                torch.randn(tensor.shape, generator=generator, dtype=torch.double) * values.std(correction=0)
                + values.mean()
            )
        return drawn.to(tensor.dtype)

    args, kwargs = pytree.tree_map_only(torch.Tensor, other, (example.args, example.kwargs))
    return Example(args, kwargs)


def dynamic_shapes(dynamic: dict | None, example: Example) -> tuple | None:
    """What torch.export calls dynamic shapes, from `{"0": {"0": "batch"}}`: position of the leaf, dimension, name."""
    if not dynamic:
        return None
    leaves, structure = pytree.tree_flatten((example.args, example.kwargs))
    shapes: list[dict | None] = [None] * len(leaves)
    for position, dimensions in dynamic.items():
        if not (position.isdigit() and int(position) < len(leaves)):
            raise wrong(f"a dynamic dimension of input {position}, but there are {len(leaves)}")
        leaf = leaves[int(position)]
        for dimension in dimensions:
            if not (dimension.isdigit() and isinstance(leaf, torch.Tensor) and int(dimension) < leaf.dim()):
                raise wrong(f"input {position} has no dimension {dimension}")
        shapes[int(position)] = {int(dimension): torch.export.Dim(name) for dimension, name in dimensions.items()}
    args, kwargs = pytree.tree_unflatten(shapes, structure)
    return (*args, *kwargs.values())
