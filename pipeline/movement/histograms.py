"""Histograms of limb orientation and of displacement, as shares that sum to 1.

Source: McCay et al. 2019, 2020 (HOJO2D, HOJD2D); that orientations are counted from the trunk and
displacements in trunk lengths, with the last bin open, is ours.
"""

from __future__ import annotations

from functools import partial

import numpy as np

from pipeline.movement.base import Measure, Sample, register
from pipeline.movement.body import SIDES, in_body, on_trunk
from pipeline.movement.bootstrap import Intervals, redrawn_counts
from pipeline.movement.samples import Samples, frames
from pipeline.movement.track import Track
from pipeline.skeleton import INFANT13
from pipeline.types import IntArray

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
    seconds = np.bincount(_bin_of(samples, bins, most), weights=samples.seconds_n, minlength=bins)
    return tuple((seconds / seconds.sum()).tolist())


def of_bins(samples: Samples, _reduce: object, *, bins: int, most: float) -> Intervals | None:
    """Return the interval of each bin's share."""
    redrawn = redrawn_counts(samples, _bin_of(samples, bins, most), bins, samples.seconds_n)
    if redrawn is None:
        return None
    shares_dc = redrawn.counts_dc / redrawn.counts_dc.sum(axis=1, keepdims=True)
    lows, highs = np.quantile(shares_dc, redrawn.tails, axis=0)
    return Intervals(tuple(lows.tolist()), tuple(highs.tolist()))


def _bin_of(samples: Samples, bins: int, most: float) -> IntArray:
    return np.minimum((samples.values_nc[:, 0] * bins / most).astype(np.int64), bins - 1)


def _measure(name: str, sample: Sample, bins: int, most: float) -> Measure:
    reduce = partial(shares, bins=bins, most=most)
    spread = partial(of_bins, bins=bins, most=most)
    return Measure(f"{name}_{bins}", "1", JOINTS, sample, reduce, spread)


for _bins in BINS:
    register(
        _measure("hojo2d", sample_orientation, _bins, 360.0),
        _measure("hojd2d", sample_displacement, _bins, MOST_TRUNKS),
    )
