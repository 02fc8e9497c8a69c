"""The heatmap-and-offset head: it finds its own peaks, so the runtime reads coordinates."""

from __future__ import annotations

import training.mmpose_compat  # noqa: F401  isort: skip

from typing import Any

import torch
from mmpose.registry import MODELS
from torch import Tensor

from training.heads.heatmap import InfantHeatmapHead, cells_to_input


@MODELS.register_module()
class InfantOffsetHead(InfantHeatmapHead):
    """A heatmap and two offset maps a point; learns by ``HeatmapOffset`` only."""

    output_names = ("points",)

    def __init__(self, *, out_channels: int, **kwargs: Any) -> None:
        super().__init__(out_channels=3 * out_channels, **kwargs)

    def answers(self, raw: Tensor) -> tuple[Tensor, ...]:
        """Return (N, K, 3): x and y in input pixels, and the heatmap's height there."""
        cells, heights = self.loss_module.peaks(raw)
        points = cells_to_input(cells, self.stride)
        return (torch.cat([points, heights[..., None]], dim=-1),)

    def mirrored(self, answers: tuple[Tensor, ...], width: int) -> tuple[Tensor, ...]:
        """Return the points of a mirrored picture, mirrored back."""
        x, rest = answers[0][..., :1], answers[0][..., 1:]
        return (torch.cat([width - 1 - x, rest], dim=-1),)

    def confidence(self, raw: Tensor) -> Tensor:
        """Return the heatmap's height at its peak, (N, K)."""
        return self.loss_module.peaks(raw)[1]

    def output_spec(self) -> dict[str, Any]:
        """Return how the runtime reads the answer."""
        return {"kind": "coords", "decoder": "coords"}
