"""The figures on a model's card are what they say they are."""

import numpy as np
import pytest

pytest.importorskip("torch")
pytest.importorskip("mmpose")

from pipeline.confidence import PRESENT_SCORE
from training.synthetic.figures import calibration_error, false_poses, stratum_of


def test_scores_that_are_probabilities_have_no_calibration_error():
    rng = np.random.default_rng(0)
    scores = rng.random((2000, 13)).astype(np.float32)
    errors = np.where(rng.random((2000, 13)) < scores, 0.05, 0.5)
    visibility = np.full((2000, 13), 2, np.float32)
    assert calibration_error(errors, scores, visibility) < 0.02
    assert calibration_error(errors, np.full_like(scores, 0.95), visibility) == pytest.approx(
        0.45, abs=0.02
    )


def test_a_pose_is_what_the_runtime_would_follow():
    scores = np.zeros((4, 13), np.float32)
    scores[0, :3] = 0.9
    scores[1, :4] = PRESENT_SCORE
    scores[2] = PRESENT_SCORE - 0.01
    assert false_poses(scores) == 0.25


@pytest.mark.parametrize(
    ("name", "entry", "part"),
    [
        ("tone", {"tone": 0.99}, "dark"),
        ("tone", {"tone": 1.0}, "dark"),
        ("tilt", {"tilt_deg": 20.0}, "oblique"),
        ("posture", {"posture": "prone"}, "prone"),
    ],
)
def test_strata_have_names(name, entry, part):
    assert stratum_of(entry, name) == part
