import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.confidence import PRESENT_SCORE, present, without_missing
from pipeline.models.calibration import calibrate
from pipeline.models.manifest import CalibrationSpec

TABLE = CalibrationSpec(kind="isotonic", x=(0.1, 0.4, 0.8), y=(0.0, 0.6, 0.95), threshold=0.6)


def test_the_threshold_lands_on_the_line_between_present_and_missing():
    spec = CalibrationSpec(threshold=0.2)
    scores = calibrate(np.array([0.19, 0.2, 0.21], np.float32), spec)
    assert scores[1] == pytest.approx(PRESENT_SCORE)
    assert list(present(scores + 1e-6)) == [False, True, True]


def test_an_isotonic_table_is_applied_before_the_threshold():
    scores = calibrate(np.array([0.0, 0.4, 0.6, 1.0], np.float32), TABLE)
    half_way = (0.6 + 0.95) / 2
    expected = PRESENT_SCORE + (1 - PRESENT_SCORE) * (half_way - 0.6) / 0.4
    np.testing.assert_allclose(scores[:3], [0, PRESENT_SCORE, expected], atol=1e-6)
    assert scores[3] == pytest.approx(PRESENT_SCORE + (1 - PRESENT_SCORE) * (0.95 - 0.6) / 0.4)


@given(st.lists(st.floats(-2, 3), min_size=2, max_size=30))
def test_the_order_of_scores_is_kept_and_the_range_is_0_to_1(values):
    scores = calibrate(np.sort(np.array(values, np.float32)), TABLE)
    assert (np.diff(scores) >= 0).all()
    assert scores.min() >= 0
    assert scores.max() <= 1


def test_nan_is_missing():
    assert calibrate(np.array([np.nan], np.float32), TABLE)[0] == 0
    assert not present(np.array([np.nan]))[0]


def test_missing_keypoints_become_nan():
    points = np.ones((2, 2, 2))
    scores = np.array([[0.9, PRESENT_SCORE - 0.1], [PRESENT_SCORE, np.nan]])
    kept = np.isfinite(without_missing(points, scores)[..., 0])
    np.testing.assert_array_equal(kept, [[True, False], [True, False]])
