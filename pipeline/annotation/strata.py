"""Kinds of pictures that models are judged apart by, as far as a pose alone tells them."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Mapping

import numpy as np

from pipeline.annotation.points import Points, trunk_px
from pipeline.models.single import upright_angle

_DIRECTIONS = ("head up", "head left", "head down", "head right")
_FAR_SHARE, _NEAR_SHARE = 0.12, 0.3
# A kind with fewer labelled pictures than this counts as rare.
_ENOUGH = 30


def strata_of(points_k3: Points, size_wh: tuple[int, int]) -> dict[str, str]:
    """Return {stratum: value} of a pose: direction of the head, hidden points, size in the picture.

    Strata that the pose does not tell are left out.
    """
    found = {"hidden": _hidden(points_k3)}
    known = np.where(points_k3[:, 2:] > 0, points_k3[:, :2], np.nan).astype(np.float32)
    angle = upright_angle(known)
    if angle is not None:
        # The crop's angle sets the trunk upright: a quarter turn of it means a head to the right.
        found["direction"] = _DIRECTIONS[round(-angle / (math.pi / 2)) % 4]
    share = trunk_px(points_k3) / min(size_wh)
    if np.isfinite(share):
        found["size"] = "far" if share < _FAR_SHARE else "near" if share > _NEAR_SHARE else "middle"
    return found


def _hidden(points_k3: Points) -> str:
    count = int((points_k3[:, 2] < 2).sum())
    return "no point hidden" if count == 0 else "some hidden" if count <= 4 else "many hidden"


def count_strata(strata: Iterable[Mapping[str, str]]) -> dict[tuple[str, str], int]:
    """Count labelled pictures by (stratum, value)."""
    return Counter((key, value) for one in strata for key, value in one.items())


def rarity(
    strata: Mapping[str, str], counts: Mapping[tuple[str, str], int], labelled: int
) -> tuple[float, str]:
    """Return how rare a picture's rarest kind is among the labelled (0..1), and the words for it.

    While nothing is labelled nothing is rare.
    """
    if labelled == 0 or not strata:
        return 0.0, ""
    key, value = min(strata.items(), key=lambda pair: counts.get(pair, 0))
    count = counts.get((key, value), 0)
    score = max(0.0, 1 - count / min(_ENOUGH, max(1, labelled)))
    return score, f"only {count} of {labelled} labelled pictures are like it ({_words(key, value)})"


def _words(key: str, value: str) -> str:
    return f"infant {value}" if key == "size" else value
