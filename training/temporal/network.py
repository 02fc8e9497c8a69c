"""A transformer over a window of one infant's keypoints that says how much to believe each frame.

It never draws a point: what it gives is, for each keypoint and frame, weights that sum to one over
the keypoint's own measured frames (some may be below zero: that is how it looks ahead). A still
body therefore stays exactly where it is, and a picture that is moved, turned or scaled moves,
turns or scales the result. What the weights hang on is unmoved by that too: times, scores, and
distances in body lengths between a keypoint's own frames. Ours; attention after Vaswani et al.
2017, its bias by distance and time after the bilateral filter (Tomasi, Manduchi 1998).
"""

from __future__ import annotations

from typing import ClassVar

import torch
import torch.nn.functional as F
from torch import Tensor, nn

# Distances in body lengths, speeds in body lengths a second, and times in seconds at which pairs
# of frames are told apart.
_DISTANCES = (0.004, 0.012, 0.035, 0.1, 0.3, 0.9)
_SPEEDS = (0.05, 0.2, 0.7, 2.5, 9.0)
_TIMES_S = (0.04, 0.1, 0.25, 0.6)
_NEVER = -1e4


class WindowRefiner(nn.Module):
    """Refines every frame of a window; ``causal`` ones see no frame after their own.

    ``mixes``: so many weighted means of the measured frames are themselves mixed into the answer.
    """

    inputs: ClassVar[tuple[str, ...]] = ("points", "seen", "scores", "runs", "times_s")

    def __init__(
        self, *, joints: int, width: int, layers: int, heads: int, mixes: int, causal: bool
    ) -> None:
        super().__init__()
        self.causal, self.heads, self.mixes = causal, heads, mixes
        self.embed = nn.Linear(6, width)
        self.joint = nn.Parameter(0.02 * torch.randn(joints, 1, width))
        self.layers = nn.ModuleList(_Layer(width, heads) for _ in range(layers))
        pairs = len(_DISTANCES) + len(_SPEEDS) + 2 * len(_TIMES_S)
        self.bias = nn.Linear(pairs, layers * heads + mixes)
        self.norm = nn.LayerNorm(width)
        self.query_key = nn.Linear(width, 2 * width)
        self.share = nn.Linear(width, mixes)
        nn.init.zeros_(self.share.weight)
        nn.init.normal_(self.share.bias, std=0.1)

    def forward(
        self, points: Tensor, seen: Tensor, scores: Tensor, runs: Tensor, times_s: Tensor
    ) -> Tensor:
        """Return refined points (N, T, K, 2).

        ``points`` (N, T, K, 2) in body lengths, each keypoint's from its first known place, 0 where
        not ``seen``; ``seen`` and ``scores`` (N, T, K); ``runs`` (N, T, K): which stretch without a
        long gap a frame belongs to, below 0 for none; only frames of one stretch are mixed;
        ``times_s`` (N, T). Where no frame of the stretch is measured, the answer means nothing.
        """
        x, known, sure, run = (part.transpose(1, 2) for part in (points, seen, scores, runs))
        gaps = times_s[:, :, None] - times_s[:, None, :]
        bias = self.bias(_pairs(x, gaps)).permute(0, 1, 4, 2, 3)
        # (N, K, 1, T, T): may the frame of the row use that of the column?
        allowed = known[:, :, None, None, :] * (run[:, :, None, :, None] == run[:, :, None, None])
        if self.causal:
            allowed = allowed * (gaps >= 0)[:, None, None]
        bias = bias + (1 - allowed) * _NEVER
        h = self.embed(_tokens(x, known, sure, times_s)) + self.joint
        for number, layer in enumerate(self.layers):
            h = layer(h, bias[:, :, number * self.heads : (number + 1) * self.heads], known)
        h = self.norm(h)
        q, k = self.query_key(h).chunk(2, -1)
        weights = _attention(q, k, bias[:, :, -self.mixes :], self.mixes)
        share = self.share(h)
        share = share - share.mean(-1, keepdim=True) + 1 / self.mixes
        # (N, K, T, T): all that a frame is made of, in one sum.
        whole = (share.transpose(2, 3)[..., None] * weights).sum(2)
        return (whole @ x).transpose(1, 2)


class _Layer(nn.Module):
    """Attention over a keypoint's own frames, what all keypoints have in common, and a bend."""

    def __init__(self, width: int, heads: int) -> None:
        super().__init__()
        self.heads = heads
        self.before, self.between = nn.LayerNorm(width), nn.LayerNorm(width)
        self.query_key_value = nn.Linear(width, 3 * width)
        self.out = nn.Linear(width, width)
        self.common = nn.Linear(width, width)
        self.bend = nn.Sequential(
            nn.Linear(width, 2 * width), nn.ReLU(), nn.Linear(2 * width, width)
        )

    def forward(self, h: Tensor, bias: Tensor, known: Tensor) -> Tensor:
        """Take and return (N, K, T, width)."""
        n = self.before(h)
        q, k, v = self.query_key_value(n).chunk(3, -1)
        weights = _attention(q, k, bias, self.heads)
        mixed = (weights @ _split(v, self.heads)).transpose(2, 3).flatten(3)
        count = known.sum(1, keepdim=True).clamp(min=1)
        common = (n * known[..., None]).sum(1, keepdim=True) / count[..., None]
        h = h + self.out(mixed) + self.common(common)
        return h + self.bend(self.between(h))


def _split(x: Tensor, heads: int) -> Tensor:
    """Return (N, K, heads, T, width / heads)."""
    return x.unflatten(-1, (heads, -1)).transpose(2, 3)


def _attention(q: Tensor, k: Tensor, bias: Tensor, heads: int) -> Tensor:
    q, k = _split(q, heads), _split(k, heads)
    return (q @ k.transpose(3, 4) / q.shape[-1] ** 0.5 + bias).softmax(-1)


def _pairs(x: Tensor, gaps: Tensor) -> Tensor:
    """Return (N, K, T, T, F): how far and how long apart a keypoint's frames are, softly binned."""
    apart = ((x[:, :, :, None] - x[:, :, None]) ** 2).sum(-1).add(1e-8).sqrt()
    long = gaps.abs()[:, None]
    steps = [_bins(apart, _DISTANCES), _bins(apart / (long + 0.03), _SPEEDS)]
    ages = torch.stack([torch.exp(-long / at) for at in _TIMES_S], -1)
    ages = torch.cat([ages, ages * gaps.sign()[:, None, ..., None]], -1)
    return torch.cat([*steps, ages.expand(*apart.shape, -1)], -1)


def _bins(values: Tensor, edges: tuple[float, ...]) -> Tensor:
    """Return how far values are above each of some edges, 0..1, smoothly (v / (v + edge))."""
    at = torch.tensor(edges, dtype=values.dtype)
    return values[..., None] / (values[..., None] + at)


def _tokens(x: Tensor, known: Tensor, sure: Tensor, times_s: Tensor) -> Tensor:
    """Return what each frame of each keypoint says by itself, (N, K, T, 6)."""
    both = F.pad(known[:, :, 1:] * known[:, :, :-1], (1, 0))
    step = F.pad(((x[:, :, 1:] - x[:, :, :-1]) ** 2).sum(-1).add(1e-8).sqrt(), (1, 0)) * both
    gap_s = F.pad(times_s[:, 1:] - times_s[:, :-1], (1, 0))[:, None].expand_as(step)
    speed = step / (gap_s + 0.01)
    parts = [known, sure * known, both, step / (step + 0.05), speed / (speed + 1), 10 * gap_s]
    return torch.stack(parts, -1)
