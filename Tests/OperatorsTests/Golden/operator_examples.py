"""PyTorch's numbers for the examples of the operators.

    REGLAZE_EXAMPLES=examples.json swift test --filter ExampleListing
    python operator_examples.py examples.json operator_examples.txt [--check | --skip-refused]

With --check the file is compared instead of written: exit status 1 says that an example changed, or that PyTorch did.
With --skip-refused what PyTorch refuses is left out: random cases are drawn without knowing what is valid.
"""

import argparse
import json
import os
import pathlib
import signal
import sys

# With AMX and one thread a transposed convolution in bf16 has no bias where no tap falls: oneDNN as torch 2.15 brings it.
os.environ.setdefault("ONEDNN_MAX_CPU_ISA", "AVX512_CORE_BF16")

import torch  # noqa: E402

TYPES = {
    "bool": torch.bool, "u8": torch.uint8, "i8": torch.int8, "i16": torch.int16, "i32": torch.int32, "i64": torch.int64,
    "f16": torch.float16, "bf16": torch.bfloat16, "f32": torch.float32, "f64": torch.float64,
}
NAMES = {dtype: name for name, dtype in TYPES.items()}
MASK = (1 << 64) - 1


class Contents:
    """The generator of ExampleContents.swift: SplitMix64 seeded by FNV-1a of a name."""

    def __init__(self, key):
        self.state = 0xCBF29CE484222325
        for byte in key.encode():
            self.state = ((self.state ^ byte) * 0x100000001B3) & MASK

    def next(self):
        self.state = (self.state + 0x9E3779B97F4A7C15) & MASK
        word = self.state
        word = ((word ^ (word >> 30)) * 0xBF58476D1CE4E5B9) & MASK
        word = ((word ^ (word >> 27)) * 0x94D049BB133111EB) & MASK
        return word ^ (word >> 31)

    def tensor(self, kind, spec):
        name, shape = kind
        count = 1
        for size in shape:
            count *= size
        if "uniform" in spec:
            lower, upper = spec["uniform"]
            values = [lower + (upper - lower) * (self.next() >> 52) / 4096 for _ in range(count)]
        elif "integers" in spec:
            lower, upper = spec["integers"]
            values = [lower + self.next() % (upper - lower) for _ in range(count)]
        elif "ascending" in spec:
            lower, upper = spec["ascending"]
            row = shape[-1] if shape else 1
            values = [lower + (upper - lower) * (index % row) / row for index in range(count)]
        else:
            values = [spec["values"][index % len(spec["values"])] for index in range(count)]
        return torch.tensor(values, dtype=torch.float64).reshape(shape).to(TYPES[name])


def argument(key, name, spec):
    """One argument of a call, with its tensors made."""
    if not isinstance(spec, dict):
        return spec
    if "type" in spec:
        return TYPES[spec["type"]]
    if "tensor" in spec:
        return Contents(f"{key}/{name}/0").tensor(spec["tensor"], spec)
    if "complex" in spec:
        return torch.complex(*(Contents(f"{key}/{name}/{part}").tensor(spec["complex"], spec) for part in range(2)))
    members = enumerate(spec["tensors"])
    return [None if kind is None else Contents(f"{key}/{name}/{index}").tensor(kind, spec) for index, kind in members]


def results(example):
    """The call's results, flat."""
    if example["target"].startswith("transformers."):
        import transformers.integrations.moe  # registers its operators
    if example["target"].startswith("torchvision."):
        import torchvision  # registers its operators
    target = torch.ops
    for part in example["target"].split("."):
        target = getattr(target, part)
    arguments = {name: argument(example["key"], name, spec) for name, spec in example["arguments"].items()}
    found = target(**arguments)
    tensors = list(found) if isinstance(found, (tuple, list)) else [found]
    return [part for tensor in tensors for part in ((tensor.real, tensor.imag) if tensor.is_complex() else (tensor,))]


def line(key, index, tensor):
    """One line of the golden file."""
    tensor = tensor.detach().clone(memory_format=torch.contiguous_format)
    shape = ",".join(str(size) for size in tensor.shape)
    data = tensor.reshape(-1).clone().view(torch.uint8).numpy().tobytes().hex() if tensor.numel() else ""
    return f"{key}\t{index}\t{NAMES[tensor.dtype]}[{shape}]\t{data}"


def computed(example, skips_refused):
    """The lines of one example, or why there are none."""
    try:
        made = results(example)
    except Exception as error:  # every example that PyTorch refuses is reported, in one pass
        return [], None if skips_refused else f"{example['key']}: {str(error).splitlines()[0]}"
    if skips_refused and any(tensor.dtype not in NAMES or tensor.numel() > 1 << 16 for tensor in made):
        return [], None
    return [line(example["key"], index, tensor) for index, tensor in enumerate(made)], None


def survived(examples, path):
    """Writes the lines of random cases. PyTorch crashes on some that it should refuse, or hangs: a child does the work, and the next one begins behind the case that it died of."""
    path.write_text("")
    start = 0
    while start < len(examples):
        reader, writer = os.pipe()
        child = os.fork()
        if child == 0:
            os.close(reader)
            # What the C library says of a heap that PyTorch has spoilt is no news.
            os.dup2(os.open(os.devnull, os.O_WRONLY), 2)
            with path.open("a") as file:
                for example in examples[start:]:
                    signal.alarm(60)
                    file.write("".join(f"{text}\n" for text in computed(example, True)[0]))
                    file.flush()
                    os.write(writer, b".")
            os._exit(0)
        os.close(writer)
        with os.fdopen(reader, "rb") as pipe:
            start += len(pipe.read()) + 1
        os.waitpid(child, 0)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("examples", type=pathlib.Path)
    parser.add_argument("golden", type=pathlib.Path)
    parser.add_argument("--check", action="store_true")
    parser.add_argument("--skip-refused", action="store_true")
    options = parser.parse_args()
    torch.set_num_threads(1)
    torch.set_grad_enabled(False)
    examples = json.loads(options.examples.read_text())
    if options.skip_refused:
        survived(examples, options.golden)
        return 0
    lines = ["# Made by operator_examples.py: PyTorch's results of the operators' examples."]
    failed = []
    for example in examples:
        made, problem = computed(example, False)
        lines += made
        if problem:
            failed.append(problem)
    text = "\n".join(lines) + "\n"
    if options.check:
        if options.golden.read_text() != text:
            failed.append(f"{options.golden} differs from what PyTorch gives")
    else:
        options.golden.write_text(text)
    for message in failed:
        print(message, file=sys.stderr)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
