"""Fewer points than minutes, without losing a peak: the lowest, mean and highest of each bin."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from app.views.times import US_PER_MINUTE

MOST_BINS = 480
_WIDTHS_MIN = (1, 2, 3, 5, 10, 15, 20, 30, 60, 120, 240, 360, 720, 1440)

Float = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Envelope:
    """Values in bins (B,): NaN where a bin holds no value; ``known_b`` counts those it holds."""

    low_b: Float
    mean_b: Float
    high_b: Float
    known_b: NDArray[np.int64]


def bin_width_us(span_us: tuple[int, int], most: int = MOST_BINS) -> int:
    """Return the width of bins that cut a span into at most ``most``, a round number of minutes.

    A span too long for bins of a day gets bins of as many days as it takes.
    """
    for minutes in _WIDTHS_MIN:
        if bin_starts_us(span_us, minutes * US_PER_MINUTE).size <= most:
            return minutes * US_PER_MINUTE
    day_us = _WIDTHS_MIN[-1] * US_PER_MINUTE
    return day_us * (-(-(span_us[1] - span_us[0]) // (day_us * max(1, most - 1))))


def bin_starts_us(span_us: tuple[int, int], width_us: int) -> NDArray[np.int64]:
    """Return the starts (B,) of the bins that touch a span; they lie on multiples of the width."""
    first_us = span_us[0] // width_us * width_us
    return np.arange(first_us, max(span_us[1], first_us + 1), width_us, dtype=np.int64)


def envelope(
    times_us: NDArray[np.int64], values_t: Float, starts_b: NDArray[np.int64], width_us: int
) -> Envelope:
    """Return what each bin holds; (T,) times need no order, values may be NaN, both may be none.

    No value between two bins' ends is lost: the highest of all bins is the highest of all values.
    """
    place_t = (times_us - starts_b[0]) // width_us
    inside_t = np.isfinite(values_t) & (place_t >= 0) & (place_t < len(starts_b))
    place_t, values_t = place_t[inside_t], values_t[inside_t]
    known_b = np.bincount(place_t, minlength=len(starts_b)).astype(np.int64)
    low_b, high_b = np.full(len(starts_b), np.inf), np.full(len(starts_b), -np.inf)
    np.minimum.at(low_b, place_t, values_t)
    np.maximum.at(high_b, place_t, values_t)
    total_b = np.bincount(place_t, weights=values_t, minlength=len(starts_b))
    empty_b = known_b == 0
    mean_b = np.full(len(starts_b), np.nan)
    np.divide(total_b, known_b, out=mean_b, where=~empty_b)
    low_b[empty_b] = high_b[empty_b] = np.nan
    return Envelope(low_b, np.clip(mean_b, low_b, high_b), high_b, known_b)
