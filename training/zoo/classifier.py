"""HRNet's form that classifies pictures, only to be counted: its papers give figures for it.

Source: Wang et al. 2020, section on ImageNet classification: each branch is widened by a
bottleneck, the branches are joined downwards, and 2048 channels lead to 1000 classes.
"""

from __future__ import annotations

import training.mmpose_compat  # noqa: F401  isort: skip

from copy import deepcopy
from typing import Any

from mmpose.models.backbones.resnet import Bottleneck
from mmpose.registry import MODELS
from torch import Tensor, nn

_WIDE = (128, 256, 512, 1024)
_FEATURES, _CLASSES = 2048, 1000
CLASSIFIER_INPUT_WH = (224, 224)


class Classifier(nn.Module):
    """A backbone of HRNet's and the classification head; counts like a pose estimator."""

    def __init__(self, backbone: dict[str, Any]) -> None:
        super().__init__()
        config = deepcopy(backbone)
        config["extra"]["stage4"]["multiscale_output"] = True
        self.backbone = MODELS.build(config)
        self.head = _Head(config["extra"]["stage4"]["num_channels"])


class _Head(nn.Module):
    def __init__(self, widths: tuple[int, ...]) -> None:
        super().__init__()
        self.widen = nn.ModuleList(
            Bottleneck(width, wide, downsample=_unit(width, wide, 1, relu=False))
            for width, wide in zip(widths, _WIDE, strict=True)
        )
        self.down = nn.ModuleList(
            _unit(_WIDE[i], _WIDE[i + 1], 3, stride=2) for i in range(len(_WIDE) - 1)
        )
        self.features = _unit(_WIDE[-1], _FEATURES, 1, bias=True)
        self.classes = nn.Linear(_FEATURES, _CLASSES)

    def forward(self, branches: tuple[Tensor, ...]) -> Tensor:
        """Return class scores."""
        x = self.widen[0](branches[0])
        for down, widen, branch in zip(self.down, self.widen[1:], branches[1:], strict=True):
            x = widen(branch) + down(x)
        return self.classes(self.features(x).mean((2, 3)))


def _unit(
    before: int, after: int, kernel: int, *, stride: int = 1, relu: bool = True, bias: bool = False
) -> nn.Sequential:
    conv = nn.Conv2d(before, after, kernel, stride, kernel // 2, bias=bias or kernel == 3)
    return nn.Sequential(conv, nn.BatchNorm2d(after), *([nn.ReLU()] if relu else []))
