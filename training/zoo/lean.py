"""Lite-HRNet's backbone computing the same as mmpose's with less work.

mmpose's ``LiteHRModule.forward`` runs the first fuse layer twice for every branch but the first
and adds both. Here it runs once and is doubled: the same output for 43.7M (18) or 76.6M (30)
fewer MACs. (In training, its batch norm statistics are updated once instead of twice with the
same numbers.) Weights and their names are mmpose's.
"""

from __future__ import annotations

import training.mmpose_compat  # noqa: F401  isort: skip

import torch
from mmpose.models.backbones.litehrnet import (
    ConditionalChannelWeighting,
    CrossResolutionWeighting,
    LiteHRModule,
    LiteHRNet,
)
from mmpose.registry import MODELS
from torch import Tensor, nn
from torch.nn import functional as F


class LeanCrossResolutionWeighting(CrossResolutionWeighting):
    """Pools by whole factors, which every exporter knows, wherever the sizes divide."""

    def forward(self, x: list[Tensor]) -> list[Tensor]:
        """Weigh each branch (N, C_i, H_i, W_i) by all of them, seen at the smallest size."""
        smallest_hw = x[-1].shape[-2:]
        pooled = [_pool_to(branch, smallest_hw) for branch in x[:-1]]
        weights = self.conv2(self.conv1(torch.cat([*pooled, x[-1]], dim=1)))
        return [
            branch * F.interpolate(weight, size=branch.shape[-2:], mode="nearest")
            for branch, weight in zip(x, torch.split(weights, self.channels, dim=1), strict=True)
        ]


def _pool_to(branch: Tensor, size_hw: torch.Size) -> Tensor:
    factor = int(branch.shape[-2]) // int(size_hw[0])
    divides = int(branch.shape[-2]) == factor * int(size_hw[0]) and int(
        branch.shape[-1]
    ) == factor * int(size_hw[1])
    if divides:
        return F.avg_pool2d(branch, factor, factor)
    return F.adaptive_avg_pool2d(branch, (int(size_hw[0]), int(size_hw[1])))


def interleave(first: Tensor, second: Tensor) -> Tensor:
    """Concatenate and shuffle two halves (N, C, H, W): channels 0 0 1 1 2 2 ….

    mmpose's shuffle copies channels-last pictures to channels-first and the next convolution
    copies them back; this writes each value once, where it belongs.
    """
    n, channels, height, width = first.shape
    if not second.is_contiguous(memory_format=torch.channels_last):
        return torch.stack([first, second], dim=2).reshape(n, 2 * channels, height, width)
    halves = [half.permute(0, 2, 3, 1) for half in (first, second)]
    return torch.stack(halves, dim=-1).flatten(-2).permute(0, 3, 1, 2)


class LeanChannelWeighting(ConditionalChannelWeighting):
    """A conditional channel weighting block that shuffles while it concatenates."""

    def forward(self, x: list[Tensor]) -> list[Tensor]:
        """Weigh one half of each branch's channels by all branches, shuffle with the other."""
        kept, changed = zip(*(branch.chunk(2, dim=1) for branch in x), strict=True)
        changed = self.cross_resolution_weighting(list(changed))
        changed = [conv(half) for half, conv in zip(changed, self.depthwise_convs, strict=True)]
        changed = [weigh(half) for half, weigh in zip(changed, self.spatial_weighting, strict=True)]
        return [interleave(a, b) for a, b in zip(kept, changed, strict=True)]


class LeanLiteHRModule(LiteHRModule):
    """A Lite-HRNet module that runs each fuse layer once."""

    def forward(self, x: list[Tensor]) -> list[Tensor]:
        """Run the blocks of every branch, then exchange between branches."""
        if self.num_branches == 1:
            return [self.layers[0](x[0])]
        if self.module_type.upper() == "LITE":
            out = list(self.layers(x))
        else:
            out = [layer(branch) for layer, branch in zip(self.layers, x, strict=True)]
        if self.with_fuse:
            out = self._fuse(out)
        return out if self.multiscale_output else out[:1]

    def _fuse(self, out: list[Tensor]) -> list[Tensor]:
        # mmpose adds in place into out[0], so its other branches see the first one fused and
        # before its ReLU; published weights were trained so, and this keeps it.
        fused_first = 2 * out[0]
        for j in range(1, self.num_branches):
            fused_first = fused_first + self.fuse_layers[0][j](out[j])
        fused = [self.relu(fused_first)]
        for i in range(1, len(self.fuse_layers)):
            total = 2 * self.fuse_layers[i][0](fused_first)
            for j in range(1, self.num_branches):
                total = total + (out[j] if i == j else self.fuse_layers[i][j](out[j]))
            fused.append(self.relu(total))
        return fused


_LEAN: dict[type[nn.Module], type[nn.Module]] = {
    LiteHRModule: LeanLiteHRModule,
    ConditionalChannelWeighting: LeanChannelWeighting,
    CrossResolutionWeighting: LeanCrossResolutionWeighting,
}


@MODELS.register_module()
class LeanLiteHRNet(LiteHRNet):
    """mmpose's Lite-HRNet with the lean forwards; weights load both ways."""

    def __init__(self, **kwargs: object) -> None:
        super().__init__(**kwargs)
        for module in self.modules():
            # The lean classes add no state, so changing the class changes the forward only.
            if type(module) in _LEAN:
                module.__class__ = _LEAN[type(module)]
