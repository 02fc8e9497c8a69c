"""How sure a mean over time is: frames near in time are alike, so whole blocks are drawn anew."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from pipeline.types import IntArray

BLOCK_S = 2.0
_DRAWS = 400
_FEWEST_BLOCKS = 5
_TAILS = (0.025, 0.975)


def mean_interval(
    times_us: IntArray, values_t: NDArray[np.float64], block_s: float = BLOCK_S
) -> tuple[float, float] | None:
    """Return the 95 % interval of the mean of (T,) values at (T,) times; NaN values are left out.

    None where fewer than five blocks have a value. The draws are the same at every call, so a
    figure recomputed is the same figure. Source: block bootstrap with blocks that do not overlap
    (Carlstein 1986), percentile interval.
    """
    known = np.isfinite(values_t)
    if not known.any():
        return None
    block_t = (times_us[known] - times_us[known][0]) // round(block_s * 1e6)
    _, block_t = np.unique(block_t, return_inverse=True)
    counts_b = np.bincount(block_t)
    if len(counts_b) < _FEWEST_BLOCKS:
        return None
    sums_b = np.bincount(block_t, weights=values_t[known])
    drawn = np.random.default_rng(0).integers(0, len(counts_b), (_DRAWS, len(counts_b)))
    means = sums_b[drawn].sum(axis=1) / counts_b[drawn].sum(axis=1)
    low, high = np.quantile(means, _TAILS)
    return float(low), float(high)
