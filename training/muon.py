"""Muon: momentum whose matrices are made orthogonal (Jordan et al. 2024), for convolutions.

What is no matrix (biases, norms) and the first and last layers go by AdamW. The step is scaled as
Liu et al. 2025 propose, so that AdamW's learning rates serve both.
"""

from __future__ import annotations

from collections.abc import Iterable

import torch
from torch import Tensor, nn

_COEFFICIENTS = (3.4445, -4.7750, 2.0315)
_STEPS = 5
_LIKE_ADAM = 0.2


def orthogonal(matrix: Tensor) -> Tensor:
    """Return the nearest orthogonal matrix, roughly, by Newton and Schulz's iteration."""
    a, b, c = _COEFFICIENTS
    x = matrix.bfloat16()
    tall = x.shape[0] > x.shape[1]
    x = x.T if tall else x
    x = x / (x.norm() + 1e-7)
    for _ in range(_STEPS):
        square = x @ x.T
        x = a * x + (b * square + c * square @ square) @ x
    return (x.T if tall else x).to(matrix.dtype)


class Muon(torch.optim.Optimizer):
    """Muon for the groups whose ``muon`` is true, AdamW for the others."""

    def __init__(
        self,
        groups: Iterable[dict],
        lr: float,
        weight_decay: float = 0.0,
        momentum: float = 0.95,
        betas: tuple[float, float] = (0.9, 0.99),
    ) -> None:
        defaults = {"lr": lr, "weight_decay": weight_decay, "momentum": momentum, "betas": betas}
        super().__init__(groups, defaults)

    @torch.no_grad()
    def step(self, closure: None = None) -> None:
        """Move all weights once."""
        for group in self.param_groups:
            move = self._muon if group["muon"] else self._adam
            for weight in group["params"]:
                if weight.grad is not None:
                    weight.mul_(1 - group["lr"] * group["weight_decay"])
                    move(weight, group)

    def _muon(self, weight: Tensor, group: dict) -> None:
        state, gradient = self.state[weight], weight.grad.flatten(1)
        if not state:
            state["momentum"] = torch.zeros_like(gradient)
        state["momentum"].lerp_(gradient, 1 - group["momentum"])
        ahead = gradient.lerp(state["momentum"], group["momentum"])
        scale = _LIKE_ADAM * max(ahead.shape) ** 0.5
        weight.sub_(orthogonal(ahead).view_as(weight), alpha=group["lr"] * scale)

    def _adam(self, weight: Tensor, group: dict) -> None:
        state, gradient = self.state[weight], weight.grad
        first, second = group["betas"]
        if not state:
            state.update(step=0, mean=torch.zeros_like(weight), square=torch.zeros_like(weight))
        state["step"] += 1
        state["mean"].lerp_(gradient, 1 - first)
        state["square"].lerp_(gradient * gradient, 1 - second)
        mean = state["mean"] / (1 - first ** state["step"])
        square = state["square"] / (1 - second ** state["step"])
        weight.sub_(mean / (square.sqrt() + 1e-8), alpha=group["lr"])


def muon_groups(model: nn.Module) -> list[dict]:
    """Divide a network's weights: convolutions between its first and last layers go by Muon."""
    convolutions = [
        module.weight
        for module in model.modules()
        if isinstance(module, nn.Conv2d) and module.groups == 1 and module.weight[0].numel() > 256
    ]
    chosen = {id(weight) for weight in convolutions}
    others = [weight for weight in model.parameters() if id(weight) not in chosen]
    return [{"params": convolutions, "muon": True}, {"params": others, "muon": False}]
