import cv2
import numpy as np
import pytest

from pipeline.face import blur_face, head_circle
from pipeline.skeleton import INFANT13
from tests.support.tiny_models import standing_body

SURE = np.full(13, 0.9)
TRUNK = 120
BODY = standing_body((320, 260), TRUNK, 0.4)
NOSE, SHOULDERS, HIPS = 0, [1, 2], [7, 8]


def checkers():
    """Fine detail everywhere, so that what is blurred shows."""
    y, x = np.indices((480, 640))
    return np.repeat((((x // 2 + y // 2) % 2) * 255).astype(np.uint8)[..., None], 3, axis=2)


def detail(picture, x, y, half=8):
    part = picture[int(y) - half : int(y) + half, int(x) - half : int(x) + half]
    return float(cv2.Laplacian(part, cv2.CV_64F).std())


def without(*keypoints):
    scores = SURE.copy()
    scores[list(keypoints)] = 0.1
    return scores


def test_the_face_is_blurred_and_the_body_is_not():
    picture = blur_face(checkers(), BODY, SURE)
    assert detail(picture, *BODY[NOSE]) < 3
    assert detail(picture, *BODY[INFANT13.index("left_ankle")]) > 100


@pytest.mark.parametrize("angle", [0.0, 1.5, 3.0, -2.0])
def test_without_the_nose_the_head_s_place_is_blurred(angle):
    body = standing_body((320, 260), TRUNK, angle)
    picture = blur_face(checkers(), body, without(NOSE))
    assert detail(picture, *body[NOSE]) < 3


def test_with_shoulders_only_both_sides_of_them_are_blurred():
    scores = np.zeros(13)
    scores[SHOULDERS] = 0.9
    picture = blur_face(checkers(), BODY, scores)
    neck = BODY[SHOULDERS].mean(axis=0)
    assert detail(picture, *BODY[NOSE]) < 3
    assert detail(picture, *(2 * neck - BODY[NOSE])) < 3


@pytest.mark.parametrize(
    "scores", [np.zeros(13), without(NOSE, *SHOULDERS), without(*SHOULDERS, *HIPS)]
)
def test_when_the_head_is_not_known_the_whole_picture_is_blurred(scores):
    picture = blur_face(checkers(), BODY, scores)
    for x, y in [(30, 30), (320, 240), (600, 450)]:
        assert detail(picture, x, y) < 3


def test_an_absent_pose_blurs_the_whole_picture():
    picture = blur_face(checkers(), BODY * np.nan, SURE * 0)
    assert detail(picture, 600, 450) < 3


def test_the_circle_holds_a_head_of_three_quarters_of_a_trunk():
    x, y, radius = head_circle(BODY, SURE)
    assert (x, y) == pytest.approx(tuple(BODY[NOSE]))
    assert radius >= 0.5 * TRUNK


def test_a_head_at_the_edge_of_the_picture_is_blurred_as_far_as_it_is_seen():
    body = BODY - BODY[NOSE] + np.array([2, 2])
    picture = blur_face(checkers(), body, SURE)
    assert detail(picture, 10, 10) < 3
    blur_face(checkers(), body - 5000, SURE)
