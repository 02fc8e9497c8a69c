"""Stretches of 10 s seen without a hole, at even times: for what needs the order of the frames."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np
from numpy.typing import NDArray

from pipeline.movement.samples import Mask, Samples, spells
from pipeline.movement.track import Track
from pipeline.types import IntArray

Float = NDArray[np.float64]

EPOCH_S = 10.0
_EPOCH_US = round(EPOCH_S * 1e6)
RATE_HZ = 15.0
_EDGE_S = 0.25


def of_epochs(
    track: Track, values_tc: Float, sum_up: Callable[[Float], tuple[float, ...]], columns: int
) -> Samples:
    """Make samples of one row for each whole epoch of a series (T, C).

    ``sum_up`` gets the epoch at 15 values a second (N, C), without NaN. Epochs begin at whole
    multiples of 10 s of the clock, so a later computation finds the same ones.
    """
    seen_t = np.zeros(len(values_tc), np.bool_)
    rows = []
    for start_us, inside in _whole(track, np.asarray(np.isfinite(values_tc).all(axis=1))):
        seen_t[inside] = True
        even_us = start_us + np.arange(round(EPOCH_S * RATE_HZ)) * 1e6 / RATE_HZ
        columns_c = [np.interp(even_us, track.times_us[inside], c) for c in values_tc[inside].T]
        rows.append((start_us, EPOCH_S, sum_up(np.stack(columns_c, axis=1))))
    return spells(track, rows, seen_t, columns)


def _whole(track: Track, known_t: Mask) -> Iterator[tuple[int, slice]]:
    """Yield the start and the frames of each epoch that is seen from end to end."""
    numbers = track.times_us // _EPOCH_US
    edge_us = round(_EDGE_S * 1e6)
    for part in np.split(np.arange(len(numbers)), np.flatnonzero(np.diff(numbers)) + 1):
        if not len(part):
            continue
        inside = slice(int(part[0]), int(part[-1]) + 1)
        times_us, start_us = track.times_us[inside], int(numbers[part[0]]) * _EPOCH_US
        whole = times_us[0] - start_us <= edge_us and start_us + _EPOCH_US - times_us[-1] <= edge_us
        steady = np.isfinite(track.near_s[inside.start : inside.stop - 1]).all()
        if whole and steady and known_t[inside].all():
            yield start_us, inside


def clock_minutes(times_us: IntArray, minute_us: int) -> Iterator[tuple[int, slice]]:
    """Yield the start and the frames of each minute of the clock."""
    numbers = times_us // minute_us
    for part in np.split(np.arange(len(numbers)), np.flatnonzero(np.diff(numbers)) + 1):
        if len(part):
            yield int(numbers[part[0]]) * minute_us, slice(int(part[0]), int(part[-1]) + 1)
