"""Quantity of motion: how fast the body moves, in trunk lengths a second."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from pipeline.movement.base import Measure, no_interval, register
from pipeline.movement.body import LIMBS, limb_speed
from pipeline.movement.bootstrap import of_mean
from pipeline.movement.reduce import deviation, largest, mean
from pipeline.movement.samples import Samples, frames
from pipeline.movement.track import Track

UNIT = "trunk/s"
PARTS = ("body", *LIMBS)
_NEEDED_SHARE = 0.8


def quantity_of_motion(track: Track, part: str = "body") -> NDArray[np.float64]:
    """Return the quantity of motion of each frame (T,) in trunk/s; NaN where not enough is seen.

    Mean over keypoints of |v| / trunk, of the whole body where at least 80 % of the keypoints are
    known, of a limb over its two outer joints. Speeds are without the detector's jitter (see
    noise.py). Source: Adde et al. 2009 (quantity of motion in pictures); the keypoint form is ours.
    """
    if part in LIMBS:
        return limb_speed(track, part)
    known_tk = np.isfinite(track.speeds_tk)
    enough_t = known_tk.mean(axis=1) >= _NEEDED_SHARE
    values_t = np.full(len(known_tk), np.nan)
    total_t = np.where(known_tk, track.speeds_tk, 0).sum(axis=1)
    np.divide(total_t, known_tk.sum(axis=1), out=values_t, where=enough_t)
    return values_t


def sample(track: Track, part: str) -> Samples:
    """Take the quantity of motion of each frame."""
    return frames(track, quantity_of_motion(track, part))


register(
    Measure("quantity_of_motion", UNIT, PARTS, sample, mean, of_mean),
    Measure("quantity_of_motion_sd", UNIT, PARTS, sample, deviation),
    Measure("quantity_of_motion_max", UNIT, PARTS, sample, largest, no_interval),
)
