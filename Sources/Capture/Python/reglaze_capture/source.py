"""From `FILE.py:NAME` to a module: a class, a function without arguments, a module, or an entry of a zoo
(`FILE.py:@NAME`)."""

import importlib
import importlib.util
import inspect
import pathlib
import random
import re
import sys
import traceback
import types

import torch
from torch import fx, nn

from . import frames
from .diagnostics import Diagnostic, Place, Refusal
from .inputs import Example
from .reads import FreshLoader, Reads

USER_ERRORS = BaseException  # What ends the user's code: a script may leave, or interrupt itself.
SEED = 0  # What the source draws, weights mostly, is the same in every capture.


def seed() -> None:
    """Starts all generators of random numbers that a model may draw from at their beginning."""
    random.seed(SEED)
    torch.manual_seed(SEED)
    if numpy := sys.modules.get("numpy"):
        numpy.random.seed(SEED)


def shortened(error: BaseException) -> str:
    """The kind of an error and the first line of its text."""
    text = str(error).strip().splitlines()
    return f"{type(error).__name__}: {text[0]}" if text else type(error).__name__


def import_file(path: pathlib.Path, workspace: pathlib.Path, reads: Reads) -> types.ModuleType:
    """Imports a file of the workspace under the name that other files of it import it by."""
    if not path.is_file():
        raise Refusal([Diagnostic("C101", f"there is no file {frames.portable_path(str(path), workspace)}")])
    for folder in (str(path.parent), str(workspace)):
        if folder not in sys.path:
            sys.path.insert(0, folder)
    reads.note_ahead()
    parts = path.relative_to(workspace).with_suffix("").parts if path.is_relative_to(workspace) else (path.stem,)
    name = ".".join(parts) if all(part.isidentifier() for part in parts) else re.sub(r"\W", "_", path.stem)
    if (loaded := sys.modules.get(name)) and getattr(loaded, "__file__", None) == str(path):
        return loaded
    if name in sys.modules or name in sys.stdlib_module_names:
        name = f"workspace_{name.replace('.', '_')}"
    spec = importlib.util.spec_from_file_location(name, path, loader=FreshLoader(name, str(path), reads))
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    seed()
    try:
        spec.loader.exec_module(module)
    except USER_ERRORS as error:
        raise Refusal([import_failure(error, workspace)]) from error
    folder, _, last = name.rpartition(".")
    if folder:
        setattr(importlib.import_module(folder), last, module)
    return module


def import_failure(error: BaseException, workspace: pathlib.Path) -> Diagnostic:
    """Says where importing the user's source failed; a syntax error has a line of its own."""
    if isinstance(error, SyntaxError) and error.filename and error.lineno:
        where = frames.portable_path(error.filename, workspace)
        place = Place(where, error.lineno, (error.text or "").strip())
        return Diagnostic("C101", f"{type(error).__name__}: {error.msg}", place)
    help = []
    if isinstance(error, SystemExit):
        help = ["put what is for running the file as a program below: if __name__ == '__main__':"]
    if isinstance(error, ModuleNotFoundError):
        package = (error.name or "").partition(".")[0]
        help = [f"install it where capture's Python runs: {frames.interpreter_hint()} -m pip install {package}"]
    return Diagnostic("C101", shortened(error), frames.error_place(error, workspace), help=help)


def find(module: types.ModuleType, name: str) -> object:
    """The object `name` of a module."""
    if not hasattr(module, name):
        known = [
            key
            for key, value in vars(module).items()
            if _is_source(value) and getattr(value, "__module__", module.__name__) == module.__name__
        ]
        help = [f"the file defines {', '.join(known)}"] if known else []
        raise Refusal([Diagnostic("C102", f"{pathlib.Path(module.__file__).name} defines no {name}", help=help)])
    return getattr(module, name)


def _is_source(value: object) -> bool:
    return (
        isinstance(value, nn.Module)
        or (isinstance(value, type) and issubclass(value, nn.Module))
        or inspect.isfunction(value)
    )


def build(source: object, name: str, kwargs: dict, workspace: pathlib.Path) -> nn.Module:
    """The module that a source object stands for, in evaluation mode."""
    if isinstance(source, nn.Module):
        return source.eval()
    if not callable(source):
        raise Refusal([Diagnostic("C102", f"{name} is neither a module nor makes one, but a {type(source).__name__}")])
    seed()
    try:
        model = source(**kwargs)
    except USER_ERRORS as error:
        message = f"{name} cannot be built: {shortened(error)}"
        raise Refusal([Diagnostic("C102", message, frames.error_place(error, workspace))]) from error
    if isinstance(model, fx.Graph):
        model = fx.GraphModule(nn.Module(), model)
    if not isinstance(model, nn.Module):
        raise Refusal([Diagnostic("C102", f"{name}() is no module, but a {type(model).__name__}")])
    return model.eval()


def own_example(model: nn.Module, source: object) -> Example | list | None:
    """The inputs that a model states itself: `example_inputs()` with the tensors, or `input_shape` for one of
    floats."""
    for owner in (model, source):
        if callable(method := getattr(owner, "example_inputs", None)):
            given = method()
            if isinstance(given, dict):
                return Example((), given)
            return Example(tuple(given) if isinstance(given, (tuple, list)) else (given,), {})
        if shape := getattr(owner, "input_shape", None):
            return [{"shape": list(shape), "dtype": "float32"}]
    return None


def build_entry(module: types.ModuleType, name: str, workspace: pathlib.Path) -> tuple[nn.Module, Example]:
    """The entry `name` of a zoo: a module with `ZOO: name -> (group, builder)`, where `builder() -> (module, args,
    kwargs)`."""
    zoo = find(module, "ZOO")
    if name not in zoo:
        raise Refusal([Diagnostic("C102", f"{pathlib.Path(module.__file__).name} has no entry {name}")])
    seed()
    try:
        model, args, kwargs = zoo[name][1]()
    except USER_ERRORS as error:
        message = f"{name} cannot be built: {shortened(error)}"
        raise Refusal([Diagnostic("C102", message, frames.error_place(error, workspace))]) from error
    model = model.eval()
    draw_statistics(model)
    return model, Example(tuple(args), dict(kwargs))


def draw_statistics(model: nn.Module) -> None:
    """Draws the statistics of batch norms: freshly initialised ones (mean 0, variance 1) hide mistakes in folding."""
    generator = torch.Generator().manual_seed(SEED + 1)
    for module in model.modules():
        if not isinstance(module, nn.modules.batchnorm._BatchNorm) or module.running_mean is None:
            continue
        shape = module.running_mean.shape
        with torch.no_grad():
            module.running_mean.copy_(torch.randn(shape, generator=generator) * 0.1)
            module.running_var.copy_(torch.rand(shape, generator=generator) * 0.5 + 0.75)
            if module.affine:
                module.weight.copy_(torch.rand(shape, generator=generator) * 0.5 + 0.75)
                module.bias.copy_(torch.randn(shape, generator=generator) * 0.1)


def innermost_text(error: BaseException) -> str:
    """The whole traceback as text, for failures that are ours."""
    return "".join(traceback.format_exception(error))
