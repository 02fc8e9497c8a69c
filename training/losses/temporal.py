"""The temporal loss: between three frames of a clip no infant jumps. Needs no labels.

Source: the temporal difference loss of Lightning Pose (Biderman et al. 2024), here on the second
difference, so that steady motion is free, and in trunk lengths.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from pipeline.skeleton import Skeleton
from training.losses.body import Body, length, mean_by
from training.spec import TemporalSpec


class TemporalLoss(nn.Module):
    """Mean excess of accelerations over what infants do; points (C, T, K, 2), weights (C, T, K)."""

    def __init__(self, spec: TemporalSpec, skeleton: Skeleton) -> None:
        super().__init__()
        self.spec = spec
        self.body = Body(skeleton)

    def forward(self, points_ctkc: Tensor, weights_ctk: Tensor) -> Tensor:
        """Return the loss, a scalar; clips of fewer than three frames say nothing."""
        if points_ctkc.shape[1] < 3:
            return points_ctkc.new_zeros(())
        before, at, after = points_ctkc[:, :-2], points_ctkc[:, 1:-1], points_ctkc[:, 2:]
        size = self.body.size(points_ctkc, weights_ctk)[0].detach().amax(1)
        bend = length(after - 2 * at + before) / size[:, None, None]
        sure = torch.stack([weights_ctk[:, :-2], weights_ctk[:, 1:-1], weights_ctk[:, 2:]]).amin(0)
        sure = sure * (sure >= self.spec.min_confidence)
        return self.spec.weight * mean_by(torch.relu(bend - self.spec.tolerance), sure)
