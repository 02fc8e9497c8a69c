import numpy as np
import pytest
from scipy.signal import lfilter

from pipeline.movement.noise import jitter, speed_gain, still_speed, without_noise
from tests.support.motion import TRUNK_PX, frame_times, shifted, still, track_of, with_noise


@pytest.mark.parametrize("fps", [10, 15, 25, 30])
def test_white_jitter_is_found_and_its_speed_foretold(fps):
    times_us = frame_times(120, fps)
    points = with_noise(still(times_us), 0.004)
    found = jitter(times_us, points).axes_kc / TRUNK_PX
    assert np.median(found) == pytest.approx(0.004, rel=0.05)
    uncorrected = np.diff(track_of(times_us, points).keypoints_tkc, axis=0) / TRUNK_PX * fps
    foretold = 0.004 * speed_gain(fps)
    assert uncorrected[20:-20].std() == pytest.approx(foretold, rel=0.05)
    assert float(still_speed(foretold)) == pytest.approx(
        np.hypot(*np.moveaxis(uncorrected, -1, 0)).mean(), rel=0.06
    )


@pytest.mark.parametrize("fps", [15, 30])
@pytest.mark.parametrize("carried", [0.0, 0.5, 0.8])
def test_jitter_that_is_carried_over_is_found_with_the_speed_that_it_makes(fps, carried):
    times_us = frame_times(240, fps)
    white = np.random.default_rng(5).normal(0, np.sqrt(1 - carried**2), (len(times_us), 13, 2))
    noise = lfilter([1.0], [1.0, -carried], white, axis=0) * 0.002 * TRUNK_PX
    points = still(times_us) + noise
    found = jitter(times_us, points)
    assert found.carried == pytest.approx(carried, abs=0.15)
    steps = np.diff(track_of(times_us, points).keypoints_tkc, axis=0) / TRUNK_PX * fps
    foretold = np.median(found.axes_kc) / TRUNK_PX * speed_gain(fps, found.carried)
    assert foretold == pytest.approx(steps[20:-20].std(), rel=0.1)


def test_slow_movement_is_not_taken_for_jitter():
    times_us = frame_times(60, 25)
    swing = 0.5 * np.sin(2 * np.pi * times_us / 1e6)
    points = shifted(still(times_us), "left_wrist", swing)
    assert jitter(times_us, points).axes_kc.max() < 0.001 * TRUNK_PX


def test_a_still_infant_with_jitter_is_nearly_still_and_a_moving_one_keeps_its_speed():
    times_us = frame_times(60, 15)
    quiet = track_of(times_us, with_noise(still(times_us), 0.002)).speeds_tk
    assert quiet.mean() < 0.45 * 0.002 * speed_gain(15) * np.sqrt(np.pi / 2)
    swing = 0.2 * np.sin(2 * np.pi * 0.5 * times_us / 1e6)
    points = with_noise(shifted(still(times_us), "left_wrist", swing), 0.002)
    wrist = track_of(times_us, points).speeds_tk[:, 5]
    assert wrist.mean() == pytest.approx(4 * 0.2 * 0.5, rel=0.02)


def test_too_short_or_too_uneven_a_series_has_no_known_jitter():
    rng = np.random.default_rng(0)
    times_us = frame_times(1, 25)
    assert (jitter(times_us, with_noise(still(times_us), 0.01)).axes_kc == 0).all()
    uneven_us = np.cumsum(rng.integers(20_000, 60_000, 500))
    assert (jitter(uneven_us, with_noise(still(uneven_us), 0.01)).axes_kc == 0).all()


def test_what_is_less_than_the_noise_is_nothing():
    assert without_noise(np.array([0.1, 1.0]), np.array(0.1)) == pytest.approx([0, np.sqrt(0.98)])


def test_a_tremor_near_the_highest_frequency_is_not_taken_for_jitter():
    times_us = frame_times(60, 25)
    tremor = 0.1 * np.sin(2 * np.pi * 5 * times_us / 1e6)
    shaken = track_of(times_us, shifted(still(times_us), "left_wrist", tremor))
    true_speed = 4 * 0.1 * 5
    # The filter lets 90 % of a 5 Hz swing pass, and a frame step cuts its corners.
    assert shaken.speeds_tk[:, 5].mean() == pytest.approx(0.83 * true_speed, rel=0.06)


def test_unsteady_keypoints_are_named():
    times_us = frame_times(30, 25)
    assert not track_of(times_us, with_noise(still(times_us), 0.003)).unsteady
    assert track_of(times_us, with_noise(still(times_us), 0.009)).unsteady
