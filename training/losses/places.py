"""Classification over places with one more, "not here", whose logit is zero.

Shared by heatmaps (a place is a cell) and SimCC (a place is a bin of one axis): a point that is
absent has somewhere to put its mass, so an empty picture scores low without a second output. Ours.
"""

from __future__ import annotations

import torch
from torch import Tensor


def weighted_mean(loss_nk: Tensor, weights_nk: Tensor) -> Tensor:
    """Return the mean of (N, K) losses by weights; a batch without a weight gives 0."""
    return (loss_nk * weights_nk).sum() / weights_nk.sum().clamp(min=1.0)


def with_absence(target_nkp: Tensor) -> Tensor:
    """Return distributions (N, K, P + 1) of Gaussians (N, K, P); an all-zero one is "not here"."""
    target = target_nkp / target_nkp.sum(-1, keepdim=True).clamp(min=1e-6)
    absence = (1.0 - target.sum(-1, keepdim=True)).clamp(min=0)
    return torch.cat([target, absence], dim=-1)


def cross_entropy(logits_nkp: Tensor, target_nkp: Tensor) -> Tensor:
    """Return the cross-entropy (N, K) of logits over places against Gaussians over places."""
    n, k, _ = logits_nkp.shape
    flat = torch.cat([logits_nkp, logits_nkp.new_zeros(n, k, 1)], dim=-1)
    return -(with_absence(target_nkp) * flat.log_softmax(-1)).sum(-1)


def shares(logits_nkp: Tensor) -> Tensor:
    """Return the softmax over places and "not here", without the latter: (N, K, P)."""
    top = logits_nkp.amax(-1, keepdim=True).clamp(min=0)
    raised = torch.exp(logits_nkp - top)
    return raised / (raised.sum(-1, keepdim=True) + torch.exp(-top))


def divergence(logits_nkp: Tensor, wanted_nkp: Tensor) -> Tensor:
    """Return the Kullback–Leibler divergence (N, K) from wanted logits, "not here" added."""
    zero = logits_nkp.new_zeros(*logits_nkp.shape[:-1], 1)
    found, wanted = (
        torch.cat([part, zero], dim=-1).log_softmax(-1) for part in (logits_nkp, wanted_nkp)
    )
    return (wanted.exp() * (wanted - found)).sum(-1)
