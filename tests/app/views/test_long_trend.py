from __future__ import annotations

from datetime import UTC

import numpy as np

from app.views.long_trend import joined_bins, long_axis, long_chart
from db.bins import MotionBins

DAY_US = 86_400_000_000
START_US = 1_795_176_000_000_000 // DAY_US * DAY_US


def bins(days: list[int], mean: list[float], known: list[int], width_us: int) -> MotionBins:
    values = np.array(mean, float)
    starts_us = np.array([START_US + day * width_us for day in days], np.int64)
    counts = np.array(known, np.int64)
    return MotionBins(starts_us, values / 2, values, values * 2, counts, counts + 10)


def test_bins_of_two_cots_at_one_time_weigh_by_their_minutes():
    one = bins([0, 1], [0.2, 0.4], [10, 30], DAY_US)
    other = bins([1, 2], [0.8, np.nan], [10, 0], DAY_US)
    made = joined_bins([one, other])
    np.testing.assert_allclose(made.mean, [0.2, 0.5, np.nan])
    np.testing.assert_allclose(made.low, [0.1, 0.2, np.nan])
    np.testing.assert_allclose(made.high, [0.4, 1.6, np.nan])
    assert made.known.tolist() == [10, 40, 0]
    assert made.recorded.tolist() == [20, 60, 10]
    assert joined_bins([]).starts_us.size == 0


def test_a_month_is_drawn_with_what_was_not_assessable_hatched_and_not_recorded_empty():
    axis = long_axis((START_US, START_US + 30 * DAY_US), UTC)
    chart = long_chart(bins([0, 1, 2], [0.2, np.nan, 0.3], [60, 0, 60], axis.width_us), axis)
    (strip,) = chart["strips"]
    assert strip["mean"][:4] == [0.2, None, 0.3, None]
    width_ms = axis.width_us / 1000
    assert strip["blocked"] == [[START_US / 1000 + width_ms, START_US / 1000 + 2 * width_ms]]
    assert chart["texts"][0].endswith(
        "0.20 trunk lengths/s (0.10 to 0.40), 86% of the minutes recorded assessable"
    )
    assert chart["texts"][1].endswith("not assessable, 0% of the minutes recorded assessable")
    assert chart["texts"][3].endswith("nothing recorded")
    assert len(chart["texts"]) <= 480
