"""The heatmap head: draws its targets from coordinates, on the device, and gives probabilities."""

from __future__ import annotations

import training.mmpose_compat  # noqa: F401  isort: skip

from typing import Any

import torch
import torch.nn.functional as F
from mmpose.models.heads import HeatmapHead
from mmpose.registry import MODELS
from torch import Tensor, nn

from training.heads.base import InfantHead, Labels
from training.losses.offset import cell_grid


@MODELS.register_module()
class InfantHeatmapHead(InfantHead, HeatmapHead):
    """mmpose's heatmap head with targets as coordinates; one cell every ``stride`` input pixels.

    ``parts``: with a ``parts_weight``, it also learns which of so many parts of the body each cell
    shows, from labels that composed pictures bring.
    """

    output_names = ("heatmaps",)

    def __init__(
        self, *, stride: int, parts: int = 0, parts_weight: float = 0.0, **kwargs: Any
    ) -> None:
        super().__init__(**kwargs)
        self.stride = stride
        self.parts_weight = parts_weight
        # Learned beside the heatmaps, never exported.
        self.parts_layer = nn.Conv2d(self.in_channels, parts, 1) if parts_weight else None

    def loss(
        self, feats: tuple[Tensor, ...], batch_data_samples: list, train_cfg: dict | None = None
    ) -> dict[str, Tensor]:
        """Return the losses of all heads, and ``loss_parts`` where parts are learned."""
        losses = super().loss(feats, batch_data_samples, train_cfg)
        if self.parts_layer is not None:
            labels = [sample.gt_instance_labels for sample in batch_data_samples]
            found = self.parts_layer(feats[-1]).float()
            parts = torch.cat([label.parts for label in labels]).to(found.device).long()
            losses["loss_parts"] = self.parts_weight * F.cross_entropy(found, parts)
        return losses

    def point_loss(self, raw: Tensor, labels: Labels) -> Tensor:
        """Return the loss on keypoints, a scalar."""
        cells = input_to_cells(labels.points_nkc, self.stride)
        return self.loss_module(raw, cells, labels.weights_nk, labels.present_nk)

    def answers(self, raw: Tensor) -> tuple[Tensor, ...]:
        """Return heatmaps (N, K, H, W) in 0..1."""
        return (self.loss_module.probability(raw),)

    def mirrored(self, answers: tuple[Tensor, ...], width: int) -> tuple[Tensor, ...]:
        """Return the heatmaps of a mirrored picture, mirrored back."""
        return tuple(answer.flip(-1) for answer in answers)

    def expected(self, raw: Tensor) -> Tensor:
        """Return the mean place of each map, in input pixels (N, K, 2)."""
        mass = self.loss_module.mass(raw).flatten(2)
        mass = mass / mass.sum(-1, keepdim=True).clamp(min=1e-9)
        return cells_to_input(mass @ cell_grid(raw).T.to(mass), self.stride)

    def output_spec(self) -> dict[str, Any]:
        """Return how the runtime reads the answer."""
        return {
            "kind": "heatmap",
            "decoder": "dark",
            "stride": self.stride,
            "sigma": self.loss_module.sigma,
            "alignment": "centre",
        }


def input_to_cells(points_xy: Tensor, stride: int) -> Tensor:
    """Convert input pixels to heatmap cells, both with centres at whole numbers."""
    return (points_xy + 0.5) / stride - 0.5


def cells_to_input(cells_xy: Tensor, stride: int) -> Tensor:
    """Convert heatmap cells to input pixels; the inverse of ``input_to_cells``."""
    return (cells_xy + 0.5) * stride - 0.5
