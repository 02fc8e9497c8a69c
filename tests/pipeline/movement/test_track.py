import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from db.codec import KeypointBlock
from pipeline.movement.track import make_track, trunk_px
from tests.support.tiny_models import standing_body

BODY = standing_body(trunk=80.0)


def track_of(times, points, flags=None, scores=0.9, **more):
    n = len(times)
    flags = np.zeros(n, np.uint16) if flags is None else flags
    block = KeypointBlock(np.asarray(times), flags, points, np.full((n, 13), scores))
    return make_track(block, **more)


def test_the_trunk_runs_from_mid_shoulder_to_mid_hip():
    points = np.repeat(BODY[None], 5, 0)
    assert trunk_px(points, np.full((5, 13), 0.9)) == pytest.approx(80)
    assert np.isnan(trunk_px(points, np.full((5, 13), 0.1)))


@given(steps=st.lists(st.integers(20_000, 60_000), min_size=20, max_size=60))
@settings(max_examples=30, deadline=None)
def test_a_steady_drift_has_its_own_speed_at_any_frame_times(steps):
    times = np.cumsum(steps)
    points = BODY + (times / 1e6)[:, None, None] * np.array([80.0, 0.0])
    np.testing.assert_allclose(track_of(times, points).speeds_tk, 1.0, rtol=0.02)


def test_the_weights_add_up_to_the_time_that_was_watched():
    times = np.concatenate([np.arange(100), np.arange(100) + 5000]) * 40_000
    track = track_of(times, np.repeat(BODY[None], 200, 0))
    assert track.weights_s_t.sum() == pytest.approx(200 * 0.04)
    assert track.weights_s_t.max() <= 0.2


def test_one_lost_keypoint_leaves_the_others_their_speeds():
    times = np.arange(50) * 40_000
    points = np.repeat(BODY[None], 50, 0)
    points[:, 5] = np.nan
    speeds = track_of(times, points).speeds_tk
    assert np.isnan(speeds[:, 5]).all()
    assert np.isfinite(np.delete(speeds, 5, axis=1)).all()


def test_a_single_frame_has_no_speed():
    assert np.isnan(track_of([0], BODY[None]).speeds_tk).all()


def test_a_network_that_puts_all_points_in_one_place_gives_no_speed():
    """Such a body has no trunk to divide by; it must not come out as infinitely fast."""
    points = np.zeros((50, 13, 2)) + np.arange(50)[:, None, None]
    track = track_of(np.arange(50) * 40_000, points)
    assert np.isnan(track.trunk_px)
    assert np.isnan(track.speeds_tk).all()
