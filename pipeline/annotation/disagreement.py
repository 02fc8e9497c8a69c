"""How far annotators lie apart on one picture, joint by joint, in trunk lengths."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import combinations

import numpy as np

from pipeline.annotation.points import Points, trunk_px
from pipeline.skeleton import INFANT13

# Two people who follow the guideline lie closer than this; models are judged at a tenth.
NOTABLE_TRUNKS = 0.1


@dataclass(frozen=True, slots=True)
class JointDisagreement:
    """One joint: the largest distance between any two annotators, and the states they gave.

    ``distance_trunks``: NaN where fewer than two placed it, or no trunk is known.
    ``states``: {annotator: 0, 1 or 2}.
    """

    joint: str
    distance_trunks: float
    states: dict[str, int]

    @property
    def is_notable(self) -> bool:
        """Tell whether somebody should look: far apart, or absent for one and placed by another."""
        placed = {state > 0 for state in self.states.values()}
        return self.distance_trunks > NOTABLE_TRUNKS or len(placed) > 1


def disagreement(points: Mapping[str, Points]) -> list[JointDisagreement]:
    """Compare annotators' points (each (13, 3)) by name; empty for fewer than two of them."""
    if len(points) < 2:
        return []
    trunks = [trunk_px(one) for one in points.values()]
    known = [trunk for trunk in trunks if np.isfinite(trunk) and trunk > 0]
    trunk = float(np.median(known)) if known else float("nan")
    found = []
    for k, joint in enumerate(INFANT13.keypoints):
        placed = [one[k, :2] for one in points.values() if one[k, 2] > 0]
        ways = [float(np.linalg.norm(a - b)) for a, b in combinations(placed, 2)]
        states = {who: int(one[k, 2]) for who, one in points.items()}
        found.append(JointDisagreement(joint, max(ways, default=float("nan")) / trunk, states))
    return found
