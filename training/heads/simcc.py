"""The SimCC heads: plain (SimCC), and with a gated attention unit over points (RTMPose)."""

from __future__ import annotations

import training.mmpose_compat  # noqa: F401  isort: skip

from typing import Any

import torch
from mmpose.models.heads import RTMCCHead, SimCCHead
from mmpose.registry import MODELS
from torch import Tensor

from training.heads.base import InfantHead, Labels
from training.losses.simcc import Pair


class SimccOutputs(InfantHead):
    """What both SimCC heads make of their two sets of bins; bin b lies at pixel b / ratio."""

    output_names = ("x", "y")

    def point_loss(self, raw: Pair, labels: Labels) -> Tensor:
        """Return the loss on keypoints, a scalar."""
        bins = labels.points_nkc * self.simcc_split_ratio
        return self.loss_module(raw, bins, labels.weights_nk, labels.present_nk)

    def answers(self, raw: Pair) -> tuple[Tensor, ...]:
        """Return the bins along x and y, (N, K, bins) in 0..1."""
        return tuple(self.loss_module.probability(logits) for logits in raw)

    def mirrored(self, answers: tuple[Tensor, ...], width: int) -> tuple[Tensor, ...]:
        """Return the bins of a mirrored picture, mirrored back.

        Pixel x comes from width − 1 − x, so bin b from (width − 1)·ratio − b: the axis flipped,
        moved by ratio − 1 bins. What that leaves beyond the mirror's edge repeats the edge.
        """
        x, y = answers
        turned = x.flip(-1)
        moved = round(self.simcc_split_ratio) - 1
        if moved:
            turned = torch.cat(
                [turned[..., moved:], turned[..., -1:].expand_as(turned[..., :moved])], -1
            )
        return turned, y

    def expected(self, raw: Pair) -> Tensor:
        """Return the mean place, in input pixels (N, K, 2)."""
        bins = torch.stack([self.loss_module.expected(logits) for logits in raw], dim=-1)
        return bins / self.simcc_split_ratio

    def output_spec(self) -> dict[str, Any]:
        """Return how the runtime reads the answer."""
        return {"kind": "simcc", "decoder": "simcc", "simcc_ratio": self.simcc_split_ratio}


@MODELS.register_module()
class InfantSimccHead(SimccOutputs, SimCCHead):
    """A linear layer from each point's map to its bins (Li et al. 2022)."""


@MODELS.register_module()
class InfantRTMCCHead(SimccOutputs, RTMCCHead):
    """RTMPose's head (Jiang et al. 2023)."""
