"""Position, centroid, pose variance and histograms against laws whose answer is known."""

import numpy as np
import pytest

from tests.support.motion import frame_times, shifted, still, track_of, value

TIMES_US = frame_times(120, 25)
SECONDS = TIMES_US / 1e6
WINDOW_US = (0, 120_000_000)
# Not quite once a second, so that frames meet all its phases.
TURN = 2 * np.pi * 0.97 * SECONDS


def test_a_wrist_that_swings_sideways_has_its_place_range_and_speed():
    """x = a·sin(2πft): quartiles at ± a·sin 45°, median |v| = 2πfa·cos 45°."""
    track = track_of(TIMES_US, shifted(still(TIMES_US), "left_wrist", 0.2 * np.sin(TURN)))
    assert value(track, "position_median", "left_wrist") == pytest.approx((0.9, -0.3), abs=0.01)
    assert value(track, "position_iqr", "left_wrist") == pytest.approx(
        (0.4 * np.sin(np.pi / 4), 0), abs=0.01
    )
    peak = 2 * np.pi * 0.97 * 0.2
    assert value(track, "position_speed_median", "left_wrist") == pytest.approx(
        peak * np.sqrt(0.5), rel=0.03
    )
    assert value(track, "position_speed_iqr", "left_wrist") == pytest.approx(
        peak * (np.cos(np.pi / 8) - np.sin(np.pi / 8)), rel=0.05
    )
    spread = 2 * np.pi * 0.97 * peak * (np.cos(np.pi / 8) - np.sin(np.pi / 8))
    assert value(track, "position_acceleration_iqr", "left_wrist") == pytest.approx(
        spread, rel=0.05
    )


def test_an_infant_on_its_front_has_its_left_wrist_on_its_left_too():
    seen_from_behind = still(TIMES_US) * np.array([-1.0, 1.0])
    track = track_of(TIMES_US, seen_from_behind)
    assert value(track, "position_median", "left_wrist") == pytest.approx((0.9, -0.3), abs=0.01)


def test_the_centroid_of_one_moving_wrist_is_that_wrist():
    """A circle of radius r: SD √(r²/2 + r²/2) = r, speed 2πfr, acceleration (2πf)²r."""
    points = shifted(still(TIMES_US), "left_wrist", 0.25 * np.cos(TURN), 0.25 * np.sin(TURN))
    track = track_of(TIMES_US, points)
    around = 2 * np.pi * 0.97
    assert value(track, "centroid_of_motion_sd") == pytest.approx(0.25, rel=0.02)
    assert value(track, "centroid_of_motion_speed") == pytest.approx(around * 0.25, rel=0.03)
    assert value(track, "centroid_of_motion_acceleration") == pytest.approx(
        around**2 * 0.25, rel=0.04
    )


def test_the_pose_variance_of_one_swinging_wrist_is_a_thirteenth_of_its_own():
    points = shifted(still(TIMES_US), "left_wrist", 0.2 * np.sin(TURN))
    track = track_of(TIMES_US, points)
    assert value(track, "minute_pose_variance", "body", WINDOW_US) == pytest.approx(
        0.2**2 / 2 / 13, rel=0.02
    )


def test_less_than_a_minute_of_the_clock_has_no_minute_variance():
    half = TIMES_US < 40_000_000
    track = track_of(TIMES_US[half], still(TIMES_US[half]))
    assert value(track, "minute_pose_variance") is None


@pytest.mark.parametrize(("knee", "eighth", "sixteenth"), [("left", 3, 6), ("right", 0, 1)])
def test_orientations_fall_into_their_bins(knee, eighth, sixteenth):
    """The right thigh points 0.35 outwards and 0.3 down from the hip, 41°; the left one, 139°."""
    track = track_of(TIMES_US, still(TIMES_US))
    for bins, wanted in ((8, eighth), (16, sixteenth)):
        shares = value(track, f"hojo2d_{bins}", f"{knee}_knee")
        assert len(shares) == bins
        assert shares[wanted] == pytest.approx(1)
        assert sum(shares) == pytest.approx(1)


def test_displacements_over_a_fifth_of_a_second_fall_into_their_bins():
    """A steady circle: chord 2 r sin(πf·0.2) = 0.229 trunk; bins of eight are 0.05 wide."""
    points = shifted(still(TIMES_US), "left_wrist", 0.2 * np.cos(TURN), 0.2 * np.sin(TURN))
    track = track_of(TIMES_US, points)
    shares = value(track, "hojd2d_8", "left_wrist")
    assert shares[int(0.229 / 0.05)] == pytest.approx(1, abs=0.05)
    assert value(track, "hojd2d_16", "left_wrist")[int(0.229 / 0.025)] == pytest.approx(1, abs=0.05)
    assert value(track, "hojd2d_8", "right_wrist")[0] == pytest.approx(1)
