"""Batch norms of a network: which they are, and how to keep their statistics out of a pass."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from torch import nn


def norms_of(model: nn.Module) -> list[tuple[str, nn.Module]]:
    """Return all batch norms with their names."""
    kind = nn.modules.batchnorm._BatchNorm
    return [(name, module) for name, module in model.named_modules() if isinstance(module, kind)]


@contextmanager
def norms_at_rest(model: nn.Module) -> Iterator[None]:
    """Let norms go by the statistics they have, and leave those as they are.

    Pictures without labels come in batches of their own, made hard on purpose or frames of one
    clip; they would else pull the statistics to a mean that fits neither kind.
    """
    learning = [norm for _, norm in norms_of(model) if norm.training]
    for norm in learning:
        norm.training = False
    try:
        yield
    finally:
        for norm in learning:
            norm.training = True
