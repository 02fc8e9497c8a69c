"""The estimator: mmpose's, which also takes unlabelled clips beside a labelled batch."""

from __future__ import annotations

import training.mmpose_compat  # noqa: F401  isort: skip

from typing import Any

from mmpose.models.data_preprocessors import PoseDataPreprocessor
from mmpose.models.pose_estimators import TopdownPoseEstimator
from mmpose.registry import MODELS
from torch import Tensor, nn

from training.norms import norms_at_rest


@MODELS.register_module()
class InfantEstimator(TopdownPoseEstimator):
    """Backbone and head; ``clips`` (C, T, 3, H, W) add the losses that need no labels.

    ``distiller`` (training/distill.py), where there is one, adds those of a larger network,
    ``self_trainer`` (training/self_train.py) those of ``unlabelled`` pictures (2, U, 3, H, W).
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        # Given by training.build; a value in the class would hide what torch keeps by these names.
        self.distiller: nn.Module | None = None
        self.self_trainer: nn.Module | None = None

    def loss(self, inputs: Tensor, data_samples: list) -> dict[str, Tensor]:
        """Return the losses of a labelled batch."""
        feats = self.extract_feat(inputs)
        losses: dict[str, Tensor] = self.head.loss(feats, data_samples, self.train_cfg)
        if self.distiller is not None:
            losses |= self.distiller(inputs, feats, self.head.forward(feats))
        return losses

    def forward(
        self,
        inputs: Tensor,
        data_samples: list,
        mode: str = "tensor",
        clips: Tensor | None = None,
        unlabelled: Tensor | None = None,
    ) -> Any:
        """Return losses, predictions or tensors of a batch, as mmengine's modes say."""
        result = super().forward(inputs, data_samples, mode)
        if mode == "loss" and clips is not None:
            with norms_at_rest(self):
                feats = self.extract_feat(clips.flatten(0, 1))
                result |= self.head.clip_loss(feats, clips.shape[1])
        if mode == "loss" and unlabelled is not None and self.self_trainer is not None:
            result |= self.self_trainer(self, *unlabelled)
        return result


@MODELS.register_module()
class InfantPreprocessor(PoseDataPreprocessor):
    """Normalises stacked uint8 batches, keeping the memory order they come in."""

    def forward(self, data: dict, training: bool = False) -> dict:
        """Return the batch, its pictures (``inputs`` and what has no labels) normalised."""
        data = self.cast_data(data)
        ready = {"data_samples": data["data_samples"]}
        for name in ("inputs", "clips", "unlabelled"):
            if name in data:
                ready[name] = (data[name].float() - self.mean) / self.std
        return ready
