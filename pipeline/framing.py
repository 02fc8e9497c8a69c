"""The crop around a body: all of it, padded, its trunk upright, and steady while it can be."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from pipeline.models.crop import Crop, with_aspect
from pipeline.models.manifest import CropSpec
from pipeline.skeleton import INFANT13
from pipeline.types import Rectangle

_SHOULDERS = [INFANT13.index("left_shoulder"), INFANT13.index("right_shoulder")]
_HIPS = [INFANT13.index("left_hip"), INFANT13.index("right_hip")]

# Head, hands and feet reach beyond the keypoints by about this share of the body.
_FLESH = 0.12
_SMALLEST_SHARE, _LARGEST_SHARE = 0.12, 1.5
_DEAD_BAND, _JUMP = 0.06, 0.2
_SIZE_BAND = 1.15
_ANGLE_BAND_RAD = math.radians(20)
_STEP = 0.5


def crop_around(
    points_kc: NDArray[np.float64],
    spec: CropSpec,
    aspect: float,
    rectangle: Rectangle,
    last_angle_rad: float,
) -> Crop:
    """Return the crop that holds all points (K, 2), of which NaN are missing and one is not.

    Its longest side is held between 0.12 and 1.5 of the cot's. Where the trunk is not known the
    last angle is kept.
    """
    angle = _trunk_angle(points_kc, last_angle_rad) if spec.upright else 0.0
    cos, sin = math.cos(angle), math.sin(angle)
    turn = np.array([[cos, -sin], [sin, cos]])
    turned = points_kc[np.isfinite(points_kc[:, 0])] @ turn
    low, high = turned.min(axis=0), turned.max(axis=0)
    flesh = _FLESH * float((high - low).max())
    sides = (high - low + 2 * flesh) * spec.padding
    width, height = with_aspect(max(1.0, float(sides[0])), max(1.0, float(sides[1])), aspect)
    cot = max(rectangle.width, rectangle.height)
    longest = max(width, height)
    factor = min(max(longest, _SMALLEST_SHARE * cot), _LARGEST_SHARE * cot) / longest
    center = turn @ ((low + high) / 2)
    size = (width * factor, height * factor)
    return Crop((float(center[0]), float(center[1])), size, angle)


def kept_or_moved(now: Crop | None, wanted: Crop) -> Crop:
    """Keep the crop while the wanted one is near, so that it does not shake the keypoints.

    Beyond that it moves half the way, grows and turns at once, and jumps when far away.
    """
    if now is None:
        return wanted
    size = now.size_wh[1]
    away = math.dist(now.center_xy, wanted.center_xy) / size
    growth = wanted.size_wh[1] / size
    turn = math.remainder(wanted.angle_rad - now.angle_rad, math.tau)
    if away > _JUMP:
        return wanted
    turns = abs(turn) >= _ANGLE_BAND_RAD
    if away < _DEAD_BAND and 1 / _SIZE_BAND < growth < _SIZE_BAND and not turns:
        return now
    x, y = (a + _STEP * (b - a) for a, b in zip(now.center_xy, wanted.center_xy, strict=True))
    factor = growth ** (1.0 if growth > 1 else _STEP)
    sides = (now.size_wh[0] * factor, size * factor)
    return Crop((x, y), sides, wanted.angle_rad if turns else now.angle_rad)


def _trunk_angle(points_kc: NDArray[np.float64], last_rad: float) -> float:
    """Return the angle of a crop in which the trunk points up; the last one if it is not known."""
    shoulders, hips = _middle(points_kc[_SHOULDERS]), _middle(points_kc[_HIPS])
    if shoulders is None or hips is None:
        return last_rad
    x, y = shoulders[0] - hips[0], shoulders[1] - hips[1]
    return math.atan2(x, -y) if x or y else last_rad


def _middle(points_nc: NDArray[np.float64]) -> tuple[float, float] | None:
    """Return the mean of those points (N, 2) that are known; None where none is."""
    known = [(x, y) for x, y in points_nc.tolist() if not math.isnan(x)]
    if not known:
        return None
    return sum(x for x, _ in known) / len(known), sum(y for _, y in known) / len(known)
