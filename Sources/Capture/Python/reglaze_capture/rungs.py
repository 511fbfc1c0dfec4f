"""The ways to get a program out of a module, cheapest first."""

import torch
from torch.export import ExportedProgram

from .session import Session


def export_whole(session: Session, strict: bool = False) -> ExportedProgram:
    """The program of the whole model as it was written, before any decomposition."""
    example = session.example.copy()
    with torch.no_grad():
        return torch.export.export(
            session.model, example.args, example.kwargs, dynamic_shapes=session.dynamic_shapes, strict=strict
        )
