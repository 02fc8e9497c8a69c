"""Lengths of a body's parts in a picture, and its size as projections show it.

Shapes: points (…, K, 2) in any unit, weights (…, K) ≥ 0; a part counts by the smaller weight of
its two ends.
"""

from __future__ import annotations

import torch
from torch import Tensor

from pipeline.skeleton import Skeleton

LIMBS = {
    "upper_arm": ("shoulder", "elbow"),
    "forearm": ("elbow", "wrist"),
    "thigh": ("hip", "knee"),
    "shank": ("knee", "ankle"),
}
# Shoulder and hip width over trunk length, means of hand-labelled pictures of a hundred infants.
SHOULDER_WIDTH, HIP_WIDTH = 0.68, 0.57
# Lengths below this are one point as far as gradients go; in the points' unit.
_TINY = 1e-3


class Body:
    """Where a skeleton keeps the ends of limbs and trunk; left limbs first, then right."""

    def __init__(self, skeleton: Skeleton) -> None:
        def at(joint: str) -> tuple[int, int]:
            return skeleton.index(f"left_{joint}"), skeleton.index(f"right_{joint}")

        self.n_points = len(skeleton)
        self.shoulders, self.hips = at("shoulder"), at("hip")
        self.starts = [at(start)[side] for side in (0, 1) for start, _ in LIMBS.values()]
        self.ends = [at(end)[side] for side in (0, 1) for _, end in LIMBS.values()]
        self.flip = list(skeleton.flip_indices)

    def limbs(self, points: Tensor, weights: Tensor) -> tuple[Tensor, Tensor]:
        """Return lengths and weights (…, 8) of upper arm, forearm, thigh and shank, both sides."""
        lengths = length(points[..., self.starts, :] - points[..., self.ends, :])
        return lengths, torch.minimum(weights[..., self.starts], weights[..., self.ends])

    def trunk(self, points: Tensor) -> tuple[Tensor, Tensor]:
        """Return mid-hip (…, 2) and the vector from there to mid-shoulder (…, 2)."""
        hip = points[..., self.hips, :].mean(-2)
        return hip, points[..., self.shoulders, :].mean(-2) - hip

    def size(self, points: Tensor, weights: Tensor) -> tuple[Tensor, Tensor]:
        """Return the trunk's length (…,) by its longest witness, and what it is worth (…,).

        Trunk, shoulders and hips each tell it; projection only shortens, so the longest is nearest
        the truth. Worth 0 where trunk or both widths lack a point.
        """
        torso = torch.minimum(
            weights[..., self.shoulders].amin(-1), weights[..., self.hips].amin(-1)
        )
        witnesses = [length(self.trunk(points)[1])]
        for pair, share in ((self.shoulders, SHOULDER_WIDTH), (self.hips, HIP_WIDTH)):
            witnesses.append(length(points[..., pair[0], :] - points[..., pair[1], :]) / share)
        return torch.stack(witnesses, -1).amax(-1), torso


def length(vectors: Tensor) -> Tensor:
    """Return lengths (…,) of (…, 2), with a gradient at zero."""
    return torch.sqrt((vectors**2).sum(-1) + _TINY**2)


def mean_by(values: Tensor, weights: Tensor) -> Tensor:
    """Return the weighted mean, 0 where nothing counts."""
    return (values * weights).sum() / weights.sum().clamp(min=1e-6)
