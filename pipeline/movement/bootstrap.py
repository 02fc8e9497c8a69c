"""How sure a figure over time is: frames near in time are alike, so whole blocks are drawn anew.

Source: block bootstrap with blocks that do not overlap (Carlstein 1986); percentiles further out
the fewer blocks there are (Hesterberg 2015, expanded percentile interval). The draws are the same
at every call, so a figure recomputed is the same figure. How often intervals hold what they
should: ``python -m tests.benchmarks.intervals``.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from pipeline.movement.samples import Samples
from pipeline.types import IntArray

BLOCK_S = 3.0
UNCLEAR = "unclear"
_DRAWS_OF_MEANS = 400
_DRAWS = 150
_MOST_BLOCKS = 120
_FEWEST_BLOCKS = 5
_SURE = 0.95

Float: TypeAlias = NDArray[np.float64]
Interval: TypeAlias = tuple[float, float]


@dataclass(frozen=True, slots=True)
class AtLeast:
    """The low end of an interval whose high end cannot be told."""

    low: float


@dataclass(frozen=True, slots=True)
class Intervals:
    """The low and the high end for each number of a value that has several."""

    lows: tuple[float, ...]
    highs: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class AnyOf:
    """The words that a word may be, the most likely first."""

    words: tuple[str, ...]


Bounds: TypeAlias = Interval | AtLeast | Intervals | AnyOf


def mean_interval(
    times_us: IntArray,
    values_n: Float,
    seconds_n: Float | None = None,
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
    low, high = np.quantile(means, tails(count))
    return float(low), float(high)


def tails(count: int) -> tuple[float, float]:
    """Return the shares of draws below the low and below the high end, for so many blocks."""
    # SciPy takes half a second to load, and a dashboard that starts has no interval to tell yet.
    from scipy.special import ndtr, stdtrit

    reach = np.sqrt(count / (count - 1)) * stdtrit(count - 1, 0.5 + _SURE / 2)
    return float(ndtr(-reach)), float(ndtr(reach))


def of_mean(samples: Samples, _reduce: object) -> Interval | None:
    """Return the interval of the mean of the first column, weighted by time."""
    return mean_interval(samples.times_us, samples.values_nc[:, 0], samples.seconds_n)


def resampled_interval(
    samples: Samples, reduce: Callable[[Samples], Any]
) -> Interval | Intervals | None:
    """Return the interval of any reduction to numbers, by reducing rows of drawn blocks.

    Blocks last 3 s, more where there would be over 120. None where there are fewer than five, or
    where the reduction is not defined for most draws.
    """
    count, draws = _drawn(samples)
    return _bounds_of([reduce(drawn) for drawn in draws], count)


def at_least(samples: Samples, reduce: Callable[[Samples], Any]) -> AtLeast | None:
    """Return the low end alone, for what grows with all that is seen: a maximum, a range.

    Blocks drawn anew never pass the largest value seen, so they tell no high end.
    """
    count, draws = _drawn(samples)
    found = _interval_of([reduce(drawn) for drawn in draws], count)
    return None if found is None else AtLeast(found[0])


def largest_at_least(values_n: Float) -> AtLeast | None:
    """Return the low end for the largest of (N,) values that do not hang on each other.

    None where there are fewer than five.
    """
    count = len(values_n)
    if count < _FEWEST_BLOCKS:
        return None
    drawn = np.random.default_rng(0).integers(0, count, (_DRAWS_OF_MEANS, count))
    return AtLeast(float(np.quantile(values_n[drawn].max(axis=1), tails(count)[0])))


def of_words(samples: Samples, reduce: Callable[[Samples], Any]) -> AnyOf | None:
    """Return the words that make up 95 % of all draws, the most frequent first.

    "unclear" is among them where draws without a word are.
    """
    words = [reduce(drawn) for drawn in _drawn(samples)[1]]
    found: list[str] = []
    share = 0.0
    for word, times in Counter(
        word if isinstance(word, str) else UNCLEAR for word in words
    ).most_common():
        if share < _SURE:
            found.append(word)
            share += times / len(words)
    return AnyOf(tuple(found)) if found else None


def of_direction(samples: Samples, reduce: Callable[[Samples], Any]) -> Interval | None:
    """Return the interval of a direction in degrees: low may be under −180, high over 180."""
    centre = reduce(samples)
    count, draws = _drawn(samples)
    away = [np.remainder(reduce(drawn) - centre + 180, 360) - 180 for drawn in draws]
    found = _interval_of(away, count)
    return None if found is None else (found[0] + centre, found[1] + centre)


@dataclass(frozen=True, slots=True)
class Redrawn:
    """What falls into each cell (draws, cells) when blocks are drawn anew; ``tails`` as there."""

    counts_dc: Float
    tails: tuple[float, float]


def redrawn_counts(
    samples: Samples, cell_n: IntArray, cells: int, weights_n: Float | None = None
) -> Redrawn | None:
    """Count rows in so many cells, draw by draw.

    ``cell_n`` (N,): the cell of each row; ``weights_n`` (N,): how much it counts (default: 1). None
    where there are fewer than five blocks.
    """
    block_n, count = _blocks_of(samples)
    if count < _FEWEST_BLOCKS:
        return None
    sums = np.bincount(block_n * cells + cell_n, weights=weights_n, minlength=count * cells)
    times = [np.bincount(chosen, minlength=count) for chosen in _draws(count)]
    counts_dc = np.stack(times).astype(np.float64) @ sums.reshape(count, cells)
    return Redrawn(counts_dc, tails(count))


def _drawn(samples: Samples) -> tuple[int, Iterator[Samples]]:
    """Return the number of blocks and the rows of drawn ones, draw by draw.

    There are no draws of fewer than five blocks.
    """
    block_n, count = _blocks_of(samples)
    if count < _FEWEST_BLOCKS:
        return count, iter(())
    rows_b = np.split(np.arange(len(samples)), np.flatnonzero(np.diff(block_n)) + 1)
    return count, (
        samples.chosen(np.concatenate([rows_b[block] for block in chosen]))
        for chosen in _draws(count)
    )


def _draws(count: int) -> Iterator[IntArray]:
    generator = np.random.default_rng(0)
    for _ in range(_DRAWS):
        yield generator.integers(0, count, count)


def _blocks_of(samples: Samples) -> tuple[IntArray, int]:
    if not len(samples):
        return np.zeros(0, np.int64), 0
    span_s = (samples.times_us[-1] - samples.times_us[0]) / 1e6
    return _blocks(samples.times_us, max(BLOCK_S, span_s / _MOST_BLOCKS))


def _blocks(times_us: IntArray, block_s: float) -> tuple[IntArray, int]:
    """Return the block (N,) that each time lies in, numbered without holes, and their count."""
    if not len(times_us):
        return np.zeros(0, np.int64), 0
    raw_n = (times_us - times_us[0]) // round(block_s * 1e6)
    numbers, block_n = np.unique(raw_n, return_inverse=True)
    return block_n, len(numbers)


def _interval_of(values: list[float], count: int) -> Interval | None:
    known = [value for value in values if np.isfinite(value)]
    if len(known) < _DRAWS / 2:
        return None
    low, high = np.quantile(known, tails(count))
    return float(low), float(high)


def _bounds_of(values: list[Any], count: int) -> Interval | Intervals | None:
    """Return the interval of numbers, or of each of several numbers."""
    if not values or not isinstance(values[0], tuple):
        return _interval_of(values, count)
    lows, highs = np.quantile(values, tails(count), axis=0)
    return Intervals(tuple(lows.tolist()), tuple(highs.tolist()))
