"""How PyTorch is set up in a process that captures."""

import gc
import logging
import os
import warnings


# What is set unless the user sets it.
_DEFAULTS = {"OMP_NUM_THREADS": "1", "MKL_NUM_THREADS": "1", "HF_HUB_OFFLINE": "1"}
# What this process was started with for purposes of its own.
_OWN = ("PYTHONPATH", "PYTHONHASHSEED", "PYTHONDONTWRITEBYTECODE", "PYTHONUTF8", "PYTHONOPTIMIZE")


def adopt(variables: dict[str, str] | None) -> None:
    """Takes over the environment of who asks: a server was started by somebody else, perhaps with another one."""
    if variables is None:
        return
    wanted = _DEFAULTS | variables | {name: os.environ[name] for name in _OWN if name in os.environ}
    for name in [name for name in os.environ if name not in wanted]:
        del os.environ[name]
    os.environ.update(wanted)


def prepare() -> None:
    """Imports PyTorch and what every export needs, with one thread, so that the process can be forked."""
    for name, value in _DEFAULTS.items():
        os.environ.setdefault(name, value)
    warnings.filterwarnings("ignore")
    import torch
    from torch.export import _trace

    torch.set_num_threads(1)
    # Capture says in its own words what PyTorch would log, or print: the whole graph of a program that it refuses.
    torch._logging.set_logs(all=logging.CRITICAL)
    _trace.print = lambda *_, **__: None
    from . import capture  # noqa: F401


def rehearse() -> None:
    """Exports a small module, so that what PyTorch sets up at its first export is in place, and freezes the heap for
    forking."""
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

    record.versions()
    gc.collect()
    gc.freeze()
