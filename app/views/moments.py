"""Movement in short windows, computed from the keypoints as they are read."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from app.views.movement import MovementSeries
from app.views.times import US_PER_S
from app.views.words import reason_words
from db.series import KeypointSeries
from pipeline.movement import COVERAGE_LIMIT, Track, make_track, quantity_of_motion
from pipeline.movement.wander import of_bundled_model
from pipeline.types import FLAG_WORDS

WINDOW_US = 5 * US_PER_S


def moments_of(series: KeypointSeries, to_us: int, window_us: int = WINDOW_US) -> MovementSeries:
    """Return the quantity of motion of each whole window that holds frames and ended by ``to_us``.

    A window of which less than ``COVERAGE_LIMIT`` has a value is not assessable.
    """
    block = series.block
    starts_us = np.unique(block.times_us // window_us) * window_us
    starts_us = starts_us[starts_us + window_us <= to_us]
    if not len(starts_us):
        return MovementSeries(window_us, np.empty(0, np.int64), np.empty(0), np.empty(0), ())
    breaks_us = [int(block.times_us[run.start]) for run in series.runs[1:]]
    track = make_track(block, breaks_us=breaks_us, wander=of_bundled_model())
    values_t = quantity_of_motion(track)
    window_t = np.searchsorted(starts_us, block.times_us, side="right") - 1
    found = [_window(track, values_t, window_t == at, window_us) for at in range(len(starts_us))]
    reasons = [
        "" if np.isfinite(value) else _reason(block.flags_t[window_t == at])
        for at, (value, _) in enumerate(found)
    ]
    means, coverages = np.array(found).T
    return MovementSeries(window_us, starts_us, means, coverages, reasons)


def _window(
    track: Track, values_t: NDArray[np.float64], inside_t: NDArray[np.bool_], window_us: int
) -> tuple[float, float]:
    """Return the mean (NaN below the limit) and the coverage of one window."""
    known_t = inside_t & np.isfinite(values_t)
    coverage = min(1.0, float(track.weights_s_t[known_t].sum()) * US_PER_S / window_us)
    mean = float(values_t[known_t].mean()) if coverage >= COVERAGE_LIMIT else np.nan
    return mean, coverage


def _reason(flags_t: NDArray[np.uint16]) -> str:
    counts = {
        word: int((flags_t & flag.value != 0).sum())
        for flag, word in FLAG_WORDS.items()
        if flag.blocks_movement
    }
    return reason_words(counts) or "low confidence"
