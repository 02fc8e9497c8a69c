"""The movement of weeks and months, from bins that the database made."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import tzinfo
from typing import Any

import numpy as np

from app.views.axis import Axis
from app.views.strips import bars_chart
from app.views.thinning import Envelope
from db.bins import MotionBins


def joined_bins(parts: Sequence[MotionBins]) -> MotionBins:
    """Return bins of one width from several cots as one; those of one time are put together."""
    columns = [np.concatenate(column) for column in zip(*parts, strict=True)] if parts else []
    if not columns or not columns[0].size:
        none, zero = np.empty(0), np.empty(0, np.int64)
        return MotionBins(zero, none, none, none, zero, zero)
    starts_us, low, mean, high, known, recorded = columns
    found, place = np.unique(starts_us, return_inverse=True)
    known_b = np.bincount(place, known).astype(np.int64)
    total_b = np.bincount(place, np.where(known > 0, mean, 0) * known)
    low_b, high_b = np.full(len(found), np.inf), np.full(len(found), -np.inf)
    np.fmin.at(low_b, place, low)
    np.fmax.at(high_b, place, high)
    blank_b = known_b == 0
    low_b[blank_b] = high_b[blank_b] = np.nan
    mean_b = np.full(len(found), np.nan)
    np.divide(total_b, known_b, out=mean_b, where=~blank_b)
    recorded_b = np.bincount(place, recorded).astype(np.int64)
    return MotionBins(found, low_b, mean_b, high_b, known_b, recorded_b)


def long_axis(span_us: tuple[int, int], zone: tzinfo) -> Axis:
    """Return the axis of a long span; its bins are those to ask the database for."""
    return Axis.of(span_us, zone)


def long_chart(bins: MotionBins, axis: Axis) -> dict[str, Any]:
    """Return the quantity of motion of a long span for the chart."""
    place = (bins.starts_us - axis.starts_b[0]) // axis.width_us
    columns = []
    for values in (bins.low, bins.mean, bins.high):
        column_b = np.full(len(axis.starts_b), np.nan)
        column_b[place] = values
        columns.append(column_b)
    known_b, recorded_b = np.zeros((2, len(axis.starts_b)), np.int64)
    known_b[place], recorded_b[place] = bins.known, bins.recorded
    movement = Envelope(columns[0], columns[1], columns[2], known_b)
    return bars_chart(axis, movement, recorded_b)
