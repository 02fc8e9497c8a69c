import cv2
import numpy as np

from pipeline.estimate import Estimator
from pipeline.smoothing import causal_names, make_causal
from pipeline.types import Frame, FrameFlag
from tests.support.scenes import HEIGHT, SKIN, WIDTH, cot, shot
from tests.support.tiny_models import draw_dots, standing_body

BODY = standing_body((320, 180), 70)


def with_dots(picture):
    dots = draw_dots(BODY, (WIDTH, HEIGHT), 12)
    seen = (dots != 90).any(axis=2)
    picture[seen] = dots[seen]
    return picture


def carer_only():
    picture = cot()
    cv2.ellipse(picture, (250, 40), (170, 120), 10, 0, 360, (150, 120, 60), -1, cv2.LINE_AA)
    cv2.line(picture, (330, 90), (340, 220), SKIN, 40, cv2.LINE_AA)
    return picture


def test_without_an_infant_the_pose_is_nan_with_a_reason_never_the_last_one(dot_model):
    estimator = Estimator(dot_model)
    smoothers = [make_causal(name) for name in causal_names()]
    scenes = [with_dots(cot())] * 10 + [cot()] * 10 + [carer_only()] * 10
    for i, scene in enumerate(scenes):
        time_us = i * 66_667
        shown = Frame(shot(scene, i, 2.0), time_us, 0, 0, i, 0)
        pose = estimator.estimate({1: shown})[1]
        smooth = [s.step(time_us, pose.keypoints_kc, pose.scores_k) for s in smoothers]
        if i < 10:
            np.testing.assert_allclose(pose.keypoints_kc, BODY, atol=8)
            continue
        assert FrameFlag.NO_INFANT in pose.flags
        assert np.isnan(pose.keypoints_kc).all()
        assert not pose.scores_k.any()
        if i >= 10 + 4:
            assert all(np.isnan(points).all() for points in smooth)
