"""The estimator: mmpose's, which also takes unlabelled clips beside a labelled batch."""

from __future__ import annotations

import training.mmpose_compat  # noqa: F401  isort: skip

from typing import Any

from mmpose.models.data_preprocessors import PoseDataPreprocessor
from mmpose.models.pose_estimators import TopdownPoseEstimator
from mmpose.registry import MODELS
from torch import Tensor


@MODELS.register_module()
class InfantEstimator(TopdownPoseEstimator):
    """Backbone and head; ``clips`` (C, T, 3, H, W) add the losses that need no labels."""

    def forward(
        self, inputs: Tensor, data_samples: list, mode: str = "tensor", clips: Tensor | None = None
    ) -> Any:
        """Return losses, predictions or tensors of a batch, as mmengine's modes say."""
        result = super().forward(inputs, data_samples, mode)
        if mode == "loss" and clips is not None:
            feats = self.extract_feat(clips.flatten(0, 1))
            result |= self.head.clip_loss(feats, clips.shape[1])
        return result


@MODELS.register_module()
class InfantPreprocessor(PoseDataPreprocessor):
    """Normalises stacked uint8 batches, keeping the memory order they come in."""

    def forward(self, data: dict, training: bool = False) -> dict:
        """Return the batch with ``inputs`` (N, 3, H, W), and ``clips``, float32 normalised."""
        data = self.cast_data(data)
        ready = {"data_samples": data["data_samples"]}
        for name in ("inputs", "clips"):
            if name in data:
                ready[name] = (data[name].float() - self.mean) / self.std
        return ready
