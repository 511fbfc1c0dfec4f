"""The detectors of torchvision, which choose boxes by their scores: no program holds them whole, so that they are
captured in part. Small images and random weights, nothing to download.

`ZOO` is a suite of its own for `reglaze capture --suite`.
"""

from collections.abc import Callable

import torch
from torch import nn

# Thresholds of zero keep boxes although the weights are random.
DETECTORS = {
    "ssdlite320_mobilenet_v3_large": {},
    "fasterrcnn_mobilenet_v3_large_320_fpn": {"box_score_thresh": 0.0},
    "retinanet_resnet50_fpn": {"score_thresh": 0.0, "min_size": 160, "max_size": 160},
    "keypointrcnn_resnet50_fpn": {"min_size": 160, "max_size": 160},
}


def detector(name: str, options: dict) -> Callable[[], tuple[nn.Module, tuple, dict]]:
    def build():
        from torchvision.models import detection

        model = getattr(detection, name)(weights=None, weights_backbone=None, **options)
        return model.eval(), ([torch.rand(3, 128, 128)],), {}

    return build


ZOO = {f"tv.{name}": ("tv", detector(name, options)) for name, options in DETECTORS.items()}
