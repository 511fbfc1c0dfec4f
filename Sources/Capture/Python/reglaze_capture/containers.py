"""Containers at the model's boundary that PyTorch does not know: they are registered, and the capture goes on."""

import dataclasses

import torch
from torch.utils import _pytree as pytree

# What torch.export takes as a leaf.
_LEAVES = (
    torch.Tensor,
    int,
    float,
    bool,
    str,
    type(None),
    torch.dtype,
    torch.device,
    torch.layout,
    torch.memory_format,
)


def register_unknown(tree: object) -> list[str]:
    """Registers the types of all containers in `tree` that PyTorch takes for leaves, and returns their names."""
    registered: list[str] = []
    _name_tuples(tree)
    while kind := unknown(tree):
        if not _register(kind):
            break
        registered.append(kind.__name__)
    return registered


def _name_tuples(tree: object) -> None:
    """Gives the named tuples in `tree` the names under which an archive can state them."""

    def visit(value: object) -> bool:
        kind = type(value)
        if pytree.is_namedtuple_class(kind) and kind not in pytree.SUPPORTED_SERIALIZED_TYPES:
            pytree._register_namedtuple(kind, serialized_type_name=_name(kind))
        return False

    pytree.tree_flatten(tree, is_leaf=visit)


def unknown(tree: object) -> type | None:
    """The first type in `tree` that cannot cross the boundary."""
    return next((type(leaf) for leaf in pytree.tree_leaves(tree) if not isinstance(leaf, _LEAVES)), None)


def _register(kind: type) -> bool:
    """Registers one type by its fields; false when it has none that a program could fill again."""
    if dataclasses.is_dataclass(kind):
        torch.export.register_dataclass(kind, serialized_type_name=_name(kind))
        return True
    if issubclass(kind, dict):
        _register_by(kind, lambda value: dict(value), lambda keys, entries: kind(zip(keys, entries, strict=True)))
        return True
    if hasattr(kind, "__slots__") or issubclass(kind, (list, tuple, set)) or kind.__module__ in ("builtins", "numpy"):
        return False

    def restored(keys, entries):
        value = object.__new__(kind)
        vars(value).update(zip(keys, entries, strict=True))
        return value

    _register_by(kind, lambda value: dict(vars(value)), restored)
    return True


def _register_by(kind: type, fields, restored) -> None:
    def flatten(value):
        entries = fields(value)
        return list(entries.values()), list(entries)

    def flatten_with_keys(value):
        entries = fields(value)
        return [(pytree.MappingKey(key), entry) for key, entry in entries.items()], list(entries)

    pytree.register_pytree_node(
        kind,
        flatten,
        lambda entries, keys: restored(keys, entries),
        serialized_type_name=_name(kind),
        to_dumpable_context=list,
        from_dumpable_context=list,
        flatten_with_keys_fn=flatten_with_keys,
    )


def _name(kind: type) -> str:
    return f"{kind.__module__}.{kind.__qualname__}"
