"""What capture has to say about a program: a code, the user's line, notes, and what to change."""

import dataclasses

from .codes import CODES


@dataclasses.dataclass
class Place:
    """A line of source. `file` is relative to the workspace, or starts with the name of its package."""

    file: str
    line: int
    text: str = ""
    function: str = ""


@dataclasses.dataclass
class Diagnostic:
    code: str
    message: str
    place: Place | None = None
    notes: list[str] = dataclasses.field(default_factory=list)
    help: list[str] = dataclasses.field(default_factory=list)
    severity: str = "error"

    def __post_init__(self):
        if self.code not in CODES:
            raise ValueError(f"no such code: {self.code}")

    def to_json(self) -> dict:
        place = self.place
        return {
            "code": self.code,
            "severity": self.severity,
            "message": self.message,
            "file": place and place.file,
            "line": place and place.line,
            "column": None,
            "text": place and place.text,
            "notes": self.notes,
            "help": self.help,
        }

    def identity(self) -> tuple:
        """Equal for two reports of one problem: capture meets the same line on several rungs."""
        if self.code in _ONCE:
            return (self.code,)
        return self.code, self.place and (self.place.file, self.place.line), None if self.place else self.message


# Codes that say something about the whole program.
_ONCE = ("C109", "C115")


def without_repetition(diagnostics: list[Diagnostic]) -> list[Diagnostic]:
    """The first report of each problem, in order; one without a line only when no other has its code."""
    placed = {diagnostic.code for diagnostic in diagnostics if diagnostic.place}
    first: dict[tuple, Diagnostic] = {}
    for diagnostic in diagnostics:
        if diagnostic.place or diagnostic.code not in placed:
            first.setdefault(diagnostic.identity(), diagnostic)
    return list(first.values())


class Refusal(Exception):  # noqa: N818 - an answer, not a mistake
    """The program cannot be captured, for all of these reasons."""

    def __init__(self, diagnostics: list[Diagnostic]):
        super().__init__("; ".join(diagnostic.message for diagnostic in diagnostics))
        self.diagnostics = diagnostics
