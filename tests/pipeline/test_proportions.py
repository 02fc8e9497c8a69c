from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.proportions import misfits
from pipeline.skeleton import INFANT13
from tests.support.tiny_models import standing_body

BODY = np.asarray(standing_body((200, 200), 100), np.float64)


def moved(name: str, by_trunks: float) -> np.ndarray:
    """The body with one point moved sideways by trunk lengths."""
    trunk = np.linalg.norm(BODY[[1, 2]].mean(axis=0) - BODY[[7, 8]].mean(axis=0))
    body = BODY.copy()
    body[INFANT13.index(name), 0] += by_trunks * trunk
    return body


def test_an_infants_body_fits():
    assert misfits(BODY[None]).tolist() == [0]


@pytest.mark.parametrize(
    ("name", "count"), [("left_wrist", 1), ("left_elbow", 2), ("right_ankle", 1), ("nose", 0)]
)
def test_a_point_far_away_spoils_each_limb_that_ends_in_it(name: str, count: int):
    assert misfits(moved(name, 3)[None]).tolist() == [count]


def test_shoulders_on_one_point_fit_no_body_and_narrow_ones_do():
    together, narrow = BODY.copy(), BODY.copy()
    together[[1, 2]] = BODY[[1, 2]].mean(axis=0)
    narrow[[1, 2]] = BODY[[1, 2]].mean(axis=0) + 0.3 * (BODY[[1, 2]] - BODY[[1, 2]].mean(axis=0))
    assert misfits(together[None])[0] >= 1
    assert misfits(narrow[None]).tolist() == [0]


def test_points_scattered_over_a_picture_mostly_make_no_body():
    scattered = np.random.default_rng(1).uniform(0, 640, (500, 13, 2))
    assert (misfits(scattered) >= 2).mean() > 0.8


def test_points_that_are_nowhere_count_for_nothing():
    gone = moved("left_wrist", 3)
    gone[INFANT13.index("left_wrist")] = np.nan
    assert misfits(np.stack([gone, np.full((13, 2), np.nan)])).tolist() == [0, 0]


@given(
    angle=st.floats(0, math.tau),
    scale=st.floats(0.1, 20),
    xy=st.tuples(st.floats(-1000, 1000), st.floats(-1000, 1000)),
    seed=st.integers(0, 999),
)
def test_place_size_and_direction_change_nothing(angle, scale, xy, seed):
    body = np.random.default_rng(seed).normal(0, 100, (1, 13, 2))
    turn = np.array([[math.cos(angle), -math.sin(angle)], [math.sin(angle), math.cos(angle)]])
    assert misfits(scale * body @ turn.T + np.asarray(xy)).tolist() == misfits(body).tolist()
