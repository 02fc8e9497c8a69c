"""Heatmap and offset: the heatmap says which cell, two more maps say where in it.

Source: Papandreou et al. 2017 (G-RMI), Huang et al. 2020 (UDP's combined target).
"""

from __future__ import annotations

import training.mmpose_compat  # noqa: F401  isort: skip

import torch
import torch.nn.functional as F
from mmpose.registry import MODELS
from torch import Tensor, nn

from training.losses.heatmap import SpatialCrossEntropy, gaussians
from training.losses.places import weighted_mean


@MODELS.register_module()
class HeatmapOffset(nn.Module):
    """Cross-entropy over cells, and a smooth L1 on offsets in cells near the true place.

    Its maps are (N, 3K, H, W): K logits, then K offsets along x, then K along y. Cells count for
    the offsets by the Gaussian round the point, so only those that may win learn one.
    """

    def __init__(self, sigma: float = 1.5, offset_weight: float = 1.0) -> None:
        super().__init__()
        self.sigma = sigma
        self.offset_weight = offset_weight
        self.cells = SpatialCrossEntropy(sigma)

    @staticmethod
    def parts(maps: Tensor) -> tuple[Tensor, Tensor]:
        """Return logits (N, K, H, W) and offsets (N, K, 2, H, W), x then y, in cells."""
        logits, *offsets = maps.chunk(3, dim=1)
        return logits, torch.stack(offsets, dim=2)

    def forward(self, maps: Tensor, targets_xy: Tensor, weights: Tensor, present: Tensor) -> Tensor:
        """Return the weighted mean of both parts, a scalar."""
        logits, offsets = self.parts(maps)
        height, width = logits.shape[-2:]
        near = gaussians(targets_xy, present, (height, width), self.sigma).flatten(2)
        near = near / near.sum(-1, keepdim=True).clamp(min=1e-6)
        wanted = targets_xy[..., None] - cell_grid(logits)
        off = F.smooth_l1_loss(offsets.flatten(3), wanted, reduction="none").sum(2)
        places = self.cells(logits, targets_xy, weights, present)
        return places + self.offset_weight * weighted_mean((off * near).sum(-1), weights)

    def probability(self, maps: Tensor) -> Tensor:
        """Return the heatmaps in 0..1."""
        return self.cells.probability(self.parts(maps)[0])

    def mass(self, maps: Tensor) -> Tensor:
        """Return the softmax over cells."""
        return self.cells.mass(self.parts(maps)[0])

    def peaks(self, maps: Tensor) -> tuple[Tensor, Tensor]:
        """Return the best cell with its offset (N, K, 2) in cells, and its height (N, K)."""
        heights, best = self.probability(maps).flatten(2).max(-1)
        offsets = self.parts(maps)[1].flatten(3)
        chosen = offsets.gather(3, best[..., None, None].expand(-1, -1, 2, 1))[..., 0]
        width = maps.shape[-1]
        cells = torch.stack([best % width, torch.div(best, width, rounding_mode="floor")], -1)
        return cells.to(chosen) + chosen, heights


def cell_grid(maps: Tensor) -> Tensor:
    """Return the cells' x and y as (2, H·W) of the maps' kind."""
    height, width = int(maps.shape[-2]), int(maps.shape[-1])
    rows = torch.arange(height, device=maps.device).to(maps)
    columns = torch.arange(width, device=maps.device).to(maps)
    return torch.stack([columns.repeat(height), rows.repeat_interleave(width)])
