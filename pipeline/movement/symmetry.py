"""Left and right: do the two sides move alike, together, as much?"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from pipeline.movement.angles import joint_angle
from pipeline.movement.base import Measure, register
from pipeline.movement.body import limb_speed
from pipeline.movement.bootstrap import of_mean
from pipeline.movement.epochs import RATE_HZ, of_epochs
from pipeline.movement.reduce import mean
from pipeline.movement.samples import Samples, frames
from pipeline.movement.track import Track

PAIRS = ("shoulder", "elbow", "hip", "knee")
LIMB_PAIRS = {"body": ("arm", "leg"), "arms": ("arm",), "legs": ("leg",)}
LEAST_TRUNKS_S = 0.05
_LEAST_DEG = 1.0
_MOST_LAG = round(1.0 * RATE_HZ)
_LEAST_DEVIATION = 0.02


def side_speeds(track: Track, part: str) -> NDArray[np.float64]:
    """Return the mean speed (T, 2) of the left and of the right limbs in trunk/s."""
    limbs = LIMB_PAIRS[part]
    sides = [[limb_speed(track, f"{side}_{limb}") for limb in limbs] for side in ("left", "right")]
    return np.stack([np.mean(side, axis=0) for side in sides], axis=1)


def sample_sides(track: Track, part: str) -> Samples:
    """Take the speeds of the left and right limbs at frames that show both."""
    return frames(track, side_speeds(track, part))


def difference(samples: Samples) -> float:
    """Return (L − R) / (L + R) of the two sides' quantity of motion, −1..1; ours after Movidea.

    Positive: the left moves more. NaN where both together move less than 0.05 trunk/s a side.
    """
    left, right = samples.seconds_n @ samples.values_nc / samples.seconds_n.sum()
    if left + right < 2 * LEAST_TRUNKS_S:
        return math.nan
    return float((left - right) / (left + right))


def sample_angles(track: Track, part: str) -> Samples:
    """Take the left and the mirrored right angle of a joint, in degrees, as turning goes on."""
    pair = np.stack([joint_angle(track, f"{side}_{part}") for side in ("left", "right")], axis=1)
    return frames(track, pair)


def correlation(samples: Samples) -> float:
    """Return Pearson's r of the left and right angle of a joint (Chambers et al. 2020).

    Angles are taken around their circular mean. NaN where one of them hardly turns.
    """
    radians = np.radians(samples.values_nc)
    centre = np.arctan2(np.sin(radians).mean(axis=0), np.cos(radians).mean(axis=0))
    away = np.remainder(radians - centre + np.pi, 2 * np.pi) - np.pi
    if len(away) < 3 or np.degrees(away.std(axis=0)).min() < _LEAST_DEG:
        return math.nan
    return float(np.corrcoef(away.T)[0, 1])


def cross_correlation(epoch_nc: NDArray[np.float64]) -> tuple[float, float]:
    """Return the largest correlation of two speeds (N, 2) at lags within 1 s, and its lag in s.

    Positive lag: the left comes later. NaN where a side hardly moves.
    """
    if epoch_nc.std(axis=0).min() < _LEAST_DEVIATION:
        return math.nan, math.nan
    left, right = ((epoch_nc - epoch_nc.mean(axis=0)) / epoch_nc.std(axis=0)).T
    found = []
    for lag in range(-_MOST_LAG, _MOST_LAG + 1):
        a, b = (left[lag:], right[: len(right) - lag]) if lag >= 0 else (left[:lag], right[-lag:])
        found.append(float(a @ b) / len(a))
    best = int(np.argmax(found))
    return float(np.clip(found[best], -1, 1)), (best - _MOST_LAG) / RATE_HZ


def sample_together(track: Track, part: str) -> Samples:
    """Take cross-correlation and lag of each 10 s; source: Movidea, Brain Sci 2020, 10:203."""
    return of_epochs(track, side_speeds(track, part), cross_correlation, 2)


def lag(samples: Samples) -> float:
    """Return the median lag in seconds."""
    return float(np.median(samples.values_nc[:, 1]))


register(
    Measure("symmetry", "1", tuple(LIMB_PAIRS), sample_sides, difference),
    Measure("angle_correlation", "1", PAIRS, sample_angles, correlation),
    Measure("speed_cross_correlation", "1", ("arms", "legs"), sample_together, mean, of_mean),
    Measure("speed_cross_correlation_lag", "s", ("arms", "legs"), sample_together, lag),
)
