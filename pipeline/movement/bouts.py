"""Bouts: when movement begins, how long it goes on, how long rest lasts.

A bout begins when a limb's speed passes 0.3 trunk/s and ends after 0.32 s under 0.15 trunk/s. The
body is in a bout while any limb is. Source: the rest of 0.32 s after Trujillo-Priego et al. 2017
(Technologies 5:39, arm bouts); the thresholds in trunk/s are ours: about 3.5 and 1.7 cm/s.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from pipeline.movement.base import Measure, register
from pipeline.movement.body import LIMBS
from pipeline.movement.bootstrap import AtLeast, largest_at_least, of_mean
from pipeline.movement.quantity import PARTS, quantity_of_motion
from pipeline.movement.reduce import mean
from pipeline.movement.samples import Mask, Samples, frames, spells
from pipeline.movement.track import Track
from pipeline.skeleton import INFANT13

BEGINS_TRUNKS_S, ENDS_TRUNKS_S = 0.3, 0.15
REST_S = 0.32
# A jump in the row of frames longer than this ends a rest.
_TOGETHER_S = 0.3


def moving(track: Track, part: str) -> NDArray[np.float64]:
    """Tell whether each frame (T,) lies in a bout of a limb or of the body: 1 or 0, NaN unseen.

    The body is seen where its quantity of motion is; then the limbs that are seen decide. All is
    unseen where the keypoints are so unsteady that a still limb would seem to move.
    """
    if track.unsteady:
        return np.full(len(track.times_us), np.nan)
    if part in LIMBS:
        return in_bout(track, quantity_of_motion(track, part))
    limbs = np.stack([in_bout(track, _any_joint(track, limb)) for limb in LIMBS])
    seen_t = np.isfinite(quantity_of_motion(track)) & np.isfinite(limbs).any(axis=0)
    return np.where(seen_t, np.nan_to_num(limbs).max(axis=0), np.nan)


def in_bout(track: Track, speed_t: NDArray[np.float64]) -> NDArray[np.float64]:
    """Tell by a speed (T,) in trunk/s which frames lie in a bout: 1 or 0, NaN as the speed."""
    out = np.where(np.isfinite(speed_t), 0.0, np.nan)
    above = np.flatnonzero(speed_t >= ENDS_TRUNKS_S)
    if not len(above):
        return out
    rest_s = np.diff(track.times_us[above]) / 1e6
    holes = np.cumsum(~np.isfinite(speed_t))
    apart = (rest_s > REST_S) | (np.diff(holes[above]) > 0)
    for run in np.split(above, np.flatnonzero(apart) + 1):
        begun = run[speed_t[run] >= BEGINS_TRUNKS_S]
        if len(begun):
            out[begun[0] : run[-1] + 1] = 1.0
    return out


def _any_joint(track: Track, limb: str) -> NDArray[np.float64]:
    """Return the mean speed (T,) of those of a limb's joints that are known."""
    speeds = track.speeds_tk[:, [INFANT13.index(name) for name in LIMBS[limb]]]
    known = np.isfinite(speeds)
    out = np.full(len(speeds), np.nan)
    total = np.where(known, speeds, 0).sum(axis=1)
    np.divide(total, known.sum(axis=1), out=out, where=known.any(axis=1))
    return out


def bout_slices(moving_t: NDArray[np.float64]) -> list[slice]:
    """Return the frames of each bout."""
    edges = np.diff(np.concatenate([[0], moving_t == 1, [0]]).astype(np.int8))
    starts, stops = np.flatnonzero(edges == 1), np.flatnonzero(edges == -1)
    return [slice(int(a), int(b)) for a, b in zip(starts, stops, strict=True)]


def sample(track: Track, part: str) -> Samples:
    """Take of each frame: in a bout (1 or 0), a bout begins (1 or 0)."""
    moving_t = moving(track, part)
    begins_t = np.zeros(len(moving_t))
    begins_t[[bout.start for bout in bout_slices(moving_t)]] = 1
    return frames(track, np.stack([moving_t, begins_t], axis=1))


def sample_lengths(track: Track, part: str) -> Samples:
    """Take the length in seconds of each bout."""
    moving_t = moving(track, part)
    rows = []
    for bout in bout_slices(moving_t):
        length_s = float(track.weights_s_t[bout].sum())
        rows.append((int(track.times_us[bout.start]), 1.0, (length_s,)))
    return spells(track, rows, np.isfinite(moving_t), 1)


def count(samples: Samples) -> float:
    """Return how many bouts begin."""
    return float(samples.values_nc[:, 1].sum())


def rate(samples: Samples) -> float:
    """Return how many bouts begin in a minute that is seen."""
    return count(samples) * 60 / float(samples.seconds_n.sum())


def longest_rest(samples: Samples) -> float:
    """Return the longest time in seconds, seen without a hole, without a bout."""
    return float(_rests_s(samples).max(initial=0.0))


def of_longest(samples: Samples, _reduce: object) -> AtLeast | None:
    """Return what the longest rest is at least, by drawing whole rests anew."""
    return largest_at_least(_rests_s(samples))


def _rests_s(samples: Samples) -> NDArray[np.float64]:
    """Return the length in seconds of each rest."""
    resting: Mask = samples.values_nc[:, 0] == 0
    broken = np.diff(samples.times_us) / 1e6 > _TOGETHER_S
    group = np.cumsum(np.concatenate([[0], broken | (resting[1:] != resting[:-1])]))
    lengths_s = np.bincount(group, weights=samples.seconds_n * resting)
    return np.asarray(lengths_s[lengths_s > 0], np.float64)


register(
    Measure("bouts", "1", PARTS, sample, count),
    Measure("bouts_per_minute", "1/min", PARTS, sample, rate),
    Measure("bout_length", "s", PARTS, sample_lengths, mean, of_mean),
    Measure("bout_share", "1", PARTS, sample, mean, of_mean),
    Measure("longest_rest", "s", PARTS, sample, longest_rest, of_longest),
)
