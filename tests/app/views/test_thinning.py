from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from app.views.thinning import bin_starts_us, bin_width_us, envelope

MINUTE_US = 60_000_000
START_US = 1_795_176_000_000_000
VALUES = arrays.arrays(
    np.float64,
    st.integers(0, 600),
    elements=st.one_of(st.just(float("nan")), st.floats(-1e6, 1e6)),
)


def thinned(values: np.ndarray, most: int):
    span_us = (START_US, START_US + max(1, len(values)) * MINUTE_US)
    times_us = START_US + np.arange(len(values), dtype=np.int64) * MINUTE_US
    width_us = bin_width_us(span_us, most)
    starts_b = bin_starts_us(span_us, width_us)
    return times_us, starts_b, width_us, envelope(times_us, values, starts_b, width_us)


@given(VALUES, st.integers(2, 500))
def test_no_peak_and_no_dip_is_ever_lost(values: np.ndarray, most: int):
    _, starts_b, _, made = thinned(values, most)
    known = values[np.isfinite(values)]
    assert len(starts_b) <= most
    assert made.known_b.sum() == len(known)
    if len(known):
        assert np.nanmax(made.high_b) == known.max()
        assert np.nanmin(made.low_b) == known.min()


@given(VALUES, st.integers(2, 500))
def test_a_bin_holds_its_own_values_and_nothing_else(values: np.ndarray, most: int):
    times_us, starts_b, width_us, made = thinned(values, most)
    for at, start_us in enumerate(starts_b.tolist()):
        inside = values[(times_us >= start_us) & (times_us < start_us + width_us)]
        inside = inside[np.isfinite(inside)]
        assert made.known_b[at] == len(inside)
        assert np.isnan(made.mean_b[at]) == (len(inside) == 0)
        if len(inside):
            assert made.low_b[at] <= made.mean_b[at] <= made.high_b[at]
            assert (made.low_b[at], made.high_b[at]) == (inside.min(), inside.max())


@given(VALUES)
def test_bins_of_a_minute_are_the_minutes_themselves(values: np.ndarray):
    _, _, width_us, made = thinned(values, 10_000)
    assert width_us == MINUTE_US
    np.testing.assert_array_equal(made.mean_b[: len(values)], values)


@given(st.integers(0, 10**9), st.integers(1, 2_000_000), st.integers(2, 1000))
def test_any_span_fits_into_the_bins_allowed(start_min: int, length_min: int, most: int):
    span_us = (start_min * MINUTE_US + 7, (start_min + length_min) * MINUTE_US)
    width_us = bin_width_us(span_us, most)
    starts_b = bin_starts_us(span_us, width_us)
    assert len(starts_b) <= most
    assert starts_b[0] <= span_us[0]
    assert starts_b[-1] + width_us >= span_us[1]
