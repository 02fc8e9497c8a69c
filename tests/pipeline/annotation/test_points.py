from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.annotation.disagreement import disagreement
from pipeline.annotation.points import (
    LabelError,
    between,
    from_estimate,
    read_points,
    to_named,
    to_points,
    trunk_px,
)
from pipeline.skeleton import INFANT13
from tests.support.tiny_models import standing_body

SIZE_WH = (640, 480)


def body(trunk: float = 80.0) -> np.ndarray:
    return np.column_stack([standing_body(trunk=trunk), np.full(13, 2.0)])


triples = st.lists(
    st.tuples(st.floats(0, 639, width=16), st.floats(0, 479, width=16), st.sampled_from([0, 1, 2])),
    min_size=13,
    max_size=13,
)


@given(triples)
def test_points_by_name_and_as_array_are_the_same_points(sent: list[tuple[float, float, int]]):
    points = read_points([list(one) for one in sent], SIZE_WH)
    np.testing.assert_allclose(to_points(to_named(points)), points, atol=5e-4)
    assert (points[points[:, 2] == 0, :2] == 0).all()


@pytest.mark.parametrize(
    ("triple", "words"),
    [
        ([700, 10, 2], r"nose: \(700, 10\) lies outside the 640×480 picture"),
        ([1, 2, 3], "its state is 3"),
        ([1, float("nan"), 2], "not x, y and a state"),
        ([1, 2], "not x, y and a state"),
        ("abc", "not x, y and a state"),
        ([True, 2, 2], "not x, y and a state"),
    ],
)
def test_a_wrong_point_is_named(triple: object, words: str):
    with pytest.raises(LabelError, match=words):
        read_points([triple, *[[0, 0, 0]] * 12], SIZE_WH)


def test_too_few_points_are_refused():
    for sent in ([], None, [[1, 2, 2]] * 12):
        with pytest.raises(LabelError, match="13 points"):
            read_points(sent, SIZE_WH)


def test_doubtful_estimates_are_proposed_as_occluded_and_missing_ones_as_absent():
    keypoints = standing_body().astype(np.float32)
    keypoints[3] = np.nan
    scores = np.full(13, 0.9, np.float32)
    scores[1], scores[2] = 0.15, 0.05
    states = from_estimate(keypoints, scores)[:, 2].tolist()
    assert states[:4] == [2, 1, 0, 0]
    assert set(states[4:]) == {2}


def test_between_two_frames_a_point_is_where_time_has_it_and_as_hidden_as_the_more_hidden():
    before, after = body(), body()
    after[:, 0] += 20
    after[5, 2], before[6, 2] = 1, 0
    half = between(before, after, 0.25)
    np.testing.assert_allclose(half[0], before[0] + (5, 0, 0))
    assert half[5, 2] == 1
    assert half[6].tolist() == [0, 0, 0]


def test_the_trunk_is_known_from_the_shoulders_alone_and_unknown_without_them():
    assert trunk_px(body()) == pytest.approx(84, abs=10)
    points = body()
    points[INFANT13.index("left_hip"), 2] = 0
    assert trunk_px(points) == pytest.approx(1.5 * 0.7 * 80)
    points[INFANT13.index("left_shoulder"), 2] = 0
    assert math.isnan(trunk_px(points))


def test_annotators_are_compared_joint_by_joint_in_trunk_lengths():
    ada, ben, eva = body(), body(), body()
    ben[9, 0] += 12
    eva[10] = 0
    found = {one.joint: one for one in disagreement({"Ada": ada, "Ben": ben, "Eva": eva})}
    assert found["left_knee"].distance_trunks == pytest.approx(12 / trunk_px(ada))
    assert found["left_knee"].is_notable
    assert found["right_knee"].is_notable
    assert found["right_knee"].states == {"Ada": 2, "Ben": 2, "Eva": 0}
    assert not found["nose"].is_notable


def test_one_annotator_disagrees_with_nobody():
    assert disagreement({"Ada": body()}) == []
