"""Heatmap losses: a spatial classification with a place for "not here", BCE, and plain MSE.

All take ``logits`` (N, K, H, W), ``targets_xy`` (N, K, 2) in heatmap cells (cell centres at whole
numbers), ``weights`` (N, K) ≥ 0 (0: nothing is known of this point) and ``present`` (N, K) bool
(False: the point is known not to be in the picture, so the heatmap must stay empty).
"""

from __future__ import annotations

import training.mmpose_compat  # noqa: F401  isort: skip

import math

import torch
import torch.nn.functional as F
from mmpose.registry import MODELS
from torch import Tensor, nn


def gaussians(
    targets_xy: Tensor, present: Tensor, size_hw: tuple[int, int], sigma: float
) -> Tensor:
    """Draw Gaussians with a peak of 1: (N, K, H, W), all zero where not present."""
    height, width = size_hw
    grid_x = torch.arange(width, device=targets_xy.device, dtype=torch.float32)
    grid_y = torch.arange(height, device=targets_xy.device, dtype=torch.float32)
    along_x = torch.exp(-((grid_x - targets_xy[..., :1]) ** 2) / (2 * sigma**2))
    along_y = torch.exp(-((grid_y - targets_xy[..., 1:]) ** 2) / (2 * sigma**2))
    return along_y[..., :, None] * along_x[..., None, :] * present[..., None, None]


def _weighted_mean(loss_nk: Tensor, weights: Tensor) -> Tensor:
    return (loss_nk * weights).sum() / weights.sum().clamp(min=1.0)


@MODELS.register_module()
class SpatialCrossEntropy(nn.Module):
    """Cross-entropy over heatmap cells and one more place, "not here", whose logit is zero.

    ``probability`` scales the softmax so that a perfectly sharp answer peaks at 1 and an empty
    picture, whose mass lies on "not here", stays near 0. Ours.
    """

    def __init__(self, sigma: float = 1.5) -> None:
        super().__init__()
        self.sigma = sigma

    def forward(
        self, logits: Tensor, targets_xy: Tensor, weights: Tensor, present: Tensor
    ) -> Tensor:
        """Return the weighted mean cross-entropy, a scalar."""
        n, k, height, width = logits.shape
        target = gaussians(targets_xy, present, (height, width), self.sigma).flatten(2)
        mass = target.sum(-1, keepdim=True)
        target = target / mass.clamp(min=1e-6)
        target = torch.cat([target, 1.0 - target.sum(-1, keepdim=True)], dim=-1)
        flat = torch.cat([logits.flatten(2), logits.new_zeros(n, k, 1)], dim=-1)
        loss_nk = -(target * flat.log_softmax(-1)).sum(-1)
        return _weighted_mean(loss_nk, weights)

    def probability(self, logits: Tensor) -> Tensor:
        """Return heatmaps in 0..1 from logits."""
        flat = logits.flatten(2)
        top = flat.amax(-1, keepdim=True).clamp(min=0)
        raised = torch.exp(flat - top)
        share = raised / (raised.sum(-1, keepdim=True) + torch.exp(-top))
        peak = 2 * math.pi * self.sigma**2
        return (share * peak).clamp(max=1.0).reshape(logits.shape)


@MODELS.register_module()
class HeatmapBCE(nn.Module):
    """Binary cross-entropy a cell against Gaussians, summed over cells."""

    def __init__(self, sigma: float = 1.5) -> None:
        super().__init__()
        self.sigma = sigma

    def forward(
        self, logits: Tensor, targets_xy: Tensor, weights: Tensor, present: Tensor
    ) -> Tensor:
        """Return the weighted mean of the summed cross-entropy, a scalar."""
        target = gaussians(targets_xy, present, logits.shape[-2:], self.sigma)
        loss = F.binary_cross_entropy_with_logits(logits, target, reduction="none")
        return _weighted_mean(loss.flatten(2).sum(-1), weights)

    def probability(self, logits: Tensor) -> Tensor:
        """Return heatmaps in 0..1 from logits."""
        return logits.sigmoid()


@MODELS.register_module()
class HeatmapMSE(nn.Module):
    """Mean squared error against Gaussians, as mmpose's default, scaled to a useful size."""

    def __init__(self, sigma: float = 2.0) -> None:
        super().__init__()
        self.sigma = sigma

    def forward(
        self, logits: Tensor, targets_xy: Tensor, weights: Tensor, present: Tensor
    ) -> Tensor:
        """Return the weighted mean of the summed squared error, a scalar."""
        target = gaussians(targets_xy, present, logits.shape[-2:], self.sigma)
        return _weighted_mean(((logits - target) ** 2).flatten(2).sum(-1), weights)

    def probability(self, logits: Tensor) -> Tensor:
        """Return the heatmaps as they are: this loss learns them directly."""
        return logits
