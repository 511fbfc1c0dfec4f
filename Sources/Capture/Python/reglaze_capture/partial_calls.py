"""What an eager run does: which modules are called with what, and which lines of Python run operators around them."""

import dataclasses
import linecache
import sys

import torch
from torch import nn
from torch.utils import _pytree as pytree
from torch.utils._python_dispatch import TorchDispatchMode

from .blocks_names import is_library_file

_TORCH_FOLDERS = tuple(f"{folder}/" for folder in torch.__path__)


@dataclasses.dataclass
class ModuleCall:
    """One call of a module in an eager run, with the calls inside it. Tensors are copies, taken before the call."""

    path: str
    module: nn.Module
    args: tuple
    kwargs: dict
    result: object = None
    inner: list["ModuleCall"] = dataclasses.field(default_factory=list)
    seen: bool = False

    def has_parameters(self) -> bool:
        return next(self.module.parameters(), None) is not None


def copied(tree: object) -> object:
    """The tree with copies of its tensors; other leaves are shared."""
    return pytree.tree_map(lambda leaf: leaf.detach().clone() if isinstance(leaf, torch.Tensor) else leaf, tree)


def call_tree(model: nn.Module, args: tuple, kwargs: dict) -> ModuleCall:
    """Runs `model` once; its calls as a tree."""
    paths = {module: path for path, module in model.named_modules()}
    root = ModuleCall("", model, args, kwargs)
    stack = [root]

    def enter(module, its_args, its_kwargs):
        call = root if module is model else ModuleCall(paths.get(module, ""), module, *copied((its_args, its_kwargs)))
        if module is not model:
            stack[-1].inner.append(call)
            stack.append(call)

    def leave(module, _, __, result):
        stack[-1].result = copied(result)
        if module is not model:
            stack.pop()

    hooks = []
    for module in paths:
        hooks.append(module.register_forward_pre_hook(enter, with_kwargs=True))
        hooks.append(module.register_forward_hook(leave, with_kwargs=True))
    try:
        with torch.no_grad():
            model(*args, **kwargs)
    finally:
        for hook in hooks:
            hook.remove()
    return root


def describe(leaf: object) -> str:
    """A crossing value as text: `float32[1,3,320,320]`."""
    if isinstance(leaf, torch.Tensor):
        return f"{str(leaf.dtype).removeprefix('torch.')}[{','.join(map(str, leaf.shape))}]"
    return repr(leaf)


class HostLines(TorchDispatchMode):
    """Notes the line of Python behind every operator that runs, in the order of first use."""

    def __init__(self) -> None:
        super().__init__()
        self.lines: dict[tuple[str, int, str], dict[str, int]] = {}
        self.is_paused = False

    def __torch_dispatch__(self, function, types, args=(), kwargs=None):
        if not self.is_paused:
            place = self._line()
            operators = self.lines.setdefault(place, {})
            name = str(function.overloadpacket)
            operators[name] = operators.get(name, 0) + 1
        return function(*args, **(kwargs or {}))

    @staticmethod
    def _line() -> tuple[str, int, str]:
        frame = sys._getframe(2)
        while frame is not None:
            file = frame.f_code.co_filename
            if not file.startswith((*_TORCH_FOLDERS, "<")) and file != __file__:
                return (file, frame.f_lineno, frame.f_code.co_name)
            frame = frame.f_back
        return ("", 0, "")

    def taken(self) -> list[dict]:
        """The lines noted since the last call."""
        rows = [
            {
                "file": file,
                "line": line,
                "function": function,
                "text": linecache.getline(file, line).strip(),
                "operators": operators,
                "is_users": not is_library_file(file),
            }
            for (file, line, function), operators in self.lines.items()
        ]
        self.lines = {}
        return rows
