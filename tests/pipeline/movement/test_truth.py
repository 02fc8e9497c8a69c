"""Measures of rendered infants, seen with a detector's jitter, against their true movement.

The table over more infants: ``python -m tests.benchmarks.movement_truth``.
"""

import numpy as np
import pytest

from tests.support.motion import value
from tests.support.rendered_motion import moving_infant
from training.synthetic.motion import MotionLaw, movement_figures

pytestmark = pytest.mark.slow
WINDOW_US = (0, 30_000_000)
LIVELY = MotionLaw(writhe=0.12, writhe_hz=0.3, kicks=((4, 12), (18, 24)), startles_s=(15.0,))
KICK_HZ = 0.9
LEFT_KICKS = MotionLaw(
    writhe=0.0, head_deg=0.0, kick_side="left", kick_hz=KICK_HZ, kicks=((1, 29),), kick_deg=45
)


@pytest.fixture(scope="module", params=[31, 35])
def lively(request):
    return moving_infant(request.param, LIVELY, 30, "supine")


@pytest.fixture(scope="module")
def kicking():
    return moving_infant(52, LEFT_KICKS, 30, "supine")


def measured(truth, name, part="body", **more):
    return value(truth.seen(**more), name, part, WINDOW_US)


def true(truth, name, part="body"):
    return value(truth.track(), name, part, WINDOW_US)


@pytest.mark.parametrize("jitter", [0.002, 0.004])
@pytest.mark.parametrize("carried", [0.0, 0.5, 0.8])
def test_quantity_of_motion_lies_within_5_percent_of_the_clip_s_own_figure(lively, jitter, carried):
    """Whether the detector shakes anew in each frame or carries its error over."""
    figures = movement_figures(lively.times_us / 1e6, lively.keypoints_tkc)
    wanted = figures["quantity_of_motion"]["mean"]
    assert wanted > 0.05
    found = measured(lively, "quantity_of_motion", jitter=jitter, carried=carried)
    assert found == pytest.approx(wanted, rel=0.05)


def test_keypoints_that_shake_too_much_give_no_quantity_of_motion(lively):
    assert measured(lively, "quantity_of_motion", jitter=0.008) is None


@pytest.mark.parametrize(
    ("name", "part"),
    [
        ("angle_sd", "left_knee"),
        ("angle_range", "right_knee"),
        ("position_entropy", "left_wrist"),
        ("path_area", "left_ankle"),
    ],
)
def test_amplitudes_lie_within_5_percent(lively, name, part):
    assert measured(lively, name, part) == pytest.approx(true(lively, name, part), rel=0.05)


def test_symmetry_and_bouts_are_the_true_ones(lively):
    assert measured(lively, "symmetry") == pytest.approx(true(lively, "symmetry"), abs=0.02)
    # A bout that hardly passes the threshold may come or go with the jitter; its time is short.
    assert measured(lively, "bouts") == pytest.approx(true(lively, "bouts"), abs=2)
    assert measured(lively, "bout_share") == pytest.approx(true(lively, "bout_share"), abs=0.03)


def test_kicks_have_their_frequency_within_5_percent(kicking):
    """A leg that goes out and back once is fast twice."""
    found = measured(kicking, "periodicity_frequency", "left_leg")
    assert found / 2 == pytest.approx(KICK_HZ, rel=0.05)
    assert measured(kicking, "periodicity", "left_leg") > 0.8


def test_kicks_have_their_amplitude_within_5_percent_and_belong_to_the_left(kicking):
    wanted = true(kicking, "angle_range", "left_knee")
    assert wanted > 20
    assert measured(kicking, "angle_range", "left_knee") == pytest.approx(wanted, rel=0.05)
    assert measured(kicking, "symmetry", "legs") > 0.9


@pytest.mark.parametrize(
    ("law", "bouts"),
    [(MotionLaw(writhe=0, head_deg=0), 0), (MotionLaw(writhe=0, head_deg=0, startles_s=(10,)), 1)],
)
def test_rest_has_no_bouts_and_a_startle_one(law, bouts):
    truth = moving_infant(52, law, 30, "supine")
    assert measured(truth, "bouts") == bouts
    assert measured(truth, "still_time") > 27


@pytest.mark.parametrize(
    ("posture", "told"),
    [("supine", "supine"), ("prone", "prone"), ("left_side", "left"), ("right_side", "right")],
)
def test_each_posture_is_told_from_the_true_keypoints(posture, told):
    for seed in (60, 61):
        truth = moving_infant(seed, MotionLaw(writhe=0.04), 3, posture)
        assert value(truth.seen(), "posture") == told


@pytest.mark.parametrize(("unseen", "assessable"), [(0.15, True), (0.3, False)])
def test_where_the_truth_says_that_too_little_was_visible_nothing_is_given(
    lively, unseen, assessable
):
    scores = np.full(lively.keypoints_tkc.shape[:2], 0.9)
    scores[: round(unseen * len(scores))] = 0.1
    for name in ("quantity_of_motion", "symmetry", "bouts", "still_time"):
        found = measured(lively, name, scores=scores)
        assert (found is not None) == assessable, name
