"""Small modules captured twice: as the program calls PyTorch, and decomposed to core ATen.

    python core_aten.py FOLDER

writes NAME.pt2, NAME.core.pt2 and NAME.safetensors (tensors input.N and output.N) for each module.
"""

import pathlib
import sys

import safetensors.torch
import torch
from torch import nn
from torch.nn import functional as F

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[3] / "Sources" / "Capture" / "Python"))
from reglaze_capture.passes.shipped import fixed_nms  # noqa: E402


class Call(nn.Module):
    """A function of the inputs as a module."""

    def __init__(self, function):
        super().__init__()
        self.function = function

    def forward(self, *inputs):
        return self.function(*inputs)


def draw(*shape):
    return torch.rand(*shape) * 2 - 1


def boxes():
    """Corners of overlapping boxes, and scores."""
    corners = torch.rand(12, 2) * 4
    return torch.cat([corners, corners + torch.rand(12, 2) * 4 + 1], 1), torch.rand(12)


def spectrogram(signal, window):
    """What speech models see."""
    spectrum = torch.stft(signal, 16, 4, window=window, return_complex=True)
    return (spectrum[..., :-1].abs() ** 2).clamp(min=1e-10).log10()


def masked_spectrum(signal, window):
    """Speech enhancement: a mask for each bin."""
    spectrum = torch.stft(signal, 16, 4, 12, window, return_complex=True)
    mask = torch.sigmoid(spectrum.abs())
    return torch.istft(spectrum * mask, 16, 4, 12, window, length=signal.shape[-1]), torch.view_as_real(spectrum), spectrum.imag


def rotary(x, angle):
    """Positions as complex factors, as Llama's own source has them."""
    turn = torch.polar(torch.ones_like(angle), angle)
    return torch.view_as_real(torch.view_as_complex(x.reshape(2, 3, -1, 2)) * turn).flatten(2)


CASES = {
    "spectrogram": lambda: (Call(spectrogram), (draw(2, 64), torch.hann_window(16))),
    "masked_spectrum": lambda: (Call(masked_spectrum), (draw(2, 64), torch.hann_window(12) + 0.1)),
    "rotary": lambda: (Call(rotary), (draw(2, 3, 8), draw(3, 4))),
    "fixed_nms": lambda: (Call(lambda x, scores: fixed_nms(x, scores, 0.3)), boxes()),
    "nonzero_static": lambda: (Call(lambda x: torch.nonzero_static(x > 0, size=4)), (draw(3, 5),)),
    "product": lambda: (Call(lambda x: x.prod(1)), (draw(3, 5),)),
    "lstm": lambda: (nn.LSTM(5, 6, 2, batch_first=True), (draw(2, 4, 5), (draw(2, 2, 6), draw(2, 2, 6)))),
    "gru": lambda: (nn.GRU(5, 6, bidirectional=True), (draw(4, 2, 5), draw(2, 2, 6))),
    "gru_cell": lambda: (nn.GRUCell(5, 6), (draw(2, 5), draw(2, 6))),
    "conv_transpose2d": lambda: (nn.ConvTranspose2d(4, 6, 4, 2, 1), (draw(1, 4, 5, 6),)),
    "conv_transpose2d_grouped": lambda: (nn.ConvTranspose2d(4, 6, 3, 2, 1, 1, groups=2), (draw(1, 4, 5, 6),)),
    "conv_transpose1d": lambda: (nn.ConvTranspose1d(3, 4, 4, 2), (draw(1, 3, 7),)),
    "conv3d": lambda: (nn.Conv3d(3, 4, 3, padding=1), (draw(1, 3, 4, 5, 6),)),
    "group_norm": lambda: (nn.GroupNorm(2, 6), (draw(2, 6, 3, 4),)),
    "instance_norm": lambda: (nn.InstanceNorm2d(3, affine=True), (draw(2, 3, 4, 5),)),
    "prelu": lambda: (nn.PReLU(3), (draw(2, 3, 4),)),
    "glu": lambda: (Call(lambda x: F.glu(x, 1)), (draw(2, 6, 5),)),
    "elu": lambda: (Call(F.elu), (draw(3, 5),)),
    "softplus": lambda: (Call(F.softplus), (draw(3, 5),)),
    "mish": lambda: (Call(F.mish), (draw(3, 5),)),
    "pixel_shuffle": lambda: (Call(lambda x: F.pixel_shuffle(x, 2)), (draw(1, 8, 3, 4),)),
    "einsum": lambda: (Call(lambda a, b: torch.einsum("bqhd,bkhd->bhqk", a, b)), (draw(2, 3, 2, 4), draw(2, 5, 2, 4))),
    "addcmul": lambda: (Call(lambda a, b, c: torch.addcmul(a, b, c, value=0.5)), (draw(3, 5), draw(3, 1), draw(5))),
    "diff": lambda: (Call(torch.diff), (draw(3, 5),)),
    "roll": lambda: (Call(lambda x: torch.roll(x, (-1, 2), (1, 2))), (draw(1, 4, 6),)),
    "repeat_interleave": lambda: (Call(lambda x: x.repeat_interleave(2, 1)), (draw(2, 3, 4),)),
    "vector_norm": lambda: (Call(lambda x: torch.linalg.vector_norm(x, dim=-1)), (draw(3, 9),)),
    "variance": lambda: (Call(lambda x: x.std(1)), (draw(3, 9),)),
    "attention": lambda: (
        Call(lambda q, k, v: F.scaled_dot_product_attention(q, k, v, is_causal=True)), (draw(1, 2, 5, 8), draw(1, 2, 5, 8), draw(1, 2, 5, 8))
    ),
    "adaptive_avg_pool2d": lambda: (nn.AdaptiveAvgPool2d((3, 2)), (draw(1, 3, 6, 8),)),
    "max_pool3d": lambda: (nn.MaxPool3d(2), (draw(1, 2, 4, 4, 6),)),
    "avg_pool1d": lambda: (nn.AvgPool1d(2), (draw(1, 2, 8),)),
    "reflection_pad": lambda: (nn.ReflectionPad2d(1), (draw(1, 2, 4, 5),)),
    "replication_pad": lambda: (nn.ReplicationPad1d(2), (draw(1, 2, 5),)),
    "im2col": lambda: (nn.Unfold((2, 3), padding=1), (draw(1, 2, 5, 6),)),
    "col2im": lambda: (nn.Fold((4, 6), 2, stride=2), (draw(1, 8, 6),)),
    "cumsum": lambda: (Call(lambda x: x.cumsum(1)), (draw(3, 7),)),
    "softmax": lambda: (Call(lambda x: x.softmax(1)), (draw(2, 5, 3),)),
    "index": lambda: (Call(lambda x, i, j: x[:, i, j]), (draw(2, 3, 4), torch.tensor([2, 0]), torch.tensor([1, 3]))),
}


def main(folder):
    torch.set_num_threads(1)
    for name, build in CASES.items():
        torch.manual_seed(1)
        module, inputs = build()
        module.eval()
        with torch.no_grad():
            program = torch.export.export(module, inputs)
            outputs = module(*inputs)
            torch.export.save(program, folder / f"{name}.pt2")
            torch.export.save(program.run_decompositions(), folder / f"{name}.core.pt2")
        leaves = torch.utils._pytree.tree_leaves
        tensors = {f"input.{index}": leaf.contiguous() for index, leaf in enumerate(leaves(inputs))}
        tensors |= {f"output.{index}": leaf.contiguous().clone() for index, leaf in enumerate(leaves(outputs))}
        safetensors.torch.save_file(tensors, folder / f"{name}.safetensors")
        print(name, flush=True)


if __name__ == "__main__":
    main(pathlib.Path(sys.argv[1]))
