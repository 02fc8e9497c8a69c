"""Gaps in a series: bridged up to 0.2 s, left open beyond; nothing is ever invented past them."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from pipeline.types import IntArray

MAX_GAP_S = 0.2
# Frame times are rounded to a clock; three frames at 15 frames/s span 200 000 ± a few hundred µs.
_ROUNDING_US = 5_000
MAX_GAP_US = round(MAX_GAP_S * 1e6) + _ROUNDING_US


def bridge_gaps(times_us: IntArray, series_tc: NDArray[np.float64]) -> NDArray[np.float64]:
    """Fill gaps of at most 0.2 s in one point's series (T, C) by straight lines; NaN elsewhere."""
    seen = np.flatnonzero(np.isfinite(series_tc[:, 0]))
    filled = series_tc.copy()
    if len(seen) < 2 or len(seen) == seen[-1] - seen[0] + 1:
        return filled
    short = (np.diff(seen) > 1) & (np.diff(times_us[seen]) <= MAX_GAP_US)
    for start, end in zip(seen[:-1][short], seen[1:][short], strict=True):
        inside = slice(start + 1, end)
        share = (times_us[inside] - times_us[start]) / (times_us[end] - times_us[start])
        filled[inside] = series_tc[start] + share[:, None] * (series_tc[end] - series_tc[start])
    return filled


def runs(times_us: IntArray, seen_t: NDArray[np.bool_]) -> list[slice]:
    """Return the stretches of frames that are seen and no more than 0.2 s apart."""
    positions = np.flatnonzero(seen_t)
    if not len(positions):
        return []
    steps_us = np.diff(times_us[positions])
    breaks = (np.diff(positions) > 1) | (steps_us > MAX_GAP_US) | (steps_us <= 0)
    starts = np.concatenate([[0], np.flatnonzero(breaks) + 1])
    ends = np.concatenate([starts[1:], [len(positions)]])
    return [
        slice(int(positions[a]), int(positions[b - 1]) + 1)
        for a, b in zip(starts, ends, strict=True)
    ]
