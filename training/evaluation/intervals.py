"""Figures with 95 % intervals: infants are drawn anew, not pictures, as pictures of one are alike.

Source: percentile bootstrap (Efron 1979) over clusters (Field and Welsh 2007).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from training.data.coco import PictureSet
from training.evaluation.looking import Found
from training.evaluation.measures import (
    JOINT_MEASURES,
    MEASURES,
    Float,
    Measure,
    average_precision,
    keypoint_similarity,
    picture_scores,
)

_DRAWS = 400
_ENDS = (2.5, 97.5)


@dataclass(frozen=True, slots=True)
class Figure:
    """A figure and its 95 % interval; None where too little is known to say."""

    value: float | None
    low: float | None
    high: float | None


def figures_of(
    found: Found, pictures: PictureSet, *, draws: int = _DRAWS, seed: int = 0
) -> dict[str, Figure]:
    """Return every measure of a set, and OKS-AP and AR, with intervals over its infants."""
    weights_bn = drawn_weights(pictures.groups, draws, seed)
    figures = {name: _tallied(m, found, pictures, weights_bn) for name, m in MEASURES.items()}
    similarity, scores = keypoint_similarity(found, pictures), picture_scores(found)
    value = average_precision(similarity, scores)
    drawn = np.array([average_precision(similarity, scores, row) for row in weights_bn])
    drawn = drawn.reshape(-1, 2)
    for place, name in enumerate(("OKS-AP", "OKS-AR")):
        figures[name] = _figure(value[place], drawn[:, place])
    return figures


def joint_figures(
    found: Found, pictures: PictureSet, *, draws: int = _DRAWS, seed: int = 0
) -> dict[str, Figure]:
    """Return PCK@0.1 of each joint, with intervals over the infants."""
    weights_bn = drawn_weights(pictures.groups, draws, seed)
    return {name: _tallied(m, found, pictures, weights_bn) for name, m in JOINT_MEASURES.items()}


def drawn_weights(groups: tuple[str, ...], draws: int, seed: int) -> Float:
    """Return how often each picture counts (draws, N) when groups are drawn with repeats."""
    _, of_picture = np.unique(np.array(groups, dtype=object).astype(str), return_inverse=True)
    n_groups = int(of_picture.max()) + 1 if len(of_picture) else 0
    rng = np.random.default_rng(seed)
    times = rng.multinomial(n_groups, np.full(n_groups, 1 / max(n_groups, 1)), size=draws)
    return times[:, of_picture].astype(np.float64)


def _tallied(measure: Measure, found: Found, pictures: PictureSet, weights_bn: Float) -> Figure:
    tally = measure(found, pictures)
    below = weights_bn @ tally.below
    drawn = (weights_bn @ tally.above)[below > 0] / below[below > 0]
    return _figure(tally.value(), drawn)


def _figure(value: float, drawn: Float) -> Figure:
    drawn = drawn[np.isfinite(drawn)]
    if not np.isfinite(value):
        return Figure(None, None, None)
    if not len(drawn):
        return Figure(value, None, None)
    low, high = np.percentile(drawn, _ENDS)
    return Figure(float(value), float(low), float(high))
