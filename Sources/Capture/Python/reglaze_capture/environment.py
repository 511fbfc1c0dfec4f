"""How PyTorch is set up in a process that captures."""

import gc
import logging
import warnings

from . import ahead, variables


def prepare() -> None:
    """Imports PyTorch and what every export needs, with one thread, so that the process can be forked."""
    variables.start()
    warnings.filterwarnings("ignore")
    import torch
    from torch.export import _trace

    torch.set_num_threads(1)
    # Capture says in its own words what PyTorch would log, or print: the whole graph of a program that it refuses.
    torch._logging.set_logs(all=logging.CRITICAL)
    _trace.print = lambda *_, **__: None
    from . import capture  # noqa: F401

    variables.set_up()


def rehearse() -> None:
    """Exports a small module, so that what PyTorch sets up at its first export is in place, and freezes the heap for
    forking."""
    ahead.begin()
    import torch

    with torch.no_grad():
        module = torch.nn.Sequential(
            torch.nn.Conv2d(1, 2, 3),
            torch.nn.BatchNorm2d(2),
            torch.nn.ReLU(),
            torch.nn.Flatten(),
            torch.nn.Linear(8, 2),
        )
        torch.export.export(module.eval(), (torch.randn(1, 1, 4, 4),), strict=False)
    from . import record

    record.required(record.versions())
    gc.collect()
    gc.freeze()
