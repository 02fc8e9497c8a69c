"""Give norms the statistics of the pictures to come, without changing what the network answers.

A network read back out of an exported file has its norms folded away: they add their bias and do
nothing else. Trained like that it would fall apart, for in training a norm goes by the batch.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any

import torch
from torch import Tensor, nn

from training.graph import set_to_evaluate
from training.norms import norms_of


class _Moments:
    """Mean and variance of what a norm is given, by channel, over all batches."""

    def __init__(self) -> None:
        self.count, self.total, self.squares = 0, torch.zeros(1), torch.zeros(1)

    def __call__(self, norm: nn.Module, given: tuple[Tensor, ...]) -> None:
        values = given[0].detach().transpose(0, 1).flatten(1).double()
        self.count += values.shape[1]
        self.total = self.total + values.sum(1)
        self.squares = self.squares + (values**2).sum(1)

    def mean_and_variance(self) -> tuple[Tensor, Tensor]:
        """Return both by channel, (C,)."""
        mean = self.total / self.count
        return mean, (self.squares / self.count - mean**2).clamp(min=0)


@torch.no_grad()
def settle(model: nn.Module, batches: Iterable[dict[str, Any]]) -> None:
    """Set each norm's statistics to those of ``batches``, and its scale and bias to undo them.

    The network answers as before, now in training too. ``batches`` are a loader's.
    """
    norms = [module for _, module in norms_of(model)]
    with _watched(norms) as moments:
        set_to_evaluate(model)
        for batch in batches:
            ready = model.data_preprocessor(batch, False)
            model(ready["inputs"], ready["data_samples"], mode="tensor")
    for norm, seen in zip(norms, moments, strict=True):
        if not seen.count:
            continue
        mean, variance = seen.mean_and_variance()
        scale = norm.weight / torch.sqrt(norm.running_var + norm.eps)
        norm.bias += (mean - norm.running_mean) * scale
        norm.weight.copy_(scale * torch.sqrt(variance + norm.eps))
        norm.running_mean.copy_(mean)
        norm.running_var.copy_(variance)


@contextmanager
def _watched(norms: list[nn.Module]) -> Iterator[list[_Moments]]:
    moments = [_Moments() for _ in norms]
    hooks = [
        norm.register_forward_pre_hook(seen) for norm, seen in zip(norms, moments, strict=True)
    ]
    try:
        yield moments
    finally:
        for hook in hooks:
            hook.remove()
