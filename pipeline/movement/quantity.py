"""Quantity of motion: how fast the body moves, in trunk lengths a second."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from pipeline.movement.base import Measure, register
from pipeline.movement.body import LIMBS, limb_mean
from pipeline.movement.bootstrap import Interval, at_least, mean_interval
from pipeline.movement.reduce import deviation, largest, mean
from pipeline.movement.samples import Samples, frames
from pipeline.movement.track import Track

UNIT = "trunk/s"
Float = NDArray[np.float64]
PARTS = ("body", *LIMBS)
_NEEDED_SHARE = 0.8


def quantity_of_motion(track: Track, part: str = "body") -> Float:
    """Return the quantity of motion of each frame (T,) in trunk/s; NaN where not enough is seen.

    Mean over keypoints of |v| / trunk, of the whole body where at least 80 % of the keypoints are
    known, of a limb over its two outer joints. Speeds are without the detector's jitter and wander
    (see noise.py and wander.py); where those are too large, nothing is given. Source: Adde et al.
    2009 (quantity of motion in pictures); the keypoint form is ours.
    """
    return _of_speeds(track, part, track.speeds_tk)


def _of_speeds(track: Track, part: str, speeds_tk: Float) -> Float:
    if track.unsteady:
        return np.full(len(speeds_tk), np.nan)
    if part in LIMBS:
        return limb_mean(speeds_tk, part)
    known_tk = np.isfinite(speeds_tk)
    enough_t = known_tk.mean(axis=1) >= _NEEDED_SHARE
    values_t = np.full(len(known_tk), np.nan)
    total_t = np.where(known_tk, speeds_tk, 0).sum(axis=1)
    np.divide(total_t, known_tk.sum(axis=1), out=values_t, where=enough_t)
    return values_t


def sample(track: Track, part: str) -> Samples:
    """Take of each frame the quantity of motion: as it is, the least and the most it may be."""
    kinds = (track.speeds_tk, track.least_speeds_tk, track.most_speeds_tk)
    return frames(track, np.stack([_of_speeds(track, part, one) for one in kinds], axis=1))


def of_mean_and_wander(samples: Samples, _reduce: object) -> Interval | None:
    """Return the 95 % interval of the mean, with what the keypoints' own wander adds to it."""
    ends = [
        mean_interval(samples.times_us, samples.values_nc[:, column], samples.seconds_n)
        for column in (1, 2)
    ]
    least, most = ends
    return None if least is None or most is None else (least[0], most[1])


register(
    Measure("quantity_of_motion", UNIT, PARTS, sample, mean, of_mean_and_wander),
    Measure("quantity_of_motion_sd", UNIT, PARTS, sample, deviation),
    Measure("quantity_of_motion_max", UNIT, PARTS, sample, largest, at_least),
)
