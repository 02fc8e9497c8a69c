"""The morphology loss: what an infant's body allows, on coordinates. Ours.

Four terms, each with its own weight, all invariant to place, scale and rotation:

1. ``ranges``: a limb over the trunk is not longer than infants have it (projection only shortens);
2. ``symmetry``: left and right limb agree, weakly, as foreshortening differs;
3. ``prior``: the pose lies near a low-dimensional space fitted on labelled poses;
4. ``clip``: over a clip an infant's limbs keep their length: the longest seen in its first half
   and in its second half agree.

Ranges and prior are learned from the training set (``learn``); before that the ranges are those of
preterm anthropometry and the prior is silent. Both are buffers, so a checkpoint keeps them.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from pipeline.skeleton import Skeleton
from training.losses.body import LIMBS, Body, length, mean_by
from training.spec import MorphologySpec

# Longest limbs over trunk in three dimensions (the ranges of training/synthetic/body.py, which are
# those of 24 to 44 weeks), and a tenth for perspective.
PRETERM_RANGES = {"upper_arm": 0.60, "forearm": 0.52, "thigh": 0.70, "shank": 0.62}
# Where learned: limbs and residuals beyond these shares of the training set are held to be wrong.
_RANGE_QUANTILE, _RESIDUAL_QUANTILE = 0.99, 0.95
# Left and right may differ by this factor before the weak hinge feels it.
_SYMMETRY_FACTOR = 1.6
# A trunk seen shorter than this share of its length has no direction to speak of.
_END_ON = 0.3
_RIDGE = 1e-2
# Softness of the longest length in a clip, as a factor on logarithms.
_ENVELOPE_SOFTNESS = 0.05


class MorphologyLoss(nn.Module):
    """The weighted sum of the terms; points (N, K, 2), weights (N, K) ≥ 0."""

    def __init__(self, spec: MorphologySpec, skeleton: Skeleton) -> None:
        super().__init__()
        self.spec = spec
        self.body = Body(skeleton)
        limits = torch.tensor([PRETERM_RANGES[limb] for limb in LIMBS])
        size = 2 * len(skeleton)
        self.register_buffer("limits", limits.repeat(2))
        self.register_buffer("mean_pose", torch.zeros(size))
        self.register_buffer("directions", torch.zeros(size, spec.components))
        self.register_buffer("residual_limit", torch.tensor(float("inf")))

    def forward(self, points_nkc: Tensor, weights_nk: Tensor) -> Tensor:
        """Return the loss of single pictures, a scalar."""
        terms = (
            (self.spec.ranges, self.ranges),
            (self.spec.symmetry, self.symmetry),
            (self.spec.prior, self.prior),
        )
        total = points_nkc.new_zeros(())
        for weight, term in terms:
            if weight > 0:
                total = total + weight * term(points_nkc, weights_nk)
        return self.spec.weight * total

    def of_clips(self, points_ctkc: Tensor, weights_ctk: Tensor) -> Tensor:
        """Return the loss of clips (C, T, K, 2), a scalar."""
        return self.spec.weight * self.spec.clip * self.clip(points_ctkc, weights_ctk)

    def ranges(self, points: Tensor, weights: Tensor) -> Tensor:
        """Return the mean squared excess of limbs over trunk, in shares of the range."""
        lengths, counted = self.body.limbs(points, weights)
        size, worth = self.body.size(points, weights)
        # The torso is the surer part: a limb that is too long gives way, not the trunk.
        excess = torch.relu(lengths / (size.detach()[..., None] * self.limits) - 1)
        return mean_by(excess**2, torch.minimum(counted, worth[..., None]))

    def symmetry(self, points: Tensor, weights: Tensor) -> Tensor:
        """Return the mean squared excess of |log(left/right)| over a wide tolerance."""
        lengths, counted = self.body.limbs(points, weights)
        (left, right), (sure_left, sure_right) = lengths.chunk(2, -1), counted.chunk(2, -1)
        tolerance = torch.log(lengths.new_tensor(_SYMMETRY_FACTOR))
        excess = torch.relu(torch.abs(torch.log(left) - torch.log(right)) - tolerance)
        return mean_by(excess**2, torch.minimum(sure_left, sure_right))

    def prior(self, points: Tensor, weights: Tensor) -> Tensor:
        """Return the mean squared excess of the distance from the prior's space, in trunks."""
        if not torch.isfinite(self.residual_limit):
            return points.new_zeros(())
        poses, worth = self._upright(points, weights)
        distance = self._residual(poses, weights)
        return mean_by(torch.relu(distance - self.residual_limit) ** 2, worth)

    def clip(self, points_ctkc: Tensor, weights_ctk: Tensor) -> Tensor:
        """Return the mean variance of limbs' longest lengths between a clip's halves."""
        lengths, counted = self.body.limbs(points_ctkc, weights_ctk)
        half = lengths.shape[1] // 2
        logs = torch.log(lengths)
        ends = [
            _soft_longest(logs[:, part], counted[:, part])
            for part in (slice(0, half), slice(lengths.shape[1] - half, None))
        ]
        sure = torch.minimum(counted[:, :half].amax(1), counted[:, -half:].amax(1))
        return mean_by((ends[0] - ends[1]) ** 2 / 2, sure)

    @torch.no_grad()
    def learn(self, points_nkc: Tensor, weights_nk: Tensor) -> None:
        """Fit ranges and prior to labelled poses; keep the defaults where they are too few."""
        lengths, counted = self.body.limbs(points_nkc, weights_nk)
        size, worth = self.body.size(points_nkc, weights_nk)
        ratios = lengths / size[..., None]
        known = torch.minimum(counted, worth[..., None]) > 0
        for limb in range(len(LIMBS)):
            both = [limb, limb + len(LIMBS)]
            seen = ratios[:, both][known[:, both]]
            if len(seen) >= self.spec.learn_from:
                self.limits[both] = torch.quantile(seen, _RANGE_QUANTILE)
        self._learn_prior(points_nkc, weights_nk)

    def _learn_prior(self, points: Tensor, weights: Tensor) -> None:
        whole = (weights > 0).all(-1)
        poses, worth = self._upright(points[whole], weights[whole])
        poses = poses[worth > 0]
        if len(poses) < self.spec.learn_from:
            return
        mirrored = poses.unflatten(-1, (-1, 2))[:, self.body.flip] * poses.new_tensor([-1.0, 1.0])
        poses = torch.cat([poses, mirrored.flatten(-2)])
        self.mean_pose.copy_(poses.mean(0))
        directions = torch.linalg.svd(poses - self.mean_pose, full_matrices=False).Vh
        self.directions.copy_(directions[: self.spec.components].T)
        distance = self._residual(poses, torch.ones(len(poses), weights.shape[-1]))
        self.residual_limit.fill_(torch.quantile(distance, _RESIDUAL_QUANTILE))

    def _upright(self, points: Tensor, weights: Tensor) -> tuple[Tensor, Tensor]:
        """Return poses (N, 2K) with mid-hip at 0, trunk of length 1 up, and their worth (N,)."""
        hip, trunk = self.body.trunk(points)
        size, worth = self.body.size(points, weights)
        size = size.detach()
        across, up = (trunk / length(trunk)[..., None]).detach().unbind(-1)
        # Rows of the rotation that takes the trunk's direction to (0, 1).
        turn = torch.stack([up, -across, across, up], -1).unflatten(-1, (2, 2))
        placed = torch.einsum("nij,nkj->nki", turn, points - hip[:, None]) / size[:, None, None]
        seen_side_on = length(trunk).detach() >= _END_ON * size
        return placed.flatten(-2), worth * seen_side_on

    def _residual(self, poses: Tensor, weights: Tensor) -> Tensor:
        """Return the weighted distance (N,) of poses (N, 2K) from the prior's space, in trunks."""
        counts = weights.repeat_interleave(2, -1)
        centred = poses - self.mean_pose
        basis = self.directions * counts[..., None]
        gram = torch.einsum("nij,ik->njk", basis, self.directions)
        gram = gram + _RIDGE * torch.eye(self.spec.components).to(gram)
        along = torch.linalg.solve(gram, torch.einsum("nij,ni->nj", basis, centred))
        rest = centred - along @ self.directions.T
        return torch.sqrt((counts * rest**2).sum(-1) / counts.sum(-1).clamp(min=1e-6) + 1e-12)


def _soft_longest(logs: Tensor, weights: Tensor) -> Tensor:
    """Return a soft maximum over time (C, T, L) → (C, L), frames by their weight."""
    scaled = logs / _ENVELOPE_SOFTNESS + torch.log(weights.clamp(min=1e-9))
    return _ENVELOPE_SOFTNESS * torch.logsumexp(scaled, dim=1)
