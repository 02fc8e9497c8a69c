import numpy as np
import pytest

from pipeline.movement.bootstrap import mean_interval

TIMES_US = np.arange(1500) * 40_000


def slow_noise(generator):
    """Values that hold for about a second, mean 1, as movement comes in bouts."""
    return 1 + generator.normal(0, 0.5, 60).repeat(25)


def test_the_interval_holds_the_true_mean_about_as_often_as_it_says():
    generator = np.random.default_rng(0)
    held = 0
    for _ in range(200):
        low, high = mean_interval(TIMES_US, slow_noise(generator))
        held += low <= 1 <= high
    assert held / 200 == pytest.approx(0.93, abs=0.05)


def test_drawing_single_frames_instead_would_be_far_too_sure():
    low, high = mean_interval(TIMES_US, slow_noise(np.random.default_rng(1)))
    narrow_low, narrow_high = mean_interval(
        TIMES_US, slow_noise(np.random.default_rng(1)), block_s=0.04
    )
    assert high - low > 2.5 * (narrow_high - narrow_low)


def test_a_constant_is_sure_and_recomputing_gives_the_same():
    assert mean_interval(TIMES_US, np.ones(1500)) == (1, 1)
    values = slow_noise(np.random.default_rng(2))
    assert mean_interval(TIMES_US, values) == mean_interval(TIMES_US, values)


def test_too_little_time_gives_no_interval():
    assert mean_interval(TIMES_US[:100], np.ones(100)) is None
    assert mean_interval(TIMES_US, np.full(1500, np.nan)) is None


def test_missing_values_are_left_out():
    values = np.ones(1500)
    values[::3] = np.nan
    assert mean_interval(TIMES_US, values) == (1, 1)
