import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.errors import SettingsError
from pipeline.smoothing import offline_names, offline_smoother
from pipeline.smoothing.butterworth import cutoff_hz, frame_rate
from pipeline.smoothing.gaps import bridge_gaps, runs
from tests.support.tiny_models import standing_body

NAMES = offline_names()
BODY = standing_body()
BRIDGED_WITHIN_PX = {"butterworth": 1, "rts": 1, "transformer": 2}
# What was learned is not symmetric in time to the last digit, as what was worked out is.
LONGEST_DELAY_S = {"butterworth": 2e-4, "rts": 2e-4, "transformer": 0.012}
steps_us = st.lists(st.integers(10_000, 190_000), min_size=2, max_size=40)


def even(n, fps):
    return (np.arange(n) * 1e6 / fps).round().astype(np.int64)


def smooth(name, times_us, points_tkc):
    scores = np.full(points_tkc.shape[:2], 0.9)
    return offline_smoother(name)(times_us, points_tkc, scores)


def gain_at(name, hz, fps):
    times = even(20 * fps, fps)
    swing = np.sin(2 * np.pi * hz * times / 1e6)
    points = np.repeat(BODY[None], len(times), 0)
    points[:, 5, 0] += 20 * swing
    out = smooth(name, times, points)[:, 5, 0] - BODY[5, 0]
    middle = slice(5 * fps, 15 * fps)
    turns = np.exp(-2j * np.pi * hz * times[middle] / 1e6)
    return (out[middle] * turns).sum() / (20 * swing[middle] * turns).sum()


def test_the_three_smoothers_are_there():
    assert NAMES == ["butterworth", "rts", "transformer"]


def test_an_unknown_smoother_names_the_known_ones():
    with pytest.raises(SettingsError, match="butterworth, rts"):
        offline_smoother("savgol")


@pytest.mark.parametrize("name", NAMES)
@given(steps=steps_us)
@settings(max_examples=25, deadline=None)
def test_a_still_body_stays_still_at_any_times(name, steps):
    times = np.cumsum(steps)
    out = smooth(name, times, np.repeat(BODY[None], len(times), 0))
    np.testing.assert_allclose(out, np.broadcast_to(BODY, out.shape), atol=1e-2)


@pytest.mark.parametrize("name", NAMES)
@given(x=st.floats(-2000, 2000), y=st.floats(-2000, 2000), seed=st.integers(0, 99))
@settings(max_examples=10, deadline=None)
def test_moving_the_picture_moves_the_result(name, x, y, seed):
    generator = np.random.default_rng(seed)
    times = np.cumsum(generator.integers(10_000, 150_000, 30))
    points = BODY + generator.normal(0, 3, (30, 13, 2))
    points[generator.random((30, 13)) < 0.2] = np.nan
    shifted = smooth(name, times, points + np.array([x, y]))
    np.testing.assert_allclose(shifted, smooth(name, times, points) + np.array([x, y]), atol=2e-2)


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize(("missing", "bridged"), [(2, True), (3, False)])
def test_gaps_up_to_0_2_s_are_bridged_and_longer_ones_stay_nan(name, missing, bridged):
    times = even(60, 15)
    points = BODY + np.arange(60)[:, None, None] * np.array([1.0, 0.5])
    seen = points.copy()
    seen[30 : 30 + missing, 5] = np.nan
    out = smooth(name, times, seen)
    assert np.isfinite(np.delete(out, 5, axis=1)).all()
    if bridged:
        np.testing.assert_allclose(
            out[30 : 30 + missing, 5], points[30 : 30 + missing, 5], atol=BRIDGED_WITHIN_PX[name]
        )
    else:
        assert np.isnan(out[30 : 30 + missing, 5]).all()
    assert np.isfinite(out[:30, 5]).all()
    assert np.isfinite(out[30 + missing :, 5]).all()


@pytest.mark.parametrize("name", NAMES)
def test_frames_that_never_came_break_the_series_too(name):
    times = np.concatenate([even(30, 15), even(30, 15) + 10_000_000])
    points = np.repeat(BODY[None], 60, 0)
    points[30:] += 200
    out = smooth(name, times, points)
    np.testing.assert_allclose(out, points, atol=1e-2)


@pytest.mark.parametrize("name", NAMES)
def test_there_is_no_delay(name):
    delay_s = abs(np.angle(gain_at(name, 1.0, 25))) / (2 * np.pi)
    assert delay_s < LONGEST_DELAY_S[name]


@pytest.mark.parametrize("fps", [15, 25, 30, 60])
def test_the_butterworth_filter_passes_half_the_power_at_its_cut_off(fps):
    assert abs(gain_at("butterworth", cutoff_hz(fps), fps)) == pytest.approx(0.5**0.5, abs=0.02)


@pytest.mark.parametrize("fps", [25, 30])
def test_the_butterworth_filter_is_of_fourth_order(fps):
    assert abs(gain_at("butterworth", 1.0, fps)) == pytest.approx(1, abs=0.005)
    # Amplitude of a second order filter passed twice, at 1.5 × the (corrected) cut-off.
    assert abs(gain_at("butterworth", 9.0, fps)) < 0.35


@pytest.mark.parametrize(("fps", "hz"), [(30, 6.0), (15, 6.0), (12, 4.8), (10, 4.0)])
def test_the_cut_off_falls_with_the_frame_rate(fps, hz):
    assert cutoff_hz(fps) == pytest.approx(hz)


def test_rts_leaves_less_jitter_than_it_was_given():
    generator = np.random.default_rng(1)
    points = BODY + generator.normal(0, 2, (300, 13, 2))
    out = smooth("rts", even(300, 15), points)
    assert (out - BODY).std() < 0.6 * (points - BODY).std()


def test_rts_predicts_through_a_short_gap_along_a_curve():
    times = even(150, 15)
    angle = 2 * np.pi * 0.5 * times / 1e6
    points = BODY + 30 * np.stack([np.cos(angle), np.sin(angle)], -1)[:, None]
    seen = points.copy()
    seen[70:72] = np.nan
    np.testing.assert_allclose(smooth("rts", times, seen)[70:72], points[70:72], atol=1.5)


@pytest.mark.parametrize("name", NAMES)
def test_an_empty_or_unseen_series_stays_what_it_is(name):
    assert smooth(name, np.empty(0, np.int64), np.empty((0, 13, 2))).shape == (0, 13, 2)
    out = smooth(name, even(10, 15), np.full((10, 13, 2), np.nan))
    assert np.isnan(out).all()
    one = smooth(name, even(1, 15), BODY[None])
    np.testing.assert_allclose(one, BODY[None], atol=1e-3)


def test_uneven_times_are_filtered_by_their_own_times():
    generator = np.random.default_rng(2)
    times = np.cumsum(generator.integers(25_000, 42_000, 600))
    points = np.repeat(BODY[None], 600, 0)
    swing = 20 * np.sin(2 * np.pi * times / 1e6)
    points[:, 5, 0] += swing
    out = smooth("butterworth", times, points)[:, 5, 0] - BODY[5, 0]
    np.testing.assert_allclose(out[60:-60], swing[60:-60], atol=0.6)


def test_the_frame_rate_is_that_of_the_median_step():
    assert frame_rate(np.array([0, 40_000, 80_000, 9_000_000, 9_040_000])) == pytest.approx(25)
    assert np.isnan(frame_rate(np.array([5])))


def test_bridging_never_goes_past_the_ends():
    series = np.full((6, 2), np.nan)
    series[2:4] = 1
    filled = bridge_gaps(even(6, 15), series)
    assert np.isnan(filled[[0, 1, 4, 5]]).all()


def test_runs_end_where_frames_or_times_are_missing():
    seen = np.array([0, 1, 1, 0, 1, 1, 1], bool)
    times = np.array([0, 1, 2, 3, 4, 5, 900_000])
    assert runs(times, seen) == [slice(1, 3), slice(4, 6), slice(6, 7)]
