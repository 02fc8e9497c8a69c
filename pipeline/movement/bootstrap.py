"""How sure a figure over time is: frames near in time are alike, so whole blocks are drawn anew.

Source: block bootstrap with blocks that do not overlap (Carlstein 1986), percentile interval. The
draws are the same at every call, so a figure recomputed is the same figure.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from pipeline.movement.samples import Samples
from pipeline.types import IntArray

BLOCK_S = 2.0
_DRAWS_OF_MEANS = 400
_DRAWS = 150
_MOST_BLOCKS = 120
_FEWEST_BLOCKS = 5
_TAILS = (0.025, 0.975)

Interval: TypeAlias = tuple[float, float]


def mean_interval(
    times_us: IntArray,
    values_n: NDArray[np.float64],
    seconds_n: NDArray[np.float64] | None = None,
    block_s: float = BLOCK_S,
) -> Interval | None:
    """Return the 95 % interval of the mean of (N,) values at (N,) times; NaN values are left out.

    ``seconds_n``: how much each counts (default: all the same). None where fewer than five blocks
    have a value.
    """
    known = np.isfinite(values_n)
    seconds_n = np.ones(len(values_n)) if seconds_n is None else seconds_n
    block_n, count = _blocks(times_us[known], block_s)
    if count < _FEWEST_BLOCKS:
        return None
    seconds_b = np.bincount(block_n, weights=seconds_n[known])
    sums_b = np.bincount(block_n, weights=(values_n * seconds_n)[known])
    drawn = np.random.default_rng(0).integers(0, count, (_DRAWS_OF_MEANS, count))
    means = sums_b[drawn].sum(axis=1) / seconds_b[drawn].sum(axis=1)
    low, high = np.quantile(means, _TAILS)
    return float(low), float(high)


def of_mean(samples: Samples, _reduce: object) -> Interval | None:
    """Return the interval of the mean of the first column, weighted by time."""
    return mean_interval(samples.times_us, samples.values_nc[:, 0], samples.seconds_n)


def resampled_interval(samples: Samples, reduce: Callable[[Samples], Any]) -> Interval | None:
    """Return the interval of any reduction, by reducing rows of drawn blocks.

    Blocks last 2 s, more where there would be over 120. None where there are fewer than five, or
    where the reduction is not defined for most draws.
    """
    if not len(samples):
        return None
    span_s = (samples.times_us[-1] - samples.times_us[0]) / 1e6
    block_n, count = _blocks(samples.times_us, max(BLOCK_S, span_s / _MOST_BLOCKS))
    if count < _FEWEST_BLOCKS:
        return None
    rows_b = np.split(np.arange(len(samples)), np.flatnonzero(np.diff(block_n)) + 1)
    generator = np.random.default_rng(0)
    drawn = (generator.integers(0, count, count) for _ in range(_DRAWS))
    values = [reduce(samples.chosen(np.concatenate([rows_b[b] for b in d]))) for d in drawn]
    values = [value for value in values if np.isfinite(value)]
    if len(values) < _DRAWS / 2:
        return None
    low, high = np.quantile(values, _TAILS)
    return float(low), float(high)


def _blocks(times_us: IntArray, block_s: float) -> tuple[IntArray, int]:
    """Return the block (N,) that each time lies in, numbered without holes, and their count."""
    if not len(times_us):
        return np.zeros(0, np.int64), 0
    raw_n = (times_us - times_us[0]) // round(block_s * 1e6)
    numbers, block_n = np.unique(raw_n, return_inverse=True)
    return block_n, len(numbers)


def of_direction(samples: Samples, reduce: Callable[[Samples], Any]) -> Interval | None:
    """Return the interval of a direction in degrees: low may be under −180, high over 180."""
    centre = reduce(samples)
    found = resampled_interval(
        samples, lambda drawn: float(np.remainder(reduce(drawn) - centre + 180, 360) - 180)
    )
    return None if found is None else (found[0] + centre, found[1] + centre)
