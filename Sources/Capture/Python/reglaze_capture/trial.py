"""A trial for diagnosis only: exports once more with the example's real values at hand, so that a decision on data
does not end it.

Every decision is taken as eager took it, and noted with the user's line; so all reasons come to light in one pass, and
not one per run.
"""

import contextlib
import dataclasses
import logging
import re
from pathlib import Path
from unittest import mock

import torch
from torch._logging import _internal as torch_logging
from torch.fx.experimental import sym_node

from . import frames
from .diagnostics import Place
from .session import Session

SYMBOL = re.compile(r"\b(?:u|zuf)\d+\b")


@dataclasses.dataclass
class Finding:
    """Something that export took for granted or could not know. `kind`: decision, kernel."""

    kind: str
    subject: str  # the expression decided on, or the operator
    outcome: str  # what the example decides, or what is wrong with the kernel
    place: Place | None
    made_at: Place | None = None  # where the first symbol of the expression was made

    def statement(self) -> str:
        """What is taken for granted, in the user's words where they are known."""
        if self.place is None:
            return f"{self.subject} is {self.outcome}"
        return f"{self.place.file}:{self.place.line} is {self.outcome}: {self.place.text}"


class _Listener(logging.Handler):
    """Collects what PyTorch logs for its own tools while it exports."""

    def __init__(self, root: Path):
        super().__init__()
        self.root = root
        self.files: dict[int, str] = {}
        self.symbols: dict[str, Place | None] = {}
        self.findings: list[Finding] = []

    def emit(self, record: logging.LogRecord) -> None:
        metadata = getattr(record, "metadata", {})
        if "str" in metadata:
            text, number = metadata["str"]
            self.files[number] = text
        elif data := metadata.get("create_unbacked_symbol"):
            self.symbols[str(data["symbol"])] = self._place(data)
        elif data := metadata.get("propagate_real_tensors_provenance"):
            self._add("decision", str(data["expr"]), str(data["result"]), self._place(data))
        elif data := metadata.get("missing_fake_kernel"):
            self._add("kernel", str(data["op"]), "has no fake kernel", self._place(data))
        elif data := metadata.get("mismatched_fake_kernel"):
            self._add("kernel", str(data["op"]), str(data["reason"]), self._place(data))

    def _add(self, kind: str, subject: str, outcome: str, place: Place | None) -> None:
        known = {
            (finding.kind, finding.place and (finding.place.file, finding.place.line)) for finding in self.findings
        }
        if place is None or (kind, (place.file, place.line)) not in known:
            symbol = SYMBOL.search(subject)
            self.findings.append(Finding(kind, subject, outcome, place, symbol and self.symbols.get(symbol[0])))

    def _place(self, data: dict) -> Place | None:
        for stack in (data.get("user_stack"), data.get("stack")):
            lines = [
                f'File "{self.files.get(frame["filename"], "")}", line {frame["line"]}, in {frame["name"]}'
                for frame in stack or []
            ]
            if found := frames.user_frame("\n".join(lines), self.root):
                return found
        return None


@dataclasses.dataclass
class Trial:
    findings: list[Finding]
    program: torch.export.ExportedProgram | None
    error: Exception | None
    symbols: dict[str, Place | None]  # what depends on data, by PyTorch's name, and where it was made


def run(session: Session) -> Trial:
    """Exports with real values; the program that results holds for inputs like the example only."""
    from torch.export._trace import _export

    listener = _Listener(session.root)
    logger = logging.getLogger("torch.__trace")
    level = logger.level
    example = session.example.copy()
    program = error = None
    with contextlib.ExitStack() as stack:
        stack.enter_context(
            torch._functorch.config.patch(
                fake_tensor_propagate_real_tensors=True, generate_fake_kernels_from_real_mismatches=True
            )
        )
        logger.addHandler(listener)
        stack.callback(logger.removeHandler, listener)
        logger.setLevel(logging.DEBUG)
        stack.callback(logger.setLevel, level)
        stack.callback(setattr, torch_logging, "GET_DTRACE_STRUCTURED", torch_logging.GET_DTRACE_STRUCTURED)
        torch_logging.GET_DTRACE_STRUCTURED = True
        # Each sum of two sizes would be told with its stacks, which is most of the time of a loop over boxes.
        stack.enter_context(mock.patch.object(sym_node, "dtrace_structured", lambda *_, **__: None))
        try:
            with torch.no_grad():
                program = _export(
                    session.model,
                    example.args,
                    example.kwargs,
                    dynamic_shapes=session.dynamic_shapes,
                    strict=False,
                    pre_dispatch=True,
                )
        except Exception as raised:
            error = raised
    return Trial(listener.findings, program, error, listener.symbols)
