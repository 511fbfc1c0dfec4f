"""Writes the small programs of `Tests/Fixtures`, which tests read without PyTorch.

    python Tests/Networks/make_fixtures.py

Each model of `fixture_models.py`, `control_models.py` and `counted_models.py` becomes <name>.pt2 with PyTorch's answers in
<name>.safetensors; a model with state, or with results whose size varies, is called again, with the next answers in <name>.call1.safetensors.
`tiny_cnn` has the variants that `capture_networks.py` describes. The same sources and the same PyTorch write the same
bytes.
"""

import copy
import pathlib
import sys
import zlib
from collections.abc import Callable

import torch
from torch import nn

ROOT = pathlib.Path(__file__).resolve().parents[2]
FIXTURES = ROOT / "Tests" / "Fixtures"
sys.path.insert(0, str(ROOT / "workspace-example"))

import archive  # noqa: E402
import control_models as control  # noqa: E402
import counted_models as counted  # noqa: E402
import fixture_models as fixtures  # noqa: E402
import variants  # noqa: E402
from models.weights import draw_weights  # noqa: E402


def values(*shape: int) -> torch.Tensor:
    """Normally distributed values that the shape fixes."""
    return torch.randn(shape, generator=torch.Generator().manual_seed(zlib.crc32(repr(shape).encode())))


def seeded(model: nn.Module, seed: int = 0) -> nn.Module:
    """`model` with weights that `seed` and their names fix, in evaluation mode."""
    draw_weights(model, seed)
    return model.eval()


def dilated(cnn: nn.Module) -> nn.Module:
    """`cnn` with another attribute, and the same shapes, in one layer."""
    edited = copy.deepcopy(cnn)
    edited.middle.depthwise.dilation = edited.middle.depthwise.padding = (2, 2)
    return edited


def write(name: str, model: nn.Module, *calls: tuple, edit: Callable | None = None, **options: object) -> None:
    """Writes the program of `model` and its answers to `calls`; `edit` changes the program before it is written."""
    program = archive.export_program(model, calls[0], **options)
    if edit:
        edit(program)
    archive.save_program(program, FIXTURES / f"{name}.pt2", root=ROOT)
    archive.save_references(
        model, calls, lambda call: FIXTURES / (f"{name}.call{call}.safetensors" if call else f"{name}.safetensors")
    )
    print(f"{name:24s} {(FIXTURES / f'{name}.pt2').stat().st_size:9,} bytes")


def main() -> None:
    image = values(1, 3, 16, 16)
    cnn = seeded(fixtures.TinyCNN())
    write("tiny_cnn", cnn, (image,))
    write("tiny_cnn.edited", seeded(fixtures.TinyCNN(middle=10)), (image,))
    write("tiny_cnn.reweighted", seeded(fixtures.TinyCNN(), seed=1), (image,))
    write("tiny_cnn.renamed", variants.Renamed(cnn), (image,), edit=variants.rename_nodes)
    write("tiny_cnn.moved", cnn, (image,), edit=variants.move_lines)
    write("tiny_cnn.reordered", variants.reorder_definitions(cnn), (image,))
    write("tiny_cnn.dilated", dilated(cnn), (image,))

    write("tiny_attention", seeded(fixtures.TinyAttention()), (values(1, 8, 16),))
    write("inplace", seeded(fixtures.InPlace()), (values(1, 2, 4, 4),))
    write("buffers", seeded(fixtures.Buffers()), (values(1, 4, 6),), (values(1, 4, 6).flip(2),))
    write("unsupported", seeded(fixtures.Unsupported()), (values(2, 16),))
    write("data_dependent", fixtures.DataDependent().eval(), (values(3, 4),))
    features, thresholds = values(12, 8), [torch.tensor(value) for value in (0.7, 1.0, 0.0)]
    write("detections", seeded(counted.Detections()), *[(features, threshold) for threshold in thresholds])
    write("selections", counted.Selections().eval(), (values(5, 4),), (-values(5, 4).abs(),), (values(5, 4).abs(),))
    corners = [torch.cat([corner, corner + values(count, 2).abs()], 1) for count in (9, 7) for corner in [values(count, 2)]]
    scores = [values(9).sigmoid(), values(7).sigmoid()]
    calls = [(corners[0], scores[0] * factor, corners[1], scores[1] * other) for factor, other in ((1, 1), (2, 0.3), (0.7, 3))]
    write("postprocessing", counted.Postprocessing().eval(), *calls)
    batch = torch.export.Dim("batch", min=1, max=64)
    write("dynamic_batch", seeded(fixtures.DynamicBatch()), (values(5, 6),), dynamic_shapes=({0: batch},))
    write("multi_output", fixtures.MultiOutput().eval(), (values(1, 8, 4),))
    write("constants", seeded(fixtures.Constants()), (values(1, 6, 8),))
    write("storages", seeded(fixtures.Storages()), (torch.tensor([[1, 9, 0], [4, 4, 7]]),))
    write("unpooled", seeded(fixtures.Unpooled()), (values(1, 3, 8, 8),))
    write("control_flow", seeded(control.ControlFlow()), (values(3, 2, 4),), (-values(3, 2, 4),))
    write("mixed_precision", seeded(control.MixedPrecision()), (values(1, 3, 6),))
    rows = values(1, 2, 2, 4)
    cache = control.KeyValueCache().eval()
    write("key_value_cache", cache, (rows, torch.tensor([0, 2])), (rows.flip(2), torch.tensor([1, 2])))


if __name__ == "__main__":
    main()
