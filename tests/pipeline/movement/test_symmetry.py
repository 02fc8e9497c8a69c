import numpy as np
import pytest

from pipeline.movement.symmetry import cross_correlation
from tests.support.motion import frame_times, shifted, still, track_of, turned, value

TIMES_US = frame_times(60, 25)
SECONDS = TIMES_US / 1e6


def arms(left, right):
    points = turned(still(TIMES_US), "left_shoulder", ("left_elbow", "left_wrist"), left)
    return turned(points, "right_shoulder", ("right_elbow", "right_wrist"), right)


def wave(hz=0.8, amplitude=0.4, late_s=0.0):
    return amplitude * np.sin(2 * np.pi * hz * (SECONDS - late_s))


def bursts(late_s=0.0):
    """Swing for a second at odd times, so that speeds have a rhythm that lags can be told by."""
    at = SECONDS - late_s
    level = np.exp(-(((at % 3.7) - 1.2) ** 2) / 0.1)
    return 0.5 * level * np.sin(2 * np.pi * 0.9 * at)


def test_mirrored_limbs_correlate_fully_and_move_as_much():
    track = track_of(TIMES_US, arms(wave(), -wave()))
    assert value(track, "angle_correlation", "shoulder") == pytest.approx(1, abs=0.005)
    for part in ("body", "arms"):
        assert value(track, "symmetry", part) == pytest.approx(0, abs=0.005)


def test_limbs_that_turn_the_same_way_in_the_picture_correlate_by_minus_one():
    track = track_of(TIMES_US, arms(wave(), wave()))
    assert value(track, "angle_correlation", "shoulder") == pytest.approx(-1, abs=0.005)


def test_limbs_with_nothing_in_common_do_not_correlate():
    track = track_of(TIMES_US, arms(wave(0.8), -wave(1.1)))
    assert value(track, "angle_correlation", "shoulder") == pytest.approx(0, abs=0.06)


@pytest.mark.parametrize(("left", "right", "difference"), [(0.2, 0.1, 1 / 3), (0.1, 0.3, -0.5)])
def test_symmetry_is_the_difference_of_the_sides_over_their_sum(left, right, difference):
    points = shifted(still(TIMES_US), "left_wrist", left * np.sin(2 * np.pi * SECONDS))
    points = shifted(points, "right_wrist", right * np.sin(2 * np.pi * SECONDS))
    track = track_of(TIMES_US, points)
    assert value(track, "symmetry", "arms") == pytest.approx(difference, abs=0.01)


def test_one_arm_alone_gives_one_and_no_arm_nothing():
    track = track_of(TIMES_US, arms(wave(), 0 * SECONDS))
    assert value(track, "symmetry", "arms") == pytest.approx(1, abs=0.005)
    assert value(track, "symmetry", "legs") is None


@pytest.mark.parametrize("late_s", [0.4, -0.6])
def test_a_side_that_comes_later_is_found_with_its_lag(late_s):
    track = track_of(TIMES_US, arms(bursts(late_s), -bursts()))
    window_us = (0, 60_000_000)
    assert value(track, "speed_cross_correlation_lag", "arms", window_us) == pytest.approx(
        late_s, abs=0.07
    )
    assert value(track, "speed_cross_correlation", "arms", window_us) > 0.9


def test_a_side_that_does_not_move_has_no_cross_correlation():
    epoch = np.stack([np.abs(np.sin(np.arange(150) / 5)), np.zeros(150)], axis=1)
    assert np.isnan(cross_correlation(epoch)).all()
