"""The weights and constants of a program as members of an archive: one member per storage, written straight from
memory."""

import ctypes
import json
from collections.abc import Mapping

import torch
from torch._subclasses.fake_tensor import FakeTensor

from .archive import ArchiveWriter
from .diagnostics import Diagnostic, Refusal
from .program import tensor_meta


def write(archive: ArchiveWriter, folder: str, prefix: str, tensors: Mapping[str, object]) -> None:
    """Writes the storages of `tensors` below `folder`, numbered in the order of names, and the table that leads to
    them."""
    members: dict[object, str] = {}
    table = {}
    for name, tensor in tensors.items():
        if not isinstance(tensor, torch.Tensor):
            raise _unsupported(name, type(tensor).__name__)
        if not isinstance(tensor, FakeTensor) and type(tensor.data) is not torch.Tensor:
            raise _unsupported(name, type(tensor.data).__name__)
        key = _storage_key(tensor)
        if key not in members:
            members[key] = f"{prefix}{len(members)}"
            archive.add(f"data/{folder}/{members[key]}", storage_bytes(tensor))
        table[name] = {
            "path_name": members[key],
            "is_param": isinstance(tensor, torch.nn.Parameter),
            "use_pickle": False,
            "tensor_meta": tensor_meta(tensor),
        }
    archive.add(
        f"data/{folder}/model_{folder}_config.json", json.dumps({"config": table}, separators=(",", ":")).encode()
    )


def _unsupported(name: str, kind: str) -> Refusal:
    message = f"{name} is no plain tensor, but a {kind}"
    return Refusal(
        [
            Diagnostic(
                "C120",
                message,
                help=["turn tensor subclasses and custom objects into plain tensors before the capture"],
            )
        ]
    )


def _storage_key(tensor: torch.Tensor) -> object:
    """Equal for tensors that share a storage. A storage without bytes has no address: each such tensor has a member of
    its own."""
    if isinstance(tensor, FakeTensor) or tensor.device.type == "meta":
        return id(tensor.untyped_storage())
    return tensor.untyped_storage().data_ptr() or id(tensor)


def storage_bytes(tensor: torch.Tensor) -> bytes | memoryview:
    """The bytes of a tensor's whole storage, not copied; none for a tensor that has no data (meta device)."""
    if isinstance(tensor, FakeTensor) or tensor.device.type == "meta":
        return b""
    storage = tensor.untyped_storage()
    if storage.nbytes() == 0:
        return b""
    return memoryview((ctypes.c_ubyte * storage.nbytes()).from_address(storage.data_ptr())).cast("B")
