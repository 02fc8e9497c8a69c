"""A network's wander, measured where it is known."""

import numpy as np
import pytest

from db.codec import KeypointBlock
from training.errors import DatasetError
from training.wander import Speeds, cover_of, fitted, speeds_of, table

RNG = np.random.default_rng(3)
RMS = {0.25: 0.8, 0.55: 0.3, 0.85: 0.1}


def clip(name, by=1.0, coverage=1.0, n=4000):
    """Steps whose false speed has the root mean square RMS by score, times a factor."""
    scores = RNG.choice(list(RMS), n)
    rms = np.vectorize(RMS.get)(scores) * by
    false = RNG.normal(0, 1, (n, 2)) * rms[:, None] / np.sqrt(2)
    true = RNG.normal(0, 0.2, (n, 2))
    lengths = [np.hypot(*v.T) for v in (true + false, true, false)]
    return Speeds(name, coverage, scores, *lengths)


def test_the_false_speed_is_found_by_score():
    centres, speeds = table([clip("a"), clip("b")])
    assert centres.tolist() == [0.25, 0.55, 0.85]
    assert speeds == pytest.approx([0.8, 0.3, 0.1], rel=0.06)


def test_the_factors_are_those_of_covered_clips_by_the_figures_of_the_others():
    steady = [clip("a"), clip("b"), clip("c"), clip("d", by=1.5)]
    made, rows = fitted([*steady, clip("e", by=4, coverage=0.5, n=200)], "m 1")
    assert [row["clip"] for row in rows] == ["a", "b", "c", "d", "e"]
    assert 1.2 < made.most < 2
    assert made.least < 1
    assert made.model == "m 1"


def test_true_keypoints_have_no_false_speed():
    times_us = (np.arange(150) / 15 * 1e6).astype(np.int64)
    points = np.tile(RNG.uniform(100, 300, (13, 2)), (150, 1, 1))
    points[:, 5, 0] += 20 * np.sin(times_us / 3e5)
    found = speeds_of("a", times_us, points, np.full((150, 13), 0.9), points)
    assert found.away.max() < 1e-4
    assert found.true.max() > 0.1
    assert found.coverage == 1


def test_too_few_clips_are_refused_in_one_line():
    with pytest.raises(DatasetError, match="at least three clips"):
        fitted([clip("a"), clip("b"), clip("c", coverage=0.3)], "m 1")


def test_a_cover_told_is_compared_with_what_was_in_sight():
    times_us = (np.arange(150) / 15 * 1e6).astype(np.int64)
    points = np.tile(RNG.uniform(100, 300, (13, 2)), (150, 1, 1)).astype(np.float32)
    scores, visible = np.full((150, 13), 0.9, np.float32), np.full((150, 13), 2)
    scores[:, [9, 11]] = 0  # the left leg is missing, and truly hidden
    visible[:, [9, 11]] = 0
    scores[:, [5, 3]] = 0  # the left arm is missing, and in sight
    visible[:, [10, 12]] = 1  # the right leg is found, and truly hidden
    block = KeypointBlock(times_us, np.zeros(150, np.uint16), points, scores)
    assert cover_of(block, visible) == (150, 300, 300)
