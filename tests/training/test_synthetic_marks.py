"""Keypoints lie where people mark them: hips and shoulders a little nearer to the head."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

pytest.importorskip("torch", reason="the training group is not installed")

from pipeline.skeleton import INFANT13
from training.synthetic.marks import HIP_RISE, SHOULDER_RISE, as_marked

RISES = {"hip": HIP_RISE, "shoulder": SHOULDER_RISE}
# Nose, then shoulders to ankles, left and right in turn; the trunk is 100 long.
UPRIGHT = np.array(
    [
        *([0, -60], [20, -40], [-20, -40], [30, -20], [-30, -20], [40, 0], [-40, 0]),
        *([15, 60], [-15, 60], [20, 90], [-20, 90], [20, 120], [-20, 120]),
    ],
    np.float64,
)


def test_hips_and_shoulders_rise_by_their_share_of_the_trunk_and_nothing_else_moves():
    moved = as_marked(UPRIGHT) - UPRIGHT
    for name, by in zip(INFANT13.keypoints, moved, strict=True):
        rise = RISES.get(name.rpartition("_")[2], 0.0)
        np.testing.assert_allclose(by, (0, -100 * rise), atol=1e-9, err_msg=name)


@given(st.floats(-np.pi, np.pi), st.floats(0.1, 10), st.floats(-500, 500))
def test_marks_turn_grow_and_move_with_the_body(angle, size, away):
    turn = size * np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    moved = UPRIGHT @ turn.T + away
    np.testing.assert_allclose(as_marked(moved), as_marked(UPRIGHT) @ turn.T + away, atol=1e-6)


def test_joints_given_stay_as_they_are():
    before = UPRIGHT.copy()
    as_marked(UPRIGHT)
    assert np.array_equal(before, UPRIGHT)
