import numpy as np
import pytest

from pipeline.confidence import DOUBTFUL_SCORE, PRESENT_SCORE
from pipeline.drawing import (
    BACKGROUND_BGR,
    LEFT_BGR,
    MIDLINE_BGR,
    RIGHT_BGR,
    draw_pose,
    skeleton_only,
)
from pipeline.skeleton import INFANT13
from tests.support.tiny_models import standing_body

SURE = np.full(13, 0.9)
BODY = standing_body((320, 240), 120)


def grey():
    return np.full((480, 640, 3), 120, np.uint8)


def colour_at(picture, keypoint, body=BODY):
    x, y = body[INFANT13.index(keypoint)].round().astype(int)
    return tuple(int(c) for c in picture[y, x])


def changed(picture):
    return int((picture != 120).any(axis=2).sum())


def test_each_side_has_its_colour():
    picture = draw_pose(grey(), BODY, SURE)
    assert colour_at(picture, "left_wrist") == LEFT_BGR
    assert colour_at(picture, "right_ankle") == RIGHT_BGR
    assert colour_at(picture, "nose") == MIDLINE_BGR


def test_it_draws_in_place_and_returns_the_picture():
    picture = grey()
    assert draw_pose(picture, BODY, SURE) is picture


def test_an_absent_pose_leaves_the_picture_as_it_is():
    assert changed(draw_pose(grey(), BODY * np.nan, SURE * 0)) == 0


def test_a_doubtful_point_is_hollow_and_its_limb_thinner():
    doubtful = SURE.copy()
    doubtful[INFANT13.index("left_wrist")] = (DOUBTFUL_SCORE + PRESENT_SCORE) / 2
    picture = draw_pose(grey(), BODY, doubtful)
    assert colour_at(picture, "left_wrist") != LEFT_BGR
    assert 0 < changed(picture) < changed(draw_pose(grey(), BODY, SURE))


def test_a_point_hardly_believed_is_not_drawn():
    unseen = SURE.copy()
    unseen[INFANT13.index("left_wrist")] = 0.1
    assert colour_at(draw_pose(grey(), BODY, unseen), "left_wrist") == (120, 120, 120)


@pytest.mark.parametrize("missing", range(13))
def test_any_point_may_be_missing(missing):
    body = BODY.copy()
    body[missing] = np.nan
    assert changed(draw_pose(grey(), body, SURE)) > 0


def test_lines_grow_with_the_infant():
    def width(trunk):
        body = standing_body((320, 240), trunk)
        picture = draw_pose(grey(), body, SURE)
        middle = body[[1, 7]].mean(axis=0).round().astype(int)
        return int((picture[middle[1]] == LEFT_BGR).all(axis=1).sum())

    assert width(150) > width(60) >= 1


def test_points_far_outside_the_picture_do_no_harm():
    body = BODY + 1e7
    draw_pose(grey(), body, SURE)
    draw_pose(grey(), -body, SURE)


def test_the_skeleton_alone_shows_nothing_of_the_picture():
    picture = skeleton_only((640, 480), BODY, SURE)
    assert picture.shape == (480, 640, 3)
    assert tuple(picture[2, 2]) == BACKGROUND_BGR
    assert colour_at(picture, "left_wrist") == LEFT_BGR


def test_left_and_right_stay_apart_with_every_colour_blindness():
    """Their lightness or blue–yellow contrast must differ without red–green discrimination."""
    left, right = np.array(LEFT_BGR, float), np.array(RIGHT_BGR, float)
    assert abs(left[0] - right[0]) > 100
