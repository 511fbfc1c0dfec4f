"""What a module holds besides its parameters: read before a call, compared and put back after it."""

import contextlib
import copy

import torch
from torch import nn

_NN_FIELDS = {"_parameters", "_buffers", "_modules", "training"}
_CONTAINERS = (dict, list, set)


def plain_attributes(module: nn.Module) -> dict[str, object]:
    """The attributes of one module that are neither PyTorch's own tables nor hooks."""
    return {
        name: value
        for name, value in vars(module).items()
        if name not in _NN_FIELDS and not name.endswith(("_hooks", "_hooks_with_kwargs", "_hooks_always_called"))
    }


class State:
    """The attributes and buffers of all modules of a model at one moment."""

    def __init__(self, model: nn.Module):
        self.model = model
        self.attributes = {
            module: {name: _shallow(value) for name, value in vars(module).items()} for module in model.modules()
        }
        self.originals = {module: dict(vars(module)) for module in model.modules()}
        self.buffers = [(buffer, buffer.detach().clone()) for buffer in model.buffers()]

    def restore(self) -> None:
        """Puts attributes, containers and buffers back."""
        for module, attributes in self.originals.items():
            vars(module).clear()
            vars(module).update(attributes)
            for name, value in attributes.items():
                _refill(value, self.attributes[module][name])
        with torch.no_grad():
            for buffer, value in self.buffers:
                buffer.copy_(value)

    @contextlib.contextmanager
    def kept(self):
        """Restores the state at the end."""
        try:
            yield self
        finally:
            self.restore()


def _shallow(value: object) -> object:
    return copy.copy(value) if isinstance(value, _CONTAINERS) else value


def _refill(container: object, content: object) -> None:
    """Gives a container the content it had; nested containers keep theirs by identity."""
    if not isinstance(container, _CONTAINERS) or container is content:
        return
    if isinstance(container, list):
        container[:] = content
    else:
        container.clear()
        container.update(content)
