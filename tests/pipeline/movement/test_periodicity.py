import numpy as np
import pytest

from pipeline.movement.epochs import RATE_HZ
from pipeline.movement.periodicity import rhythm
from tests.support.motion import frame_times, shifted, still, track_of, value, with_noise

TIMES_US = frame_times(60, 25)
SECONDS = TIMES_US / 1e6
WINDOW_US = (0, 60_000_000)


@pytest.mark.parametrize("hz", [0.4, 0.9, 1.6])
def test_a_limb_that_swings_has_twice_its_frequency_in_its_speed(hz):
    points = shifted(still(TIMES_US), "left_wrist", 0.3 * np.sin(2 * np.pi * hz * SECONDS))
    points = shifted(points, "left_elbow", 0.1 * np.sin(2 * np.pi * hz * SECONDS))
    track = track_of(TIMES_US, with_noise(points, 0.001))
    assert value(track, "periodicity", "left_arm", WINDOW_US) > 0.85
    assert value(track, "periodicity_frequency", "left_arm", WINDOW_US) == pytest.approx(
        2 * hz, rel=0.02
    )


@pytest.mark.parametrize("hz", [0.21, 0.5, 1.3, 3.3, 4.8])
def test_a_rhythm_between_a_fifth_and_five_hertz_is_found(hz):
    seconds = np.arange(150) / RATE_HZ
    peak, found = rhythm(1 + 0.5 * np.sin(2 * np.pi * hz * seconds))
    assert found == pytest.approx(hz, rel=0.03)
    assert peak > 0.9


def test_noise_has_little_rhythm_and_a_still_limb_none():
    noise = np.random.default_rng(0).random(150)
    assert rhythm(noise)[0] < 0.4
    assert np.isnan(rhythm(np.full(150, 0.001))).all()


def test_a_speed_that_only_rises_has_no_frequency():
    peak, found = rhythm(np.linspace(0, 1, 150))
    assert peak == 0
    assert np.isnan(found)
