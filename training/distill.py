"""Distillation: a small network learns from a larger one's answers and features beside the labels.

Sources: Hinton et al. 2015 (answers as distributions), Romero et al. 2015 (features through a
linear layer of the pupil's own); that features are compared by direction only is ours.
"""

from __future__ import annotations

import math
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from training.losses.places import divergence
from training.spec import DistillSpec


class Distiller(nn.Module):
    """Holds the teacher, and the layer that brings the pupil's features to the teacher's width.

    The teacher is no part of the pupil: it is neither trained, averaged, kept nor exported.
    """

    def __init__(
        self, spec: DistillSpec, teacher: nn.Module, pupil_width: int, teacher_width: int
    ) -> None:
        super().__init__()
        self.spec = spec
        self.adapt = nn.Conv2d(pupil_width, teacher_width, 1)
        for part in teacher.modules():
            part.training = False
        # In a tuple, torch does not take it for a part of this module.
        self._teacher = (teacher,)

    def forward(self, pictures: Tensor, feats: tuple[Tensor, ...], raw: Any) -> dict[str, Tensor]:
        """Return ``loss_distill_logits`` and ``loss_distill_features`` of a batch.

        ``pictures`` normalised, ``feats`` and ``raw`` the pupil's features and raw answer to them.
        """
        teacher = self._teacher[0].to(pictures.device)
        with torch.no_grad():
            taught = teacher.extract_feat(pictures)
            answer = teacher.head.forward(taught)
        losses = {}
        if self.spec.logits > 0:
            losses["loss_distill_logits"] = self.spec.logits * answers_apart(raw, answer)
        if self.spec.features > 0:
            apart = features_apart(self.adapt(feats[-1]), taught[-1])
            losses["loss_distill_features"] = self.spec.features * apart
        return losses


def answers_apart(pupil: Any, teacher: Any) -> Tensor:
    """Return the mean divergence of two raw answers: maps (N, K, H, W), or bins of both axes."""
    if isinstance(pupil, Tensor):
        return divergence(pupil.float().flatten(2), _at_size(teacher, pupil).flatten(2)).mean()
    pairs = zip(pupil, teacher, strict=True)
    return torch.stack([divergence(p.float(), t.float()).mean() for p, t in pairs]).sum()


def _at_size(maps: Tensor, like: Tensor) -> Tensor:
    """Return logits of maps at another size; what was one cell's mass is shared by those it became.

    The place "not here" keeps its logit, so cells give way as they become more.
    """
    maps = maps.float()
    if maps.shape[-2:] == like.shape[-2:]:
        return maps
    more = like.shape[-2:].numel() / maps.shape[-2:].numel()
    resized = F.interpolate(maps, like.shape[-2:], mode="bilinear", align_corners=False)
    return resized - math.log(more)


def features_apart(pupil: Tensor, teacher: Tensor) -> Tensor:
    """Return the mean of 1 − cosine between maps (N, C, H, W), at the pupil's size."""
    if pupil.shape[-2:] != teacher.shape[-2:]:
        teacher = F.interpolate(teacher, pupil.shape[-2:], mode="bilinear", align_corners=False)
    return (1 - F.cosine_similarity(pupil.float(), teacher.float(), dim=1)).mean()
