import numpy as np
import pytest

from pipeline.movement.bootstrap import (
    AnyOf,
    at_least,
    largest_at_least,
    mean_interval,
    of_words,
    resampled_interval,
    tails,
)
from pipeline.movement.entropy import of_cells, shannon_bits
from pipeline.movement.reduce import largest
from pipeline.movement.samples import Samples

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


def test_the_fewer_blocks_there_are_the_further_out_the_ends_lie():
    lows = [tails(count)[0] for count in (5, 10, 30, 1_000_000)]
    assert lows == sorted(lows)
    assert lows[-1] == pytest.approx(0.025, abs=1e-5)
    # Of five blocks: t with four degrees of freedom, times the root of 5/4.
    assert lows[0] == pytest.approx(0.00096, abs=1e-5)
    assert sum(tails(7)) == pytest.approx(1)


def samples_of(values):
    values = np.asarray(values, float)
    seconds = np.full(len(values), 0.04)
    times_us = np.arange(len(values)) * 40_000
    return Samples(times_us, values.reshape(len(values), -1), seconds, times_us, seconds)


def test_the_low_end_of_a_maximum_lies_under_what_such_minutes_reach():
    generator = np.random.default_rng(3)
    minutes = [samples_of(slow_noise(generator)) for _ in range(100)]
    usual = np.mean([largest(one) for one in minutes])
    lows = np.array([at_least(one, largest).low for one in minutes])
    assert (lows <= usual).mean() >= 0.95
    assert np.median(lows) > 0.6 * usual


def test_the_largest_of_fewer_than_five_has_no_low_end():
    assert largest_at_least(np.arange(4.0)) is None
    assert largest_at_least(np.full(5, 3.0)).low == 3


def test_the_interval_of_an_entropy_holds_what_such_minutes_have():
    """Though blocks drawn anew visit fewer cells than the whole, and so lie too low together."""
    generator = np.random.default_rng(4)
    minutes = [samples_of(slow_noise(generator)) for _ in range(100)]
    usual = np.mean([shannon_bits(one.values_nc, 0.1) for one in minutes])
    ends = [of_cells(one, None, bin_size=0.1) for one in minutes]
    assert np.mean([low <= usual <= high for low, high in ends]) >= 0.9
    redrawn = resampled_interval(minutes[0], lambda drawn: shannon_bits(drawn.values_nc, 0.1))
    assert redrawn[1] < shannon_bits(minutes[0].values_nc, 0.1) + 0.01
    assert np.mean([high - low for low, high in ends]) < 1


@pytest.mark.parametrize(
    ("share_up", "words"),
    [(1.0, ("up",)), (0.85, ("up",)), (0.6, ("up", "down")), (0.4, ("down", "up"))],
)
def test_a_word_is_sure_where_hardly_a_draw_says_another(share_up, words):
    values = np.where(np.arange(1500) // 50 < share_up * 30, 1.0, -1.0)
    found = of_words(samples_of(values), lambda one: "up" if one.values_nc.sum() > 0 else "down")
    assert found == AnyOf(words)


def test_draws_without_a_word_are_told_as_unclear():
    values = np.where(np.arange(1500) // 50 < 16, 1.0, -1.0)
    word = lambda one: "up" if one.values_nc.mean() > 0.1 else np.nan  # noqa: E731
    assert set(of_words(samples_of(values), word).words) == {"up", "unclear"}
    assert of_words(samples_of(values[:200]), word) is None
