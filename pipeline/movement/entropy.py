"""Entropy: how varied and how unforeseeable movement is."""

from __future__ import annotations

import math
from functools import partial

import numpy as np
from numpy.typing import NDArray

from pipeline.movement import angles, position
from pipeline.movement.base import Measure, register
from pipeline.movement.body import ENDS, LIMBS, limb_speed
from pipeline.movement.bootstrap import Interval, of_mean, redrawn_counts
from pipeline.movement.epochs import of_epochs
from pipeline.movement.reduce import mean
from pipeline.movement.samples import Samples
from pipeline.movement.track import Track
from pipeline.types import IntArray

ANGLE_BIN_DEG = 1.0
POSITION_BIN_TRUNKS = 0.01
_TEMPLATE = 2
_TOLERANCE = 0.2
# A speed that varies less than this has nothing to foresee.
_LEAST_DEVIATION = 0.01


def shannon_bits(rows_nc: NDArray[np.float64], bin_size: float) -> float:
    """Return −Σ p log₂ p over the cells of ``bin_size`` that rows (N, C) fall into, in bits."""
    cell_n = cells_of(rows_nc, bin_size)
    return float(_bits(np.bincount(cell_n)[None].astype(np.float64))[0])


def cells_of(rows_nc: NDArray[np.float64], bin_size: float) -> IntArray:
    """Return the number (N,) of the cell of ``bin_size`` that each row (N, C) falls into."""
    cells = np.floor(rows_nc / bin_size + 0.5).astype(np.int64)
    _, cell_n = np.unique(cells, axis=0, return_inverse=True)
    return np.asarray(cell_n, np.int64).reshape(-1)


def _bits(counts_dc: NDArray[np.float64]) -> NDArray[np.float64]:
    shares = counts_dc / counts_dc.sum(axis=1, keepdims=True)
    return np.asarray(-(shares * np.log2(np.where(shares > 0, shares, 1))).sum(axis=1))


def of_cells(samples: Samples, _reduce: object, *, bin_size: float) -> Interval | None:
    """Return the interval of a Shannon entropy, in bits.

    Blocks drawn anew visit fewer cells than the whole, so all their entropies lie too low; the
    spread of the draws is laid around the value.
    """
    cell_n = cells_of(samples.values_nc, bin_size)
    redrawn = redrawn_counts(samples, cell_n, int(cell_n.max()) + 1)
    if redrawn is None:
        return None
    bits = _bits(redrawn.counts_dc)
    low, high = (
        np.quantile(bits, redrawn.tails) - bits.mean() + shannon_bits(samples.values_nc, bin_size)
    )
    return max(0.0, float(low)), float(high)


def sample_entropy(values: NDArray[np.float64]) -> float:
    """Return −ln(A / B) of a series: B pairs of 2 values alike, A of them still alike at the third.

    Alike: within 0.2 standard deviations. NaN for a series that hardly varies. Source: Richman and
    Moorman 2000.
    """
    deviation = float(values.std())
    if deviation < _LEAST_DEVIATION:
        return math.nan
    near = np.abs(values[:, None] - values[None]) <= _TOLERANCE * deviation
    count = len(values) - _TEMPLATE
    pairs = np.ones((count, count), np.bool_)
    for offset in range(_TEMPLATE):
        pairs &= near[offset : offset + count, offset : offset + count]
    longer = pairs & near[_TEMPLATE:, _TEMPLATE:]
    alike, still_alike = int(pairs.sum()) - count, int(longer.sum()) - count
    return -math.log(still_alike / alike) if still_alike else math.nan


def angle_entropy(samples: Samples) -> float:
    """Return the Shannon entropy of an angle in bins of 1° (Chambers et al. 2020), in bits."""
    return shannon_bits(samples.values_nc, ANGLE_BIN_DEG)


def position_entropy(samples: Samples) -> float:
    """Return the Shannon entropy of a place in cells of 0.01 trunk (Chambers et al. 2020), bits."""
    return shannon_bits(samples.values_nc, POSITION_BIN_TRUNKS)


def sample_of_epochs(track: Track, part: str) -> Samples:
    """Take the sample entropy of a limb's speed in each 10 s (Smith et al. 2017)."""
    return of_epochs(
        track, limb_speed(track, part)[:, None], lambda epoch: (sample_entropy(epoch[:, 0]),), 1
    )


register(
    Measure(
        "angle_entropy",
        "bit",
        angles.JOINTS,
        angles.sample,
        angle_entropy,
        partial(of_cells, bin_size=ANGLE_BIN_DEG),
    ),
    Measure(
        "position_entropy",
        "bit",
        ENDS,
        position.sample,
        position_entropy,
        partial(of_cells, bin_size=POSITION_BIN_TRUNKS),
    ),
    Measure("speed_sample_entropy", "1", tuple(LIMBS), sample_of_epochs, mean, of_mean),
)
