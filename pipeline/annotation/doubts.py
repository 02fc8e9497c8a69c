"""Labels that may be wrong: swaps, impossible lengths, and what a model that never saw them denies.

How to add a check: write a generator here under ``@check`` that takes a ``LabelSet`` and yields
doubts, and mirror it in tests/pipeline/annotation/test_doubts.py.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from pipeline.annotation.points import Points, trunk_px
from pipeline.confidence import present
from pipeline.skeleton import INFANT13

Float = NDArray[np.float64]
# The longest that a part looks in the picture, in trunks (the longer of mid-shoulder to mid-hip and
# 1.5 shoulder widths); seen at an angle it is shorter, never longer. Generous: a camera near one
# end of the infant enlarges that end.
_LONGEST = {
    ("shoulder", "elbow"): 0.85,
    ("elbow", "wrist"): 0.8,
    ("hip", "knee"): 0.95,
    ("knee", "ankle"): 0.9,
}
_PARTS = {
    ("shoulder", "elbow"): "upper arm",
    ("elbow", "wrist"): "forearm",
    ("hip", "knee"): "thigh",
    ("knee", "ankle"): "shin",
}
_LONGEST_NECK = 1.0
_SAME_PLACE = 0.03
# A swap must bring both twins nearer to the model by so much, in trunks.
_SWAP_GAIN = 0.2
# Against a model: so many median absolute deviations from the joint's usual, and so far at least.
_OUTLIER_MADS, _OUTLIER_TRUNKS = 6.0, 0.35
_LEAST_TRUNK_PX = 4.0


@dataclass(frozen=True)
class LabelSet:
    """Labels to be looked over, and what a model makes of the same pictures.

    ``points_nk3``: (N, 13, 3) x, y, state. ``predicted_nkc``: (N, 13, 2) pixels, NaN absent, of a
    model that did not learn from that very label (cross-validated); ``scores_nk``: (N, 13). Both
    None where there is no such model.
    """

    points_nk3: Float
    predicted_nkc: Float | None = None
    scores_nk: Float | None = None

    @cached_property
    def places_nkc(self) -> Float:
        """Return the placed points (N, 13, 2), NaN where absent."""
        return np.where(self.points_nk3[..., 2:] > 0, self.points_nk3[..., :2], np.nan)

    @cached_property
    def trunks_n(self) -> Float:
        """Return each picture's trunk in pixels (N,), NaN where it is not known."""
        trunks = np.array([trunk_px(points) for points in self.points_nk3], np.float64)
        return np.where(trunks >= _LEAST_TRUNK_PX, trunks, np.nan)

    def away(self, twins: bool = False) -> Float:
        """Return the labels' distance from the prediction (N, 13) in trunks, NaN where unknown.

        ``twins``: to the prediction of the other side's point.
        """
        if self.predicted_nkc is None or self.scores_nk is None:
            return np.full(self.points_nk3.shape[:2], np.nan)
        seen = np.where(present(self.scores_nk)[..., None], self.predicted_nkc, np.nan)
        wanted = seen[:, list(INFANT13.flip_indices)] if twins else seen
        return np.asarray(np.linalg.norm(self.places_nkc - wanted, axis=2) / self.trunks_n[:, None])


@dataclass(frozen=True, slots=True)
class Doubt:
    """One label that may be wrong: which picture (``row``), which points, why, how surely.

    ``weight``: the heavier, the surer; for sorting.
    """

    row: int
    kind: str
    joints: tuple[str, ...]
    words: str
    weight: float


Check = Callable[[LabelSet], Iterator[Doubt]]
_CHECKS: list[Check] = []
_C = TypeVar("_C", bound=Check)


def check(function: _C) -> _C:
    """Register a check."""
    _CHECKS.append(function)
    return function


def doubts(labels: LabelSet) -> list[Doubt]:
    """Return every doubt, the surest first."""
    found = [doubt for one in _CHECKS for doubt in one(labels)]
    return sorted(found, key=lambda doubt: (-doubt.weight, doubt.row))


def look_over(points_k3: Points) -> list[Doubt]:
    """Return the doubts about one picture's labels that need no model."""
    return doubts(LabelSet(points_k3[None]))


@check
def swapped(labels: LabelSet) -> Iterator[Doubt]:
    """Find twins that both lie nearer to where the model has the other."""
    gain_nk = labels.away() - labels.away(twins=True)
    for k, twin in _pairs():
        both_n = np.minimum(gain_nk[:, k], gain_nk[:, twin])
        for row in np.flatnonzero(both_n > _SWAP_GAIN):
            joint = _joint(k)
            words = (
                f"left and right {joint} seem swapped: each lies nearer to where a model that did "
                f"not learn from this label has the other, by {both_n[row]:.2f} trunks"
            )
            yield Doubt(int(row), "swap", _names(k, twin), words, 2 + float(both_n[row]))


@check
def crossed(labels: LabelSet) -> Iterator[Doubt]:
    """Find trunks whose sides cross: shoulders or hips are swapped."""
    corners = ("left_shoulder", "left_hip", "right_shoulder", "right_hip")
    a, b, c, d = (labels.places_nkc[:, INFANT13.index(name)] for name in corners)
    crosses_n = (_turn(a, b, c) * _turn(a, b, d) < 0) & (_turn(c, d, a) * _turn(c, d, b) < 0)
    for row in np.flatnonzero(crosses_n):
        words = "the sides of the trunk cross: left and right shoulder, or hip, seem swapped"
        yield Doubt(int(row), "swap", corners, words, 2.0)


@check
def too_long(labels: LabelSet) -> Iterator[Doubt]:
    """Find limbs longer than an infant's can look, and heads too far from the shoulders."""
    places = labels.places_nkc
    for (upper, lower), longest in _LONGEST.items():
        for side in ("left", "right"):
            names = f"{side}_{upper}", f"{side}_{lower}"
            a, b = (places[:, INFANT13.index(name)] for name in names)
            yield from _long(labels, a, b, names, f"{side} {_PARTS[upper, lower]}", longest)
    shoulders = [INFANT13.index("left_shoulder"), INFANT13.index("right_shoulder")]
    neck, nose = places[:, shoulders].mean(axis=1), places[:, INFANT13.index("nose")]
    yield from _long(labels, neck, nose, ("nose",), "way from shoulders to nose", _LONGEST_NECK)


def _long(
    labels: LabelSet, a: Float, b: Float, names: tuple[str, ...], part: str, longest: float
) -> Iterator[Doubt]:
    length_n = np.linalg.norm(a - b, axis=1) / labels.trunks_n
    for row in np.flatnonzero(length_n > longest):
        words = f"the {part} is {length_n[row]:.2f} trunks long; it can be {longest:g} at most"
        yield Doubt(int(row), "length", names, words, 1 + float(length_n[row] / longest - 1))


@check
def in_one_place(labels: LabelSet) -> Iterator[Doubt]:
    """Find twins that lie on the same spot, both called visible."""
    for k, twin in _pairs():
        both = (labels.points_nk3[:, [k, twin], 2] == 2).all(axis=1)
        apart = np.linalg.norm(labels.places_nkc[:, k] - labels.places_nkc[:, twin], axis=1)
        for row in np.flatnonzero(both & (apart / labels.trunks_n < _SAME_PLACE)):
            words = f"left and right {_joint(k)} lie on the same spot, both visible"
            yield Doubt(int(row), "same place", _names(k, twin), words, 1.5)


@check
def far_from_model(labels: LabelSet) -> Iterator[Doubt]:
    """Find points far from the model's, beyond what is usual for that joint in this set."""
    away_nk = labels.away()
    for k, name in enumerate(INFANT13.keypoints):
        known = away_nk[np.isfinite(away_nk[:, k]), k]
        if not len(known):
            continue
        usual = float(np.median(known))
        spread = 1.4826 * float(np.median(np.abs(known - usual)))
        limit = max(_OUTLIER_TRUNKS, usual + _OUTLIER_MADS * spread)
        for row in np.flatnonzero(away_nk[:, k] > limit):
            words = (
                f"the {name.replace('_', ' ')} lies {away_nk[row, k]:.2f} trunks from where a "
                f"model that did not learn from this label has it; usual here is {usual:.2f}"
            )
            weight = min(1.9, float(away_nk[row, k] / limit) - 0.5)
            yield Doubt(int(row), "outlier", (name,), words, weight)


def _pairs() -> list[tuple[int, int]]:
    return [(k, twin) for k, twin in enumerate(INFANT13.flip_indices) if k < twin]


def _joint(k: int) -> str:
    return INFANT13.keypoints[k].split("_")[-1]


def _names(*ks: int) -> tuple[str, ...]:
    return tuple(INFANT13.keypoints[k] for k in ks)


def _turn(a: Float, b: Float, c: Float) -> Float:
    """Return on which side of the line from a to b the point c lies (N,), by its sign."""
    along, away = b - a, c - a
    return np.asarray(along[:, 0] * away[:, 1] - along[:, 1] * away[:, 0])
