"""Histograms of limb orientation and of displacement, as shares that sum to 1.

Source: McCay et al. 2019, 2020 (HOJO2D, HOJD2D); that orientations are counted from the trunk and
displacements in trunk lengths, with the last bin open, is ours.
"""

from __future__ import annotations

from functools import partial

import numpy as np

from pipeline.movement.base import Measure, no_interval, register
from pipeline.movement.body import SIDES, in_body, on_trunk
from pipeline.movement.samples import Samples, frames
from pipeline.movement.track import Track
from pipeline.skeleton import INFANT13

BINS = (8, 16)
MOST_TRUNKS = 0.4
_AFTER_US = 200_000
_ROUNDING_US = 40_000
_BONES = {"elbow": "shoulder", "wrist": "elbow", "knee": "hip", "ankle": "knee"}
JOINTS = tuple(f"{side}_{joint}" for side in SIDES for joint in _BONES)


def sample_orientation(track: Track, part: str) -> Samples:
    """Take the direction in degrees (0..360) from a bone's root to it, on the trunk's axes.

    90 to the feet; 0 across, to the infant's right in a front view, to its left in one from behind.
    """
    side, joint = part.split("_")
    points = on_trunk(track)
    bone = points[:, INFANT13.index(part)] - points[:, INFANT13.index(f"{side}_{_BONES[joint]}")]
    return frames(track, np.remainder(np.degrees(np.arctan2(bone[:, 1], bone[:, 0])), 360))


def sample_displacement(track: Track, part: str) -> Samples:
    """Take how far (trunks) a joint is 0.2 s later from where it was, on the body's axes."""
    places, times_us = in_body(track, part), track.times_us
    later = np.searchsorted(times_us, times_us + _AFTER_US - _ROUNDING_US // 2)
    there = later < len(times_us)
    later = np.minimum(later, max(len(times_us) - 1, 0))
    after_us = times_us[later] - times_us
    near = there & (np.abs(after_us - _AFTER_US) <= _ROUNDING_US)
    segment = np.cumsum(track.starts_t)
    near &= segment[later] == segment
    away = np.hypot(*(places[later] - places).T)
    return frames(track, np.where(near, away, np.nan))


def shares(samples: Samples, bins: int, most: float) -> tuple[float, ...]:
    """Return the share of time in each of ``bins`` equal bins from 0 to ``most``."""
    number = np.minimum((samples.values_nc[:, 0] * bins / most).astype(np.int64), bins - 1)
    seconds = np.bincount(number, weights=samples.seconds_n, minlength=bins)
    return tuple(float(share) for share in seconds / seconds.sum())


for _bins in BINS:
    _of_orientation = partial(shares, bins=_bins, most=360.0)
    _of_displacement = partial(shares, bins=_bins, most=MOST_TRUNKS)
    register(
        Measure(f"hojo2d_{_bins}", "1", JOINTS, sample_orientation, _of_orientation, no_interval),
        Measure(f"hojd2d_{_bins}", "1", JOINTS, sample_displacement, _of_displacement, no_interval),
    )
