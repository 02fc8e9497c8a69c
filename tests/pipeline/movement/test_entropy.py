import numpy as np
import pytest

from pipeline.movement.entropy import sample_entropy, shannon_bits
from tests.support.motion import frame_times, shifted, still, track_of, turned, value


@pytest.mark.parametrize("cells", [1, 8, 64])
def test_evenly_visited_cells_have_the_logarithm_of_their_number(cells):
    rows = np.tile(np.arange(cells), 40)[:, None].astype(float)
    assert shannon_bits(rows, 1.0) == pytest.approx(np.log2(cells))


def test_a_wrist_that_changes_between_four_places_has_two_bits():
    times_us = frame_times(48, 25)
    place = (times_us // 12_000_000) % 4
    points = shifted(still(times_us), "left_wrist", 0.2 * place)
    track = track_of(times_us, points, breaks_us=[12_000_000 * k for k in range(1, 4)])
    assert value(track, "position_entropy", "left_wrist") == pytest.approx(2, abs=0.02)


def test_an_elbow_that_changes_between_four_angles_has_two_bits():
    times_us = frame_times(48, 25)
    angle = np.radians(10.0 * ((times_us // 12_000_000) % 4))
    points = turned(still(times_us), "left_elbow", ("left_wrist",), angle)
    track = track_of(times_us, points, breaks_us=[12_000_000 * k for k in range(1, 4)])
    assert value(track, "angle_entropy", "left_elbow") == pytest.approx(2, abs=0.02)
    assert value(track, "angle_entropy", "right_elbow") == pytest.approx(0, abs=1e-9)


def test_the_speed_of_a_limb_that_swings_evenly_is_more_foreseeable_than_of_one_that_jerks():
    times_us = frame_times(60, 25)
    even = 0.3 * np.sin(2 * np.pi * 0.97 * times_us / 1e6)
    noise = np.random.default_rng(2).normal(0, 0.3, len(times_us) + 7)
    jerky = np.convolve(noise, np.hanning(8) / np.hanning(8).sum(), "valid")
    name, part = "speed_sample_entropy", "left_leg"
    of_even, of_jerky = (
        value(track_of(times_us, shifted(still(times_us), "left_ankle", path)), name, part)
        for path in (even, jerky)
    )
    assert of_even < 0.3
    assert of_jerky > 1


def test_noise_is_less_foreseeable_than_a_wave_and_a_flat_line_has_nothing_to_foresee():
    wave = np.sin(np.arange(150) / 4)
    noise = np.random.default_rng(0).normal(size=150)
    assert sample_entropy(wave) < 0.4
    assert sample_entropy(noise) > 1.5
    assert np.isnan(sample_entropy(np.full(150, 0.3)))


def test_sample_entropy_is_that_of_its_definition():
    """Count by hand: templates of 2 alike, then of 3, self matches left out."""
    series = np.convolve(np.random.default_rng(1).normal(size=80), np.ones(6), "valid")
    limit = 0.2 * series.std()
    alike = still_alike = 0
    for i in range(len(series) - 2):
        for j in range(len(series) - 2):
            if i != j and np.abs(series[i : i + 2] - series[j : j + 2]).max() <= limit:
                alike += 1
                still_alike += abs(series[i + 2] - series[j + 2]) <= limit
    assert sample_entropy(series) == pytest.approx(-np.log(still_alike / alike))
