import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.confidence import PRESENT_SCORE
from pipeline.errors import SettingsError
from pipeline.smoothing import MAX_GAP_S, causal_names, make_causal
from pipeline.smoothing.base import body_scale
from tests.support.tiny_models import standing_body

NAMES = causal_names()
FPS = 15
SURE = np.full(13, 0.9)
BODY = standing_body()
LEFT_WRIST = 5

steps_us = st.lists(st.integers(5_000, 200_000), min_size=3, max_size=40)


def run(name, times_us, points_tkc, scores=SURE):
    smoother = make_causal(name)
    return np.array(
        [
            smoother.step(int(t), points, scores)
            for t, points in zip(times_us, points_tkc, strict=True)
        ]
    )


def even(n, fps=FPS):
    return (np.arange(n) * 1e6 / fps).round().astype(np.int64)


def noisy(n, seed=0, size=2.0):
    return BODY + np.random.default_rng(seed).normal(0, size, (n, 13, 2))


def test_the_four_smoothers_are_there():
    assert NAMES == ["kalman_ca", "kalman_cv", "one_euro", "transformer"]


def test_an_unknown_smoother_names_the_known_ones():
    with pytest.raises(SettingsError, match="kalman_ca, kalman_cv, one_euro"):
        make_causal("kalmann")


@pytest.mark.parametrize("name", NAMES)
@given(steps=steps_us)
@settings(max_examples=25, deadline=None)
def test_a_still_body_stays_exactly_still_at_any_times(name, steps):
    times = np.cumsum(steps)
    out = run(name, times, np.repeat(BODY[None], len(times), 0))
    np.testing.assert_allclose(out, np.broadcast_to(BODY, out.shape), atol=1e-3)


@pytest.mark.parametrize("name", NAMES)
@given(steps=steps_us, x=st.floats(-2000, 2000), y=st.floats(-2000, 2000))
@settings(max_examples=25, deadline=None)
def test_moving_the_picture_moves_the_result(name, steps, x, y):
    times, points = np.cumsum(steps), noisy(len(steps))
    shifted = run(name, times, points + np.array([x, y]))
    np.testing.assert_allclose(shifted, run(name, times, points) + np.array([x, y]), atol=5e-3)


@pytest.mark.parametrize("name", NAMES)
@given(angle=st.floats(-3, 3), size=st.floats(0.2, 5))
@settings(max_examples=25, deadline=None)
def test_turning_and_scaling_the_picture_turns_and_scales_the_result(name, angle, size):
    turn = size * np.array([[np.cos(angle), np.sin(angle)], [-np.sin(angle), np.cos(angle)]])
    times, points = even(20), noisy(20)
    turned = run(name, times, points @ turn)
    np.testing.assert_allclose(turned, run(name, times, points) @ turn, atol=2e-2)


# The transformer looks at all keypoints together: what one does says how far to believe another.
@pytest.mark.parametrize("name", [name for name in NAMES if name != "transformer"])
@given(missing=st.sets(st.integers(0, 12), max_size=12))
@settings(max_examples=25, deadline=None)
def test_a_missing_keypoint_changes_no_other(name, missing):
    points = noisy(20)
    gone = points.copy()
    gone[8:, sorted(missing)] = np.nan
    others = [k for k in range(13) if k not in missing]
    whole, part = run(name, even(20), points), run(name, even(20), gone)
    assert np.isfinite(part[:, others]).all()
    # The body's size is read off the points seen, so the others may differ by a hair.
    np.testing.assert_allclose(part[:, others], whole[:, others], atol=0.5)


@pytest.mark.parametrize("name", NAMES)
def test_a_pose_is_never_held_over_a_gap_of_more_than_0_2_s(name):
    points = noisy(30)
    points[10:20] = np.nan
    times = even(30)
    out = run(name, times, points)
    too_long = times[10:20] - times[9] > MAX_GAP_S * 1e6 + 5_000
    assert too_long.sum() >= 6
    assert np.isnan(out[10:20][too_long]).all()
    np.testing.assert_allclose(out[20], points[20], atol=1e-3)
    assert np.isfinite(out[20:]).all()


@pytest.mark.parametrize("name", NAMES)
def test_a_low_score_counts_as_missing(name):
    smoother = make_causal(name)
    low = SURE.copy()
    low[LEFT_WRIST] = PRESENT_SCORE - 0.1
    for t in even(10):
        out = smoother.step(int(t), BODY, low)
    assert np.isnan(out[LEFT_WRIST]).all()
    assert np.isfinite(np.delete(out, LEFT_WRIST, axis=0)).all()


@pytest.mark.parametrize("name", ["kalman_cv", "kalman_ca"])
def test_a_kalman_filter_predicts_onwards_through_a_short_gap(name):
    times = even(30)
    points = BODY + np.arange(30)[:, None, None] * np.array([4.0, 0.0])
    seen = points.copy()
    seen[25:27] = np.nan
    out = run(name, times, seen)
    np.testing.assert_allclose(out[25:27], points[25:27], atol=1.5)


@pytest.mark.parametrize("name", ["kalman_cv", "kalman_ca"])
def test_a_doubtful_measurement_moves_the_kalman_filter_less(name):
    def jump(score):
        smoother = make_causal(name)
        for t in even(20):
            smoother.step(int(t), BODY, SURE)
        out = smoother.step(20 * 66_667, BODY + np.array([20, 0]), np.full(13, score))
        return float(np.abs(out - BODY)[:, 0].mean())

    assert jump(0.5) < jump(0.7) < jump(1.0)


@pytest.mark.parametrize("name", NAMES)
def test_the_stated_lag_is_the_measured_one(name):
    times = even(20 * FPS)
    swing = np.sin(2 * np.pi * times / 1e6)
    points = np.repeat(BODY[None], len(times), 0)
    points[:, LEFT_WRIST, 0] += 0.5 * body_scale(BODY[None]) * swing
    out = run(name, times, points)[:, LEFT_WRIST, 0] - BODY[LEFT_WRIST, 0]
    settled = slice(5 * FPS, None)
    turns = np.exp(-2j * np.pi * times[settled] / 1e6)
    phase = np.angle((out[settled] * turns).sum() / (swing[settled] * turns).sum())
    lag_s = -phase / (2 * np.pi)
    assert lag_s == pytest.approx(make_causal(name).lag_s, abs=0.005)


@pytest.mark.parametrize(
    ("name", "left"), [("one_euro", 0.6), ("kalman_cv", 0.8), ("kalman_ca", 0.9)]
)
def test_jitter_of_a_still_body_is_reduced(name, left):
    points = noisy(400)
    out = run(name, even(400), points)
    assert (out[50:] - BODY).std() < left * (points[50:] - BODY).std()


@pytest.mark.parametrize("name", NAMES)
def test_time_that_goes_back_starts_anew(name):
    smoother = make_causal(name)
    for t in even(10):
        smoother.step(int(t) + 10_000_000, BODY, SURE)
    out = smoother.step(0, BODY + 50, SURE)
    np.testing.assert_allclose(out, BODY + 50, atol=1e-3)


@pytest.mark.parametrize("name", NAMES)
def test_reset_forgets(name):
    smoother = make_causal(name)
    smoother.step(0, BODY, SURE)
    smoother.reset()
    np.testing.assert_allclose(smoother.step(50_000, BODY + 50, SURE), BODY + 50, atol=1e-3)


@pytest.mark.parametrize("name", NAMES)
def test_a_thousand_frames_stay_finite(name):
    smoother = make_causal(name)
    points = noisy(100)
    for i in range(1000):
        out = smoother.step(i * 40_000, points[i % 100], SURE)
    assert np.isfinite(out).all()
    assert np.abs(out - BODY).max() < 10
