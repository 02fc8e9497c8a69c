"""Smoothness: how far a path strays from its own average, and how jerky bouts are."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from pipeline.movement.base import Measure, register
from pipeline.movement.body import ENDS, LIMBS, in_body, limb_speed
from pipeline.movement.bootstrap import of_mean
from pipeline.movement.bouts import bout_slices, moving
from pipeline.movement.reduce import mean
from pipeline.movement.samples import Samples, frames, spells
from pipeline.movement.track import Track

_AVERAGE_US = 1_000_000
_LEAST_BOUT_S = 0.4
_RATE_HZ = 60.0
_TOP_HZ = 10.0
_FLOOR = 0.05
_PADDING = 4


def sample_area(track: Track, part: str) -> Samples:
    """Take the distance (trunks) of each place from the mean place of the 2 s around it.

    Its mean over time is the area between path and moving average a second. Source: Movidea, Brain
    Sciences 2020, 10:203.
    """
    places = in_body(track, part)
    known_t = np.isfinite(places[:, 0])
    sums = np.concatenate([np.zeros((1, 2)), np.cumsum(np.where(known_t[:, None], places, 0), 0)])
    counts = np.concatenate([[0], np.cumsum(known_t)])
    start = np.searchsorted(track.times_us, track.times_us - _AVERAGE_US)
    stop = np.searchsorted(track.times_us, track.times_us + _AVERAGE_US, side="right")
    average = (sums[stop] - sums[start]) / np.maximum(counts[stop] - counts[start], 1)[:, None]
    return frames(track, np.hypot(*(places - average).T))


def log_dimensionless_jerk(speed: NDArray[np.float64], step_s: float) -> float:
    """Return −ln(D³ / v² · ∫ (d²s/dt²)² dt) of a speed s (N,): D its length, v its peak.

    Larger is smoother; −5.3 for the smoothest reach there is. Source: Balasubramanian et al. 2012
    and 2015.
    """
    second = np.gradient(np.gradient(speed, step_s), step_s)
    length_s, peak = step_s * (len(speed) - 1), float(speed.max())
    total = float(np.trapezoid(second**2, dx=step_s))
    return -math.log(length_s**3 / peak**2 * total) if peak > 0 and total > 0 else math.nan


def spectral_arc_length(speed: NDArray[np.float64], step_s: float) -> float:
    """Return minus the arc length of a speed's spectrum, both axes scaled to 1.

    Up to the last frequency, at most 10 Hz, at which it reaches 5 % of its value at 0. Larger is
    smoother; −1.4 for the smoothest reach. Source: Balasubramanian et al. 2012, 2015.
    """
    count = 2 ** (math.ceil(math.log2(len(speed))) + _PADDING)
    spectrum = np.abs(np.fft.rfft(speed, count))
    if not spectrum[0] > 0:
        return math.nan
    hertz = np.fft.rfftfreq(count, step_s)
    spectrum = spectrum[hertz <= _TOP_HZ] / spectrum[0]
    hertz = hertz[hertz <= _TOP_HZ]
    last = int(np.flatnonzero(spectrum >= _FLOOR)[-1])
    if last < 1:
        return math.nan
    run = np.diff(hertz[: last + 1]) / hertz[last]
    return -float(np.hypot(run, np.diff(spectrum[: last + 1])).sum())


def sample_bouts(track: Track, part: str) -> Samples:
    """Take jerk and spectral arc length of each bout of a limb that lasts at least 0.4 s."""
    moving_t, speed_t = moving(track, part), limb_speed(track, part)
    rows = []
    for bout in bout_slices(moving_t):
        times_s = (track.times_us[bout] - track.times_us[bout.start]) / 1e6
        if times_s[-1] < _LEAST_BOUT_S:
            continue
        even_s = np.arange(0, times_s[-1], 1 / _RATE_HZ)
        speed = np.interp(even_s, times_s, speed_t[bout])
        found = (
            log_dimensionless_jerk(speed, 1 / _RATE_HZ),
            spectral_arc_length(speed, 1 / _RATE_HZ),
        )
        rows.append((int(track.times_us[bout.start]), float(times_s[-1]), found))
    return spells(track, rows, np.isfinite(moving_t), 2)


def jerk(samples: Samples) -> float:
    """Return the mean log dimensionless jerk over bouts."""
    return float(samples.values_nc[:, 0].mean())


def arc_length(samples: Samples) -> float:
    """Return the mean spectral arc length over bouts."""
    return float(samples.values_nc[:, 1].mean())


register(
    Measure("path_area", "trunk", ENDS, sample_area, mean, of_mean),
    Measure("log_dimensionless_jerk", "1", tuple(LIMBS), sample_bouts, jerk),
    Measure("spectral_arc_length", "1", tuple(LIMBS), sample_bouts, arc_length),
)
