"""Labels as arrays: thirteen points with a state each, read from JSON and written to it.

``points_k3``: (13, 3) float64 x, y in pixels of the picture and the state, as COCO: 0 absent (x and
y are 0), 1 occluded but placed, 2 visible.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from pipeline.confidence import DOUBTFUL_SCORE, PRESENT_SCORE
from pipeline.errors import CotsideError
from pipeline.skeleton import INFANT13, Skeleton
from pipeline.types import FloatArray

ABSENT, OCCLUDED, VISIBLE = 0, 1, 2
Points = NDArray[np.float64]
_SHOULDERS = [INFANT13.index("left_shoulder"), INFANT13.index("right_shoulder")]
_HIPS = [INFANT13.index("left_hip"), INFANT13.index("right_hip")]


class LabelError(CotsideError):
    """Points that cannot be labels: too few, outside the picture, of an unknown state."""


def to_points(named: Mapping[str, Sequence[float]], skeleton: Skeleton = INFANT13) -> Points:
    """Return points by name as an array; one that is not named is absent."""
    points_k3 = np.zeros((len(skeleton), 3))
    for k, name in enumerate(skeleton.keypoints):
        if name in named:
            points_k3[k] = named[name]
    return points_k3


def to_named(points_k3: Points, skeleton: Skeleton = INFANT13) -> dict[str, list[float]]:
    """Return an array as points by name, as the database keeps them."""
    return {
        name: [round(float(x), 3), round(float(y), 3), int(state)]
        for name, (x, y, state) in zip(skeleton.keypoints, points_k3, strict=True)
    }


def read_points(value: object, size_wh: tuple[int, int]) -> Points:
    """Read 13 triples that somebody sent; raise ``LabelError`` naming the point that is wrong."""
    if not isinstance(value, list) or len(value) != len(INFANT13):
        raise LabelError(f"labels are {len(INFANT13)} points")
    points_k3 = np.zeros((len(INFANT13), 3))
    for k, (name, triple) in enumerate(zip(INFANT13.keypoints, value, strict=True)):
        fault = fault_of(triple, size_wh)
        if fault:
            raise LabelError(f"{name}: {fault}")
        if triple[2]:
            points_k3[k] = triple
    return points_k3


def fault_of(triple: object, size_wh: tuple[int, int]) -> str:
    """Return what is wrong with one point's x, y and state; '' when nothing is."""
    numbers = triple if isinstance(triple, Sequence) and not isinstance(triple, str) else ()
    if len(numbers) != 3 or not all(
        isinstance(one, int | float) and not isinstance(one, bool) and math.isfinite(one)
        for one in numbers
    ):
        return "is not x, y and a state"
    x, y, state = numbers
    if state not in (ABSENT, OCCLUDED, VISIBLE):
        return f"its state is {state:g}, not 0, 1 or 2"
    width, height = size_wh
    # A pixel's centre is a whole number: the picture reaches from -0.5 on; annotators click on it.
    if state and not (-1 <= x <= width and -1 <= y <= height):
        return f"({x:g}, {y:g}) lies outside the {width}×{height} picture"
    return ""


def from_estimate(keypoints_kc: FloatArray, scores_k: FloatArray) -> Points:
    """Return an estimate (13, 2) with scores (13,) as labels: doubtful points are occluded."""
    known = np.isfinite(keypoints_kc).all(axis=1) & (scores_k >= DOUBTFUL_SCORE)
    state_k = np.where(known, np.where(scores_k >= PRESENT_SCORE, VISIBLE, OCCLUDED), ABSENT)
    return np.column_stack([np.where(known[:, None], keypoints_kc, 0), state_k]).astype(np.float64)


def between(before_k3: Points, after_k3: Points, share: float) -> Points:
    """Return the points ``share`` (0..1) of the way from one frame to another.

    A point that is absent in one of them is absent; the more hidden state of the two counts.
    """
    state_k = np.minimum(before_k3[:, 2], after_k3[:, 2])
    places_kc = before_k3[:, :2] + share * (after_k3[:, :2] - before_k3[:, :2])
    return np.column_stack([np.where(state_k[:, None] > 0, places_kc, 0), state_k])


def trunk_px(points_k3: Points) -> float:
    """Return the trunk's length, mid-shoulder to mid-hip; else the shoulders' width times 1.5.

    NaN where neither is known. A trunk bent towards the camera looks short, so the longer counts.
    """
    places = np.where(points_k3[:, 2:] > 0, points_k3[:, :2], np.nan)
    trunk = np.linalg.norm(places[_SHOULDERS].mean(axis=0) - places[_HIPS].mean(axis=0))
    shoulders = 1.5 * np.linalg.norm(places[_SHOULDERS[0]] - places[_SHOULDERS[1]])
    known = [float(one) for one in (trunk, shoulders) if np.isfinite(one)]
    return max(known, default=math.nan)
