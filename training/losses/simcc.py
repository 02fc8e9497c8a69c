"""SimCC: a point's x and y as two classifications over bins, learned by Kullback-Leibler.

Source: Li et al. 2022 (SimCC), Jiang et al. 2023 (RTMPose: Gaussian labels and a temperature);
the place "not here" on each axis is ours.
"""

from __future__ import annotations

import training.mmpose_compat  # noqa: F401  isort: skip

import math

import torch
from mmpose.registry import MODELS
from torch import Tensor, nn

from training.losses.heatmap import bumps
from training.losses.places import cross_entropy, shares, weighted_mean, with_absence

Pair = tuple[Tensor, Tensor]


@MODELS.register_module()
class SimccKL(nn.Module):
    """Divergence from Gaussians over bins, both axes summed; 0 where the answer is perfect.

    ``beta`` is the temperature that RTMPose's published weights were trained with: logits count
    ``beta`` times. ``sigma`` is in bins.
    """

    def __init__(self, sigma: float = 4.9, beta: float = 10.0) -> None:
        super().__init__()
        self.sigma = sigma
        self.beta = beta

    def forward(
        self, logits_xy: Pair, targets_xy: Tensor, weights: Tensor, present: Tensor
    ) -> Tensor:
        """Return the weighted mean divergence, a scalar.

        ``logits_xy``: (N, K, bins) along x and along y; ``targets_xy`` (N, K, 2) in bins;
        ``weights`` and ``present`` (N, K) as for heatmaps.
        """
        total = weights.new_zeros(())
        for axis, logits in enumerate(logits_xy):
            target = bumps(targets_xy[..., axis], logits.shape[-1], self.sigma)
            target = target * present[..., None]
            loss_nk = cross_entropy(self.beta * logits, target) - _entropy(target)
            total = total + weighted_mean(loss_nk, weights)
        return total

    def probability(self, logits: Tensor) -> Tensor:
        """Return one axis' bins in 0..1; a sharp answer peaks at 1."""
        peak = math.sqrt(2 * math.pi) * self.sigma
        return (shares(self.beta * logits) * peak).clamp(max=1.0)

    def expected(self, logits: Tensor) -> Tensor:
        """Return the mean bin (N, K) of one axis."""
        bins = torch.arange(logits.shape[-1], device=logits.device).to(logits)
        return ((self.beta * logits).softmax(-1) * bins).sum(-1)


def _entropy(target_nkp: Tensor) -> Tensor:
    full = with_absence(target_nkp)
    return -torch.special.xlogy(full, full).sum(-1)
