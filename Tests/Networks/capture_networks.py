"""Captures the networks that the tests of the laws compile, and variants of them, into the folder given.

    python Tests/Networks/capture_networks.py .cache/networks

For each network: <name>.pt2, with PyTorch's answers in <name>.safetensors, and
    <name>.edited.pt2       one block's inner width changed, every other weight the same; with its own answers
    <name>.reweighted.pt2   other weights of the same shapes; with its own answers
    <name>.renamed.pt2      other names of layers and values, the same computation
and of the two smaller in number of layers also
    <name>.moved.pt2        other line numbers
    <name>.reordered.pt2    layers defined in another order
Does nothing when the folder already holds what these sources and these versions of the packages would write.
"""

import hashlib
import importlib.metadata
import json
import pathlib
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
EXAMPLE = ROOT / "workspace-example"
SOURCES = [
    *(ROOT / "Tests" / "Networks" / name for name in ("capture_networks.py", "networks.py", "variants.py")),
    *(EXAMPLE / name for name in ("archive.py", "models/gazenet.py", "models/weights.py")),
]
PACKAGES = ["torch", "torchvision", "timm"]


def stamp() -> str:
    """A fingerprint of everything that decides what is written, found without importing PyTorch."""
    digest = hashlib.sha256()
    for source in SOURCES:
        digest.update(source.read_bytes())
    for package in PACKAGES:
        digest.update(f"{package} {importlib.metadata.version(package)}\n".encode())
    return digest.hexdigest()


def main() -> None:
    if len(sys.argv) != 2:
        sys.exit(f"usage: {sys.argv[0]} FOLDER")
    folder = pathlib.Path(sys.argv[1])
    written = folder / "stamp"
    if written.is_file() and written.read_text() == stamp():
        return
    written.unlink(missing_ok=True)

    sys.path.insert(0, str(EXAMPLE))
    import networks

    timings = {}
    for name, network in networks.NETWORKS.items():
        seconds = networks.capture(name, network, folder)
        timings[name] = {"export_seconds": round(seconds["export"], 3), "save_seconds": round(seconds["save"], 3)}
    (folder / "timings.json").write_text(json.dumps(timings, indent=1) + "\n")
    written.write_text(stamp())


if __name__ == "__main__":
    main()
