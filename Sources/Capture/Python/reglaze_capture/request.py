"""A request to capture one program, checked."""

import dataclasses
import pathlib

from .diagnostics import Diagnostic, Refusal


@dataclasses.dataclass
class Request:
    """The fields of a request; see the names' comments. Paths are absolute after `parse`."""

    workspace: pathlib.Path
    source: str  # FILE.py:NAME
    output: pathlib.Path
    name: str = ""  # seeds the example values; the source's NAME by default
    inputs: list | None = None  # leaves, or nested lists and objects of leaves; None: the source gives its own
    input_kwargs: dict = dataclasses.field(default_factory=dict)
    kwargs: dict = dataclasses.field(default_factory=dict)  # constructor arguments
    weights: pathlib.Path | None = None
    precision: str = "float"
    calibration: pathlib.Path | None = None
    activations: str = "asymmetric"  # or symmetric: int8 without a zero point
    dynamic: dict | None = None  # input's position -> dimension -> name
    passes: list[str] = dataclasses.field(default_factory=list)  # FILE.py:NAME
    assume: dict[str, bool] = dataclasses.field(default_factory=dict)  # line -> the branch taken
    accept_draft: bool = False
    verify: bool = True
    incremental: bool = False
    verify_capture: bool = False
    partial: bool = True
    memo: pathlib.Path | None = None
    reference: pathlib.Path | None = None  # stem of the files of reference values

    @property
    def source_file(self) -> pathlib.Path:
        return self.workspace / self.source.rpartition(":")[0]

    @property
    def source_name(self) -> str:
        return self.source.rpartition(":")[2]


_PATHS = ("workspace", "output", "weights", "calibration", "memo", "reference")


def parse(fields: dict) -> Request:
    """The request that a JSON object states. Unknown fields are refused: a misspelt one would be ignored in silence."""
    fields = {name: value for name, value in fields.items() if name != "method"}
    known = {field.name for field in dataclasses.fields(Request)}
    if unknown := sorted(set(fields) - known):
        raise ValueError(f"unknown field of a request: {unknown[0]}")
    # A field that is null has its default.
    request = Request(**{name: value for name, value in fields.items() if value is not None})
    request.workspace = pathlib.Path(request.workspace).resolve()
    for name in _PATHS[1:]:
        if value := getattr(request, name):
            setattr(request, name, request.workspace / value)
    if ":" not in request.source:
        message = f"{request.source!r} is not FILE.py:NAME"
        raise Refusal(
            [
                Diagnostic(
                    "C102", message, help=["name a class, a function without arguments or a module: models/net.py:Net"]
                )
            ]
        )
    request.name = request.name or request.source_name.removeprefix("@")
    return request
