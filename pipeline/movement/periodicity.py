"""Periodicity: does a limb's speed rise and fall in a rhythm, and how fast?

A limb that swings to and fro once a second is fast twice a second: its speed has 2 Hz.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from pipeline.movement.base import Measure, register
from pipeline.movement.body import LIMBS, limb_speed
from pipeline.movement.bootstrap import of_mean
from pipeline.movement.epochs import RATE_HZ, of_epochs
from pipeline.movement.reduce import mean
from pipeline.movement.samples import Samples
from pipeline.movement.track import Track

SLOWEST_HZ, FASTEST_HZ = 0.2, 5.0
_LEAST_DEVIATION = 0.02
# A rhythm has peaks at its multiples too; the first that is nearly the highest is its period.
_NEARLY = 0.8


def rhythm(speed: NDArray[np.float64]) -> tuple[float, float]:
    """Return the height of the autocorrelation's peak and its frequency in Hz.

    Of a speed (N,) at 15 a second: r(lag), each lag normalised by its own overlap; the first peak
    between 0.2 and 5 Hz that reaches 80 % of the highest, height and place by a parabola through
    three values. (0, NaN) where no peak is above 0; NaN where the speed hardly varies. Source:
    Sci Rep 2024, 14:4522.
    """
    away = speed - speed.mean()
    if away.std() < _LEAST_DEVIATION:
        return math.nan, math.nan
    lags = np.arange(math.floor(RATE_HZ / FASTEST_HZ) - 1, math.ceil(RATE_HZ / SLOWEST_HZ) + 2)
    lags = lags[(lags >= 1) & (lags < len(away) - 2)]
    r = np.array([_overlap(away[:-lag], away[lag:]) for lag in lags])
    inner = r[1:-1]
    peaks = np.flatnonzero((inner >= r[:-2]) & (inner > r[2:]) & (inner > 0)) + 1
    if not len(peaks):
        return 0.0, math.nan
    before, here, after = r[peaks - 1], r[peaks], r[peaks + 1]
    shift = (before - after) / (2 * (before - 2 * here + after))
    height = here - (before - after) * shift / 4
    first = int(np.flatnonzero(height >= _NEARLY * height.max())[0])
    return float(min(1.0, height[first])), float(RATE_HZ / (lags[peaks[first]] + shift[first]))


def _overlap(a: NDArray[np.float64], b: NDArray[np.float64]) -> float:
    scale = math.sqrt(float(a @ a) * float(b @ b))
    return float(a @ b) / scale if scale else 0.0


def _peak(epoch: NDArray[np.float64]) -> tuple[float]:
    return (rhythm(epoch[:, 0])[0],)


def sample(track: Track, part: str) -> Samples:
    """Take the height of the peak in each 10 s."""
    return of_epochs(track, limb_speed(track, part)[:, None], _peak, 1)


def sample_rhythm(track: Track, part: str) -> Samples:
    """Take the peak and its frequency in each 10 s that has one."""
    speeds = limb_speed(track, part)[:, None]
    return of_epochs(track, speeds, lambda epoch: rhythm(epoch[:, 0]), 2)


def frequency(samples: Samples) -> float:
    """Return the mean frequency in Hz, each epoch counting for the height of its peak."""
    peaks, rates = samples.values_nc.T
    return float(peaks @ rates / peaks.sum()) if peaks.sum() > 0 else math.nan


register(
    Measure("periodicity", "1", tuple(LIMBS), sample, mean, of_mean),
    Measure(
        "periodicity_frequency",
        "Hz",
        tuple(LIMBS),
        sample_rhythm,
        frequency,
        undefined="no rhythm, or too little movement",
    ),
)
