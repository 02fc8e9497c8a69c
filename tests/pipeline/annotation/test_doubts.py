from __future__ import annotations

import numpy as np
import pytest

from pipeline.annotation.doubts import LabelSet, doubts, look_over
from pipeline.skeleton import INFANT13
from tests.support.tiny_models import standing_body

RNG = np.random.default_rng(5)


def index(name: str) -> int:
    return INFANT13.index(name)


def bodies(count: int = 60) -> np.ndarray:
    """Labels (N, 13, 3) of bodies in all directions and sizes, limbs moved a little."""
    made = []
    for number in range(count):
        trunk = RNG.uniform(50, 120)
        points = standing_body((400, 400), trunk, RNG.uniform(-np.pi, np.pi))
        points += RNG.normal(0, 0.03 * trunk, points.shape)
        made.append(np.column_stack([points, np.full(13, 2.0)]))
        assert number < count
    return np.stack(made)


def judged(labels: np.ndarray, error: float = 2.0) -> LabelSet:
    """The labels with a model's honest prediction of them."""
    predicted = labels[..., :2] + RNG.normal(0, error, labels[..., :2].shape)
    return LabelSet(labels, predicted, np.full(labels.shape[:2], 0.8))


def kinds(found: LabelSet, row: int) -> set[tuple[str, tuple[str, ...]]]:
    return {(one.kind, one.joints) for one in doubts(found) if one.row == row}


def test_right_labels_raise_no_doubt():
    assert doubts(judged(bodies())) == []


@pytest.mark.parametrize("joint", ["elbow", "wrist", "hip", "knee", "ankle", "shoulder"])
def test_swapped_twins_are_found_against_a_model_and_come_first(joint: str):
    found = judged(bodies())
    pair = [index(f"left_{joint}"), index(f"right_{joint}")]
    found.points_nk3[7, pair] = found.points_nk3[7, pair[::-1]]
    first = doubts(found)[0]
    assert (first.row, first.kind) == (7, "swap")
    assert ("swap", (f"left_{joint}", f"right_{joint}")) in kinds(found, 7)
    assert {one.row for one in doubts(found)} == {7}


def test_swapped_shoulders_are_found_without_a_model():
    points = bodies(1)[0]
    pair = [index("left_shoulder"), index("right_shoulder")]
    points[pair] = points[pair[::-1]]
    assert "the sides of the trunk cross" in look_over(points)[0].words


def test_a_limb_too_long_is_named_with_its_length():
    points = np.column_stack([standing_body(trunk=80), np.full(13, 2.0)])
    points[index("left_wrist"), 0] += 120
    (doubt,) = look_over(points)
    assert (doubt.kind, doubt.joints) == ("length", ("left_elbow", "left_wrist"))
    assert doubt.words.startswith("the left forearm is 1.")


def test_twins_on_one_spot_are_found_unless_one_is_occluded():
    points = np.column_stack([standing_body(trunk=80), np.full(13, 2.0)])
    left, right = index("left_ankle"), index("right_ankle")
    points[left, :2] = points[right, :2] + 1
    assert "same place" in {one.kind for one in look_over(points)}
    points[left, 2] = 1
    assert "same place" not in {one.kind for one in look_over(points)}


def test_an_outlier_is_found_by_what_is_usual_for_the_joint():
    found = judged(bodies())
    found.points_nk3[3, index("nose"), :2] += 45
    assert ("outlier", ("nose",)) in kinds(found, 3)
    (doubt,) = [one for one in doubts(found) if one.kind == "outlier"]
    assert "nose lies 0." in doubt.words or "nose lies 1." in doubt.words


def test_points_that_the_model_did_not_find_raise_no_doubt():
    found = judged(bodies())
    found.points_nk3[3, index("nose"), :2] += 45
    assert found.scores_nk is not None
    found.scores_nk[3, index("nose")] = 0.05
    assert not [one for one in doubts(found) if one.kind == "outlier"]


def test_absent_points_and_unknown_trunks_raise_no_doubt():
    labels = bodies(5)
    labels[0] = 0
    labels[1, [index("left_hip"), index("left_shoulder")]] = 0
    assert doubts(LabelSet(labels)) == []
