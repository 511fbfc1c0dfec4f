"""Captures the models of this workspace: PyTorch source to `captured/<name>.pt2`, with PyTorch's own answers beside it.

    python capture.py                                     all models, into captured/
    python capture.py gazenet --set width=48 --as wide    one model with another constructor argument
    python capture.py gazenet --define EXPAND_BLOCK3=80 --as gazenet-edited
                                                          as if that line of models/gazenet.py had been edited

The same sources give the same bytes, in whatever folder and on whatever machine.
"""

import argparse
import ast
import importlib
import pathlib
import sys
import zlib

import torch

import archive

WORKSPACE = pathlib.Path(__file__).resolve().parent

# Name of the model, its module and its class. The class states the shape of its input.
MODELS = {
    "gazenet": ("models.gazenet", "GazeNet"),
    "handpose": ("models.handpose", "HandPose"),
    "wakeword": ("models.wakeword", "WakeWord"),
}


def assignment(text: str) -> tuple[str, object]:
    """`NAME=VALUE` with a Python literal as the value."""
    name, equals, value = text.partition("=")
    if not equals or not name.isidentifier():
        raise argparse.ArgumentTypeError(f"{text!r} is not NAME=VALUE")
    try:
        return name, ast.literal_eval(value)
    except (SyntaxError, ValueError) as error:
        raise argparse.ArgumentTypeError(f"{value!r} is not a literal") from error


def build(name: str, constants: dict[str, object], arguments: dict[str, object]) -> torch.nn.Module:
    """The model `name`, with module constants and constructor arguments replaced."""
    module_name, class_name = MODELS[name]
    module = importlib.import_module(module_name)
    for constant, value in constants.items():
        if not hasattr(module, constant):
            sys.exit(f"capture.py: {module_name} defines no {constant}")
        setattr(module, constant, value)
    return getattr(module, class_name)(**arguments).eval()


def example_input(name: str, shape: tuple[int, ...]) -> torch.Tensor:
    """Normally distributed values that the model's name fixes."""
    generator = torch.Generator().manual_seed(zlib.crc32(name.encode()))
    return torch.randn(shape, generator=generator)


def capture(name: str, model: torch.nn.Module, folder: pathlib.Path, stem: str) -> None:
    """Writes `<stem>.pt2` and `<stem>.safetensors` into `folder`."""
    arguments = (example_input(name, model.input_shape),)
    program = folder / f"{stem}.pt2"
    archive.save_program(archive.export_program(model, arguments), program, root=WORKSPACE)
    archive.save_references(model, [arguments], lambda _: folder / f"{stem}.safetensors")
    print(f"{program}  {program.stat().st_size:,} bytes")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("models", nargs="*", metavar="MODEL", help=f"{', '.join(MODELS)}; all of them by default")
    parser.add_argument("-o", "--output", type=pathlib.Path, default=WORKSPACE / "captured", metavar="DIR")
    parser.add_argument(
        "--set",
        type=assignment,
        action="append",
        default=[],
        metavar="NAME=VALUE",
        dest="arguments",
        help="a constructor argument",
    )
    parser.add_argument(
        "--define",
        type=assignment,
        action="append",
        default=[],
        metavar="NAME=VALUE",
        dest="constants",
        help="a constant of the model's source file",
    )
    parser.add_argument("--as", metavar="STEM", dest="stem", help="name of the written files; the model's by default")
    options = parser.parse_args()
    names = options.models or list(MODELS)
    if unknown := [name for name in names if name not in MODELS]:
        parser.error(f"unknown model {unknown[0]!r}; there are {', '.join(MODELS)}")
    if len(names) != 1 and (options.arguments or options.constants or options.stem):
        parser.error("--set, --define and --as need exactly one model")
    for name in names:
        model = build(name, dict(options.constants), dict(options.arguments))
        capture(name, model, options.output, options.stem or name)


if __name__ == "__main__":
    torch.use_deterministic_algorithms(True)
    main()
