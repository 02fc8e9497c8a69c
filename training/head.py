"""The heatmap head: draws its targets from coordinates, on the device, and gives probabilities."""

from __future__ import annotations

import training.mmpose_compat  # noqa: F401  isort: skip

from typing import Any

import numpy as np
import torch
import torch.nn.functional as F
from mmengine.structures import InstanceData
from mmpose.models.data_preprocessors import PoseDataPreprocessor
from mmpose.models.heads import HeatmapHead
from mmpose.registry import MODELS
from torch import Tensor, nn


@MODELS.register_module()
class InfantHeatmapHead(HeatmapHead):
    """mmpose's heatmap head with targets as coordinates.

    Batches carry coordinates instead of drawn heatmaps: a hundred times less to move from the
    loader's workers, and any input size works.
    """

    def __init__(
        self, *, stride: int, parts: int = 0, parts_weight: float = 0.0, **kwargs: Any
    ) -> None:
        super().__init__(**kwargs)
        self.stride = stride
        self.parts_weight = parts_weight
        # Learned beside the heatmaps, never exported: which part of the body each cell shows.
        self.parts_layer = nn.Conv2d(self.in_channels, parts, 1) if parts_weight else None

    def loss(
        self, feats: tuple[Tensor, ...], batch_data_samples: list, train_cfg: dict | None = None
    ) -> dict[str, Tensor]:
        """Return ``loss_keypoints`` of a batch."""
        logits = self.forward(feats).float()  # the softmax of the loss needs more than 16 bits
        labels = [sample.gt_instance_labels for sample in batch_data_samples]
        points = torch.cat([label.keypoints for label in labels]).to(logits)
        weights = torch.cat([label.keypoint_weights for label in labels]).to(logits)
        present = torch.cat([label.present for label in labels]).to(logits.device)
        cells = input_to_cells(points, self.stride)
        losses = {"loss_keypoints": self.loss_module(logits, cells, weights, present)}
        if self.parts_layer is not None:
            parts = torch.cat([label.parts for label in labels]).to(logits.device).long()
            found = self.parts_layer(feats[-1]).float()
            losses["loss_parts"] = self.parts_weight * F.cross_entropy(found, parts)
        return losses

    def predict(
        self, feats: tuple[Tensor, ...], batch_data_samples: list, test_cfg: dict | None = None
    ) -> list[InstanceData]:
        """Return keypoints in input pixels, and scores, one ``InstanceData`` a picture."""
        heatmaps = self.loss_module.probability(self.forward(feats)).float().cpu().numpy()
        cells, scores = decode_peaks(heatmaps)
        points = (cells + 0.5) * self.stride - 0.5
        return [
            InstanceData(keypoints=points[n : n + 1], keypoint_scores=scores[n : n + 1])
            for n in range(len(points))
        ]


def input_to_cells(points_xy: Tensor, stride: int) -> Tensor:
    """Convert input pixels to heatmap cells, both with centres at whole numbers."""
    return (points_xy + 0.5) / stride - 0.5


def decode_peaks(heatmaps_nkhw: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Find peaks with a parabola's sub-cell offset on the logarithm.

    Returns cells (N, K, 2) x, y, and peak heights (N, K).
    """
    n, k, height, width = heatmaps_nkhw.shape
    flat = heatmaps_nkhw.reshape(n, k, -1)
    best = flat.argmax(-1)
    scores = np.take_along_axis(flat, best[..., None], -1)[..., 0]
    rows, columns = np.divmod(best, width)
    logs = np.log(np.maximum(heatmaps_nkhw, 1e-6))
    picture, point = np.ogrid[:n, :k]
    cells = np.empty((n, k, 2), np.float32)
    for axis, (at, limit) in enumerate(((columns, width), (rows, height))):
        low, high = np.maximum(at - 1, 0), np.minimum(at + 1, limit - 1)
        before = (
            logs[picture, point, rows, low] if axis == 0 else logs[picture, point, low, columns]
        )
        after = (
            logs[picture, point, rows, high] if axis == 0 else logs[picture, point, high, columns]
        )
        middle = logs[picture, point, rows, columns]
        bend = before - 2 * middle + after
        offset = np.where(bend < -1e-6, (before - after) / (2 * np.minimum(bend, -1e-6)), 0.0)
        cells[..., axis] = at + offset.clip(-0.5, 0.5)
    return cells, scores


@MODELS.register_module()
class InfantPreprocessor(PoseDataPreprocessor):
    """Normalises a stacked uint8 batch, keeping the memory order it comes in."""

    def forward(self, data: dict, training: bool = False) -> dict:
        """Return the batch with ``inputs`` (N, 3, H, W) float32 normalised."""
        data = self.cast_data(data)
        inputs = (data["inputs"].float() - self.mean) / self.std
        return {"inputs": inputs, "data_samples": data["data_samples"]}
