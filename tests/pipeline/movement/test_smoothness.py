import numpy as np
import pytest

from pipeline.movement.smoothness import log_dimensionless_jerk, spectral_arc_length
from tests.support.motion import frame_times, shifted, still, track_of, value

STEP_S = 1 / 1000


def smoothest_reach(length_s=1.0, far=1.0):
    """The speed of the reach of least jerk (Flash and Hogan 1985): 30 x² (1 − x)² · d / T."""
    x = np.arange(0, length_s, STEP_S) / length_s
    return 30 * x**2 * (1 - x) ** 2 * far / length_s


@pytest.mark.parametrize(("length_s", "far"), [(1.0, 1.0), (2.0, 0.3), (0.5, 4.0)])
def test_the_smoothest_reach_has_a_jerk_of_720_whatever_its_size_and_length(length_s, far):
    """∫ jerk² = 720 d²/T⁵ and the peak is 1.875 d/T, so −ln(720 / 1.875²) = −5.32."""
    speed = smoothest_reach(length_s, far)
    assert log_dimensionless_jerk(speed, STEP_S) == pytest.approx(-np.log(720 / 1.875**2), abs=0.08)


@pytest.mark.parametrize("far", [1.0, 0.1])
def test_the_smoothest_reach_has_the_published_arc_length(far):
    assert spectral_arc_length(smoothest_reach(far=far), STEP_S) == pytest.approx(-1.41, abs=0.02)


def test_two_reaches_in_a_row_are_less_smooth_than_one():
    once, twice = smoothest_reach(1.0), np.concatenate([smoothest_reach(0.5)] * 2)
    assert log_dimensionless_jerk(twice, STEP_S) < log_dimensionless_jerk(once, STEP_S) - 1
    assert spectral_arc_length(twice, STEP_S) < spectral_arc_length(once, STEP_S) - 0.3


def test_no_speed_has_no_smoothness():
    assert np.isnan(log_dimensionless_jerk(np.zeros(50), STEP_S))
    assert np.isnan(spectral_arc_length(np.zeros(50), STEP_S))


def test_the_area_between_a_circling_wrist_and_its_average_is_its_radius():
    """Once round a second: the mean over 2 s is the centre, the distance always the radius."""
    times_us = frame_times(30, 25)
    turn = 2 * np.pi * times_us / 1e6
    points = shifted(still(times_us), "left_wrist", 0.2 * np.cos(turn), 0.2 * np.sin(turn))
    assert value(track_of(times_us, points), "path_area", "left_wrist") == pytest.approx(
        0.2, rel=0.03
    )


def test_shaken_bouts_are_less_smooth_than_plain_ones():
    times_us = frame_times(30, 25)
    seconds = times_us / 1e6
    plain = 0.3 * np.sin(2 * np.pi * 0.5 * seconds)
    shaken = plain + 0.05 * np.sin(2 * np.pi * 4 * seconds)
    found = []
    for swing in (plain, shaken):
        points = still(times_us)
        for name in ("left_wrist", "left_elbow"):
            points = shifted(points, name, swing)
        track = track_of(times_us, points)
        found.append([value(track, n, "left_arm") for n in ("spectral_arc_length", "bouts")])
    assert found[1][0] < found[0][0]
