"""The figures on a model's card are what they say they are."""

import numpy as np
import pytest

pytest.importorskip("torch")
pytest.importorskip("mmpose")

from pipeline.confidence import PRESENT_SCORE
from tests.support.tiny_models import standing_body
from training.evaluation.looking import Found
from training.synthetic.figures import calibration_error, stratum_of, taken_for_infants


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
    body = np.asarray(standing_body((200, 200), 100), np.float32)
    points, scores = np.repeat(body[None], 4, axis=0), np.zeros((4, 13), np.float32)
    scores[0, :2] = 0.9
    scores[1, :3] = PRESENT_SCORE
    scores[2] = PRESENT_SCORE - 0.01
    scores[3, :4], points[3, 9:] = 0.9, 1e4  # as many points, which make no body
    found = Found(points, scores, np.zeros((4, 13)))
    assert taken_for_infants(found) == 0.25


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
