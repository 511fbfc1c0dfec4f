"""Weights of a model from a safetensors file."""

import pathlib

import torch
from torch import nn

from . import frames
from .diagnostics import Diagnostic, Refusal

_SHOWN = 8


def load(model: nn.Module, path: pathlib.Path, session) -> None:
    """Overwrites the parameters and persistent buffers of `model`; refuses when names or shapes do not fit."""
    shown = frames.portable_path(str(path), session.root)
    try:
        from safetensors.torch import load_file

        tensors = load_file(path)
    except Exception as error:
        raise Refusal([Diagnostic("C114", f"{shown} cannot be read: {error}")]) from error
    session.read(path)
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
