from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("mmpose")

from training.data.coco import PictureSet
from training.evaluate import report
from training.evaluation.calibration import fit_calibration, reliability
from training.evaluation.looking import Found


def pictures(visibility_nk):
    visibility_nk = np.asarray(visibility_nk, np.float32)
    keypoints = np.zeros((*visibility_nk.shape, 3), np.float32)
    keypoints[..., 2] = visibility_nk
    n = len(visibility_nk)
    return PictureSet(
        paths=tuple(Path(f"{i}.jpg") for i in range(n)),
        keypoints_nkc=keypoints,
        boxes_n4=np.ones((n, 4), np.float32),
        empty_n=~visibility_nk.any(1),
        strata=({},) * n,
        groups=tuple(f"infant {i}" for i in range(n)),
    )


def test_a_calibrated_score_is_the_share_of_points_that_are_right():
    rng = np.random.default_rng(0)
    scores = rng.uniform(0, 1, (800, 13)).astype(np.float32)
    right = rng.uniform(0, 1, scores.shape) < scores**2
    errors = np.where(right, 0.05, 0.5)
    spec = fit_calibration(errors, scores, pictures(np.full((800, 13), 2)))
    for raw in (0.3, 0.5, 0.8):
        assert np.interp(raw, spec.x, spec.y) == pytest.approx(raw**2, abs=0.06)


def test_the_threshold_keeps_empty_pictures_empty():
    rng = np.random.default_rng(1)
    visibility = np.vstack([np.full((300, 13), 2), np.zeros((300, 13))])
    scores = rng.uniform(0, 1, (600, 13)).astype(np.float32)
    scores[300:] *= 0.5
    errors = np.where(scores > 0.45, 0.05, 0.5)
    spec = fit_calibration(errors, scores, pictures(visibility))
    called_present = np.interp(scores[300:], spec.x, spec.y) >= spec.threshold
    assert called_present.mean() <= 0.03


def test_scores_that_say_nothing_still_give_a_table():
    spec = fit_calibration(
        np.full((10, 13), 0.5), np.full((10, 13), 0.2, np.float32), pictures(np.full((10, 13), 2))
    )
    assert spec.x == (0.0, 0.2, 1.0)
    assert spec.y == (0.0, 0.0, 0.0)


def test_the_report_leaves_empty_pictures_out_of_the_shares():
    visibility = np.vstack([np.full((1, 13), 2), np.zeros((1, 13))])
    errors, scores = np.full((2, 13), 0.15), np.full((2, 13), 0.4, np.float32)
    figures = report(Found(np.zeros((2, 13, 2), np.float32), scores, errors), pictures(visibility))
    assert figures["pck_0.1"]["limbs"] == 0
    assert figures["pck_0.2"]["limbs"] == 1
    assert figures["median_score_empty"] == pytest.approx(0.4)


def test_honest_scores_have_no_calibration_error_and_boasting_ones_have():
    rng = np.random.default_rng(0)
    scores = rng.uniform(0, 1, (4000, 13)).astype(np.float32)
    errors = np.where(rng.uniform(0, 1, scores.shape) < scores, 0.05, 0.5)
    seen = np.full(scores.shape, 2, np.float32)
    assert reliability(errors, scores, seen)["error"] < 0.02
    boasting = reliability(errors, np.sqrt(scores), seen)
    assert boasting["error"] == pytest.approx(2 / 3 - 1 / 2, abs=0.03)
    assert boasting["joints"]["nose"] == pytest.approx(2 / 3 - 1 / 2, abs=0.05)
    assert sum(one["points"] for one in boasting["bins"]) == scores.size


def test_a_joint_that_was_never_known_has_no_calibration_error():
    seen = np.full((5, 13), 2, np.float32)
    seen[:, 0] = 0
    found = reliability(np.zeros((5, 13)), np.ones((5, 13), np.float32), seen)
    assert found["joints"]["nose"] is None
    assert found["joints"]["left_hip"] == 0
