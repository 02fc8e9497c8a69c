import numpy as np
import pytest

from pipeline.estimate import Estimator, pixels
from pipeline.settings import RectangleSettings
from pipeline.types import Frame, FrameFlag, Rectangle
from tests.support.tiny_models import draw_dots, standing_body

ABSENT = np.full((13, 2), np.nan)


@pytest.fixture
def noise():
    generator = np.random.default_rng(3)

    def add(picture):
        grain = generator.integers(-3, 4, picture.shape)
        # Fixed furniture keeps an empty cot from looking like a covered lens.
        picture = picture.copy()
        picture[20:30] = 200
        picture[:, 20:30] = 40
        return np.clip(picture + grain, 0, 255).astype(np.uint8)

    return add


def frame(picture, i, segment=0):
    return Frame(picture, i * 66_667, i * 66_667, i * 66_667_000, i, segment)


def test_an_infant_is_found_in_the_whole_cot_then_followed(dot_model, noise):
    estimator = Estimator(dot_model)
    body = standing_body()
    first = estimator.estimate({"a": frame(noise(draw_dots(body)), 0)})["a"]
    assert FrameFlag.CROP_FALLBACK in first.flags
    np.testing.assert_allclose(first.keypoints_kc, body, atol=8)
    estimator.estimate({"a": frame(noise(draw_dots(body)), 1)})
    third = estimator.estimate({"a": frame(noise(draw_dots(body)), 2)})["a"]
    assert third.flags == FrameFlag.NONE
    np.testing.assert_allclose(third.keypoints_kc, body, atol=6)


def test_a_moving_turning_infant_stays_followed(dot_model, noise):
    estimator = Estimator(dot_model)
    for i in range(60):
        body = standing_body((220 + 3 * i, 240), angle_rad=0.1 * i)
        pose = estimator.estimate({1: frame(noise(draw_dots(body)), i)})[1]
        assert np.nanmax(np.abs(pose.keypoints_kc - body)) < 10
        assert (FrameFlag.CROP_FALLBACK in pose.flags) == (i < 2)


def test_an_empty_cot_gives_nan_and_says_no_infant(dot_model, noise):
    estimator = Estimator(dot_model)
    for i in range(3):
        estimator.estimate({1: frame(noise(draw_dots(standing_body())), i)})
    for i in range(3, 8):
        pose = estimator.estimate({1: frame(noise(draw_dots(ABSENT)), i)})[1]
        assert FrameFlag.NO_INFANT in pose.flags
        assert np.isnan(pose.keypoints_kc).all()
        assert not pose.scores_k.any()
    for i in range(8, 16):  # its dots are too small for the wider looks in between
        back = estimator.estimate({1: frame(noise(draw_dots(standing_body((400, 200)))), i)})[1]
    np.testing.assert_allclose(back.keypoints_kc, standing_body((400, 200)), atol=12)


def test_each_cot_sees_the_infant_in_its_own_rectangle(dot_model, noise):
    estimator = Estimator(dot_model)
    estimator.watch("left", RectangleSettings(x=0, y=0, width=0.5, height=1))
    estimator.watch("right", RectangleSettings(x=0.5, y=0, width=0.5, height=1))
    left, right = standing_body((320, 360), 120), standing_body((960, 360), 120)
    picture = draw_dots(left, (1280, 720), 22)
    picture[:, 640:] = draw_dots(right, (1280, 720), 22)[:, 640:]
    for i in range(3):
        shot = frame(noise(picture), i)
        poses = estimator.estimate({"left": shot, "right": shot})
    np.testing.assert_allclose(poses["left"].keypoints_kc, left, atol=10)
    np.testing.assert_allclose(poses["right"].keypoints_kc, right, atol=10)


def test_a_covered_lens_is_flagged_and_not_looked_through(dot_model):
    estimator = Estimator(dot_model)
    black = np.zeros((480, 640, 3), np.uint8)
    pose = estimator.estimate({1: frame(black, 0)})[1]
    assert pose.flags == FrameFlag.LENS_COVERED
    assert np.isnan(pose.keypoints_kc).all()


def test_a_new_segment_starts_with_the_whole_cot(dot_model, noise):
    estimator = Estimator(dot_model)
    for i, segment in enumerate([0, 0, 0, 1]):
        shot = frame(noise(draw_dots(standing_body())), i, segment)
        pose = estimator.estimate({1: shot})[1]
    assert FrameFlag.CROP_FALLBACK in pose.flags


def test_a_changed_rectangle_is_looked_at_anew(dot_model, noise):
    estimator = Estimator(dot_model)
    for i in range(2):
        estimator.estimate({1: frame(noise(draw_dots(standing_body())), i)})
    assert estimator.crop(1) is not None
    estimator.watch(1, RectangleSettings(x=0.1))
    assert estimator.crop(1) is None


def test_fractions_become_pixels_within_the_picture():
    rectangle = RectangleSettings(x=0.5, y=0.25, width=0.75, height=0.5)
    assert pixels(rectangle, (640, 480)) == Rectangle(320, 120, 320, 240)


def test_cots_that_start_together_look_again_at_different_times(dot_model, noise):
    estimator = Estimator(dot_model)
    asked = []
    estimate = dot_model.estimate

    def counted(images, crops):
        asked.append(len(crops))
        return estimate(images, crops)

    dot_model.estimate = counted
    picture = noise(draw_dots(standing_body()))
    for i in range(60):
        shots = {cot: Frame(picture, i * 200_000, 0, 0, i, 0) for cot in range(4)}
        estimator.estimate(shots)
    assert asked[:2] == [4, 16]
    assert sum(asked[2:]) == 58 * 4 + 4
    assert max(asked[2:]) == 5
