"""Entropy: how varied and how unforeseeable movement is."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from pipeline.movement import angles, position
from pipeline.movement.base import Measure, no_interval, register
from pipeline.movement.body import ENDS, LIMBS, limb_speed
from pipeline.movement.bootstrap import of_mean
from pipeline.movement.epochs import of_epochs
from pipeline.movement.reduce import mean
from pipeline.movement.samples import Samples
from pipeline.movement.track import Track

ANGLE_BIN_DEG = 1.0
POSITION_BIN_TRUNKS = 0.01
_TEMPLATE = 2
_TOLERANCE = 0.2
# A speed that varies less than this has nothing to foresee.
_LEAST_DEVIATION = 0.01


def shannon_bits(rows_nc: NDArray[np.float64], bin_size: float) -> float:
    """Return −Σ p log₂ p over the cells of ``bin_size`` that rows (N, C) fall into, in bits."""
    cells = np.floor(rows_nc / bin_size + 0.5).astype(np.int64)
    _, counts = np.unique(cells, axis=0, return_counts=True)
    shares = counts / counts.sum()
    return float(-(shares * np.log2(shares)).sum())


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
    # Blocks drawn anew visit fewer cells than the whole: an interval of them would lie too low.
    Measure("angle_entropy", "bit", angles.JOINTS, angles.sample, angle_entropy, no_interval),
    Measure("position_entropy", "bit", ENDS, position.sample, position_entropy, no_interval),
    Measure("speed_sample_entropy", "1", tuple(LIMBS), sample_of_epochs, mean, of_mean),
)
