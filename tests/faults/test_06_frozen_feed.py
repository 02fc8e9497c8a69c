import numpy as np

from db.codec import KeypointBlock
from pipeline.estimate import Estimator
from pipeline.movement import roll_up
from pipeline.types import Frame, FrameFlag
from tests.support.tiny_models import draw_dots, standing_body

FPS = 5


def test_an_identical_picture_is_flagged_and_carries_no_movement(dot_model):
    estimator = Estimator(dot_model)
    picture = draw_dots(standing_body())
    picture[::16] = 200
    times = [round(i * 1e6 / FPS) for i in range(60 * FPS)]
    poses = [estimator.estimate({1: Frame(picture, t, t, 0, 0, 0)})[1] for t in times]
    flags = np.array([pose.flags for pose in poses], np.uint16)
    late = np.array(times) >= 5_000_000
    assert (flags[late] & FrameFlag.FROZEN).all()
    assert not (flags[~late] & FrameFlag.FROZEN).any()
    block = KeypointBlock(
        np.array(times),
        flags,
        np.array([pose.keypoints_kc for pose in poses]),
        np.array([pose.scores_k for pose in poses]),
    )
    figures = roll_up(block, 0)
    assert figures.quantity_of_motion_mean is None
    assert figures.reasons["picture frozen"] == late.sum()
