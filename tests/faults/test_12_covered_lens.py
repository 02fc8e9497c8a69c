import numpy as np
import pytest

from pipeline.estimate import Estimator
from pipeline.types import Frame, FrameFlag
from tests.support.scenes import HEIGHT, WIDTH, shot
from tests.support.tiny_models import draw_dots, standing_body


@pytest.mark.parametrize("level", [0, 8, 70, 240])
def test_a_covered_or_black_lens_gives_a_flag_and_no_pose(dot_model, level):
    estimator = Estimator(dot_model)
    seen = draw_dots(standing_body((320, 180), 70), (WIDTH, HEIGHT), 12)
    seen[::16] = 200
    covered = np.full((HEIGHT, WIDTH, 3), level, np.uint8)
    pictures = [shot(seen, 0, 2.0), shot(covered, 1, 2.0), shot(covered, 2, 2.0)]
    poses = [
        estimator.estimate({1: Frame(picture, i * 66_667, 0, 0, i, 0)})[1]
        for i, picture in enumerate(pictures)
    ]
    assert np.isfinite(poses[0].keypoints_kc).all()
    for pose in poses[1:]:
        assert pose.flags & (FrameFlag.LENS_COVERED | FrameFlag.TOO_DARK)
        assert np.isnan(pose.keypoints_kc).all()
        assert not pose.scores_k.any()
