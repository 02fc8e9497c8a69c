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

from training.losses.places import cross_entropy, shares, weighted_mean


def gaussians(
    targets_xy: Tensor, present: Tensor, size_hw: tuple[int, int], sigma: float
) -> Tensor:
    """Draw Gaussians with a peak of 1: (N, K, H, W), all zero where not present."""
    height, width = size_hw
    along_x = bumps(targets_xy[..., 0], width, sigma)
    along_y = bumps(targets_xy[..., 1], height, sigma)
    return along_y[..., :, None] * along_x[..., None, :] * present[..., None, None]


def bumps(centres_nk: Tensor, size: int, sigma: float) -> Tensor:
    """Draw Gaussians with a peak of 1 along one axis: (N, K, size)."""
    grid = torch.arange(size, device=centres_nk.device, dtype=torch.float32)
    return torch.exp(-((grid - centres_nk[..., None]) ** 2) / (2 * sigma**2))


class HeatmapLoss(nn.Module):
    """What heatmap losses share: they compare with Gaussians, and average by weight.

    A kind says how a point's map differs from its Gaussian (``of_points``) and what its logits say
    (``probability``; ``mass`` for the mean place).
    """

    def __init__(self, sigma: float = 1.5) -> None:
        super().__init__()
        self.sigma = sigma

    def forward(
        self, logits: Tensor, targets_xy: Tensor, weights: Tensor, present: Tensor
    ) -> Tensor:
        """Return the weighted mean over points, a scalar."""
        target = gaussians(targets_xy, present, logits.shape[-2:], self.sigma)
        return weighted_mean(self.of_points(logits, target), weights)

    def of_points(self, logits: Tensor, target: Tensor) -> Tensor:
        """Return the loss (N, K) of each point's map against its Gaussian (N, K, H, W)."""
        raise NotImplementedError

    def probability(self, logits: Tensor) -> Tensor:
        """Return heatmaps in 0..1 from logits."""
        raise NotImplementedError

    def mass(self, logits: Tensor) -> Tensor:
        """Return what the mean place weighs cells with, ≥ 0 (N, K, H, W).

        The square: thousands of cells near zero would else outweigh the peak.
        """
        return self.probability(logits).clamp(min=0) ** 2


@MODELS.register_module()
class SpatialCrossEntropy(HeatmapLoss):
    """Cross-entropy over heatmap cells and one more place, "not here" (see ``places``).

    ``probability`` scales the softmax so that a perfectly sharp answer peaks at 1 and an empty
    picture, whose mass lies on "not here", stays near 0. Ours.
    """

    def of_points(self, logits: Tensor, target: Tensor) -> Tensor:
        """Return cross-entropies (N, K)."""
        return cross_entropy(logits.flatten(2), target.flatten(2))

    def probability(self, logits: Tensor) -> Tensor:
        """Return heatmaps in 0..1 from logits."""
        peak = 2 * math.pi * self.sigma**2
        return (shares(logits.flatten(2)) * peak).clamp(max=1.0).reshape(logits.shape)

    def mass(self, logits: Tensor) -> Tensor:
        """Return the softmax over cells: it is a distribution as it stands."""
        return logits.flatten(2).softmax(-1).reshape(logits.shape)


@MODELS.register_module()
class HeatmapBCE(HeatmapLoss):
    """Binary cross-entropy a cell against Gaussians, summed over cells."""

    def of_points(self, logits: Tensor, target: Tensor) -> Tensor:
        """Return summed cross-entropies (N, K)."""
        loss = F.binary_cross_entropy_with_logits(logits, target, reduction="none")
        return loss.flatten(2).sum(-1)

    def probability(self, logits: Tensor) -> Tensor:
        """Return heatmaps in 0..1 from logits."""
        return logits.sigmoid()


@MODELS.register_module()
class HeatmapMSE(HeatmapLoss):
    """Squared error against Gaussians, as mmpose's default, summed over cells to a useful size."""

    def of_points(self, logits: Tensor, target: Tensor) -> Tensor:
        """Return summed squared errors (N, K)."""
        return ((logits - target) ** 2).flatten(2).sum(-1)

    def probability(self, logits: Tensor) -> Tensor:
        """Return the heatmaps as they are: this loss learns them directly."""
        return logits
