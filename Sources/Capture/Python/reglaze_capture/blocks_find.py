"""Which modules of a model are blocks: pieces worth capturing alone, because they repeat or are edited alone."""

from collections import Counter
from collections.abc import Iterator

from torch import nn

_CONTAINERS = (nn.Sequential, nn.ModuleList, nn.ModuleDict)


def find(model: nn.Module) -> dict[str, nn.Module]:
    """The outermost modules that are members of a container, or of a class that occurs again beside them.

    Modules without children are too small to be worth it. None lies inside another. A model that holds one module
    under two names has no blocks: PyTorch's tracer then tells modules apart by how they were reached.
    """
    if any(module is model for name, module in model.named_modules(remove_duplicate=False) if name):
        return {}
    found = dict(_below(model, ""))
    counts = Counter(id(module) for _, module in model.named_modules(remove_duplicate=False))
    return found if max(counts.values()) == 1 else {}


def _below(module: nn.Module, prefix: str) -> Iterator[tuple[str, nn.Module]]:
    children = [(name, child) for name, child in module.named_children()]
    classes = Counter(type(child) for _, child in children)
    for name, child in children:
        path = f"{prefix}{name}"
        grandchildren = list(child.children())
        if not grandchildren:
            continue
        is_nest = isinstance(child, _CONTAINERS) and any(list(inner.children()) for inner in grandchildren)
        is_candidate = isinstance(module, _CONTAINERS) or classes[type(child)] > 1
        if is_candidate and not is_nest and not isinstance(child, nn.ModuleList | nn.ModuleDict):
            yield path, child
        else:
            yield from _below(child, f"{path}.")


def children_outside(model: nn.Module, blocks: set[str]) -> Iterator[tuple[str, nn.Module]]:
    """Names and modules of `model`, itself first, without the insides of blocks (the blocks themselves included)."""
    waiting = [("", model)]
    while waiting:
        path, module = waiting.pop(0)
        yield path, module
        if path in blocks:
            continue
        prefix = f"{path}." if path else ""
        waiting += [(prefix + name, child) for name, child in module.named_children()]
