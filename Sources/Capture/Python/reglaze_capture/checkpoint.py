"""Weights of a model from a safetensors file."""

import pathlib
from collections.abc import Callable

import torch
from torch import nn

from . import frames
from .diagnostics import Diagnostic, Refusal

_SHOWN = 8


def build(make: Callable[[], nn.Module], path: pathlib.Path, session) -> nn.Module:
    """The model that `make` builds, with its parameters and persistent buffers from `path`; refuses when they do not
    fit."""
    tensors = _read(path, session)
    model = _without_drawing(make, tensors)
    if model is None:
        model = make()
        _fill(model, tensors, frames.portable_path(str(path), session.root))
    return model


def _read(path: pathlib.Path, session) -> dict[str, torch.Tensor]:
    try:
        from safetensors.torch import load_file

        tensors = load_file(path)
    except Exception as error:
        shown = frames.portable_path(str(path), session.root)
        raise Refusal([Diagnostic("C114", f"{shown} cannot be read: {error}")]) from error
    session.read(path)
    return tensors


def _without_drawing(make: Callable[[], nn.Module], tensors: dict[str, torch.Tensor]) -> nn.Module | None:
    """The model built without values, which the checkpoint brings all; None when the constructor needs values or makes
    some itself."""
    try:
        with torch.device("meta"):
            model = make()
    except Exception:
        return None
    expected = model.state_dict()
    parameters = [
        parameter for module in model.modules() for parameter in module._parameters.values() if parameter is not None
    ]
    is_tied = len({id(parameter) for parameter in parameters}) != len(parameters)
    fits = set(expected) == set(tensors) and all(
        (tensor.shape, tensor.dtype) == (tensors[name].shape, tensors[name].dtype) for name, tensor in expected.items()
    )
    if is_tied or not fits:
        return None
    model.load_state_dict(tensors, assign=True)
    held = [value for module in model.modules() for value in (*vars(module).values(), *module._buffers.values())]
    if any(isinstance(value, torch.Tensor) and value.is_meta for value in held):
        return None
    return model


def _fill(model: nn.Module, tensors: dict[str, torch.Tensor], shown: str) -> None:
    """Overwrites the values of `model`."""
    expected = model.state_dict()
    # Of tied weights the file may hold one.
    present = {tensor.data_ptr() for name, tensor in expected.items() if name in tensors}
    notes = [
        f"missing in the file: {name} {list(tensor.shape)}"
        for name, tensor in expected.items()
        if name not in tensors and tensor.data_ptr() not in present
    ]
    notes += [
        f"not in the model: {name} {list(tensor.shape)}"
        for name, tensor in sorted(tensors.items())
        if name not in expected
    ]
    notes += [
        f"{name} is {list(tensors[name].shape)} in the file, {list(tensor.shape)} in the model"
        for name, tensor in expected.items()
        if name in tensors and tensors[name].shape != tensor.shape
    ]
    if notes:
        more = [f"and {len(notes) - _SHOWN} more"] if len(notes) > _SHOWN else []
        help = ["save it with safetensors.torch.save_model(model, file) from the same constructor arguments"]
        raise Refusal([Diagnostic("C114", f"{shown} does not fit the model", notes=notes[:_SHOWN] + more, help=help)])
    with torch.no_grad():
        for name, tensor in expected.items():
            if name in tensors:
                tensor.copy_(tensors[name])
