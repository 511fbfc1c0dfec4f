"""One capture under way: the request, the model, the inputs, and what there is to say so far."""

import contextlib
import dataclasses
import pathlib
import time
from collections.abc import Callable

from torch import nn

from . import checkpoint, inputs, source
from .diagnostics import Diagnostic, Refusal
from .inputs import Example
from .reads import Reads
from .request import Request


@dataclasses.dataclass
class Session:
    request: Request
    emit: Callable[[dict], None]
    reads: Reads
    diagnostics: list[Diagnostic] = dataclasses.field(default_factory=list)
    seconds: dict[str, float] = dataclasses.field(default_factory=dict)
    model: nn.Module | None = None
    example: Example | None = None
    second: Example | None = None
    dynamic_shapes: tuple | None = None
    blocks: dict[str, int] | None = None
    is_remembered: bool = False  # whether graphs of earlier captures are part of the program
    passes: list[dict] = dataclasses.field(default_factory=list)
    assumptions: list[str] = dataclasses.field(default_factory=list)
    loaded_passes: list | None = None
    reads_in_forward: bool = False  # whether forward asks for files or for the environment

    @property
    def root(self) -> pathlib.Path:
        """The folder that files are named relative to."""
        return self.request.workspace

    @property
    def name(self) -> str:
        return self.request.name

    def read(self, path: str | pathlib.Path) -> None:
        self.reads.add(path)

    @contextlib.contextmanager
    def phase(self, name: str):
        """Measures a phase and reports it when it has ended well; `cpu` is what the process has used until then."""
        start = time.perf_counter()
        try:
            yield
        finally:
            self.seconds[name] = self.seconds.get(name, 0.0) + time.perf_counter() - start
        seconds, cpu = round(self.seconds[name], 4), round(time.process_time(), 4)
        self.emit({"event": "phase", "name": name, "seconds": seconds, "cpu": cpu})

    def warn(self, diagnostic: Diagnostic) -> None:
        self.diagnostics.append(diagnostic)

    def load(self) -> None:
        """Imports the source, builds the model, reads its weights and makes the inputs. From here on files are
        watched."""
        request = self.request
        self.reads.watch()
        with self.phase("import"):
            module = source.import_file(request.source_file, request.workspace, self.reads)
        with self.phase("build"):
            if request.source_name.startswith("@"):
                self.model, given = source.build_entry(module, request.source_name[1:], request.workspace)
            else:
                found = source.find(module, request.source_name)

                def make() -> nn.Module:
                    return source.build(found, request.source_name, request.kwargs, request.workspace)

                self.model = checkpoint.build(make, request.weights, self) if request.weights else make()
                given = source.own_example(self.model, found)
            self._make_inputs(given)

    def _make_inputs(self, given: Example | list | None) -> None:
        request = self.request
        specs = request.inputs
        if specs is None and isinstance(given, Example):
            self.example, self.second = given, inputs.like(given, seed=1)
        else:
            specs = given if specs is None else specs
            if specs is None and not request.input_kwargs:
                help = [
                    "state `inputs` in the manifest",
                    "or give the model an attribute `input_shape` or a method `example_inputs()`",
                ]
                raise Refusal([Diagnostic("C118", f"no inputs are known for {request.source_name}", help=help)])
            self.example, self.second = (
                inputs.from_manifest(
                    specs or [], request.input_kwargs, inputs.Filler(self.name, call, self.read, self.root)
                )
                for call in (0, 1)
            )
        self.dynamic_shapes = inputs.dynamic_shapes(request.dynamic, self.example)
