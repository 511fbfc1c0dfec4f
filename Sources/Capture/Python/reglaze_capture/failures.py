"""Turns what torch.export raised into diagnostics with the user's line."""

from . import frames
from .diagnostics import Diagnostic
from .session import Session


def explain(session: Session, error: Exception) -> list[Diagnostic]:
    text = str(error).strip().splitlines()
    first = text[0] if text else ""
    return [
        Diagnostic(
            "C120",
            f"torch.export refused the program: {type(error).__name__}: {first[:200]}",
            frames.error_place(error, session.root),
        )
    ]
