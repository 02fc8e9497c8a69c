"""What a network's own doubt adds to speeds is taken off, or nothing is given."""

import numpy as np
import pytest

from db.codec import KeypointBlock
from pipeline.models.session import load_model
from pipeline.movement import figure, make_track
from pipeline.movement.wander import Wander, of_bundled_model
from pipeline.smoothing.butterworth import smooth
from tests.support.motion import TRUNK_PX, frame_times, shifted, still

SECONDS, FPS = 60, 15
WINDOW_US = (0, SECONDS * 1_000_000)
SURE = 0.85


def wandering(points_tkc, speed, seed=0):
    """Add a random walk whose speed after the filter has this root mean square, in trunk/s."""
    rng = np.random.default_rng(seed)
    walk = np.cumsum(rng.normal(0, 1, points_tkc.shape), axis=0)
    times_us = frame_times(SECONDS, FPS)
    steps = np.diff(smooth(times_us, walk, np.ones(walk.shape[:2])), axis=0) * FPS
    return points_tkc + walk * speed * TRUNK_PX / np.sqrt((steps**2).sum(-1).mean())


def track(points_tkc, wander, score=SURE):
    scores_tk = np.full(points_tkc.shape[:2], score)
    times_us = frame_times(SECONDS, FPS)
    flags_t = np.zeros(len(times_us), np.uint16)
    return make_track(KeypointBlock(times_us, flags_t, points_tkc, scores_tk), wander=wander)


def moving():
    times_us = frame_times(SECONDS, FPS)
    return shifted(still(times_us), "left_wrist", 0.3 * np.sin(2 * np.pi * times_us / 1e6))


def of(speed, least=0.6, most=2.2):
    return Wander((0.3, SURE), (10 * speed, speed), least, most)


def motion(one, part="body"):
    return figure(one, WINDOW_US, "quantity_of_motion", part)


def test_a_random_walk_is_taken_off_and_the_interval_holds_the_truth():
    points, true = wandering(moving(), 0.15), motion(track(moving(), None))
    with_it, without = motion(track(points, of(0.001))), motion(track(points, of(0.15)))
    assert with_it.value > 1.8 * true.value
    assert abs(without.value - true.value) < 0.6 * abs(with_it.value - true.value)
    assert without.interval[0] <= true.value <= without.interval[1]


def test_the_less_sure_the_points_the_wider_the_interval():
    points = wandering(moving(), 0.1)
    wide, narrow = (motion(track(points, of(0.1, *f))).interval for f in ((0.3, 2.5), (0.9, 1.1)))
    assert wide[0] < narrow[0] < narrow[1] < wide[1]


def test_points_too_unsure_give_no_movement_at_all_and_say_why():
    one = track(wandering(moving(), 0.3), of(0.3))
    for name in ("quantity_of_motion", "bouts", "still_time", "symmetry"):
        found = figure(one, WINDOW_US, name)
        assert (found.value, found.reason) == (None, "keypoints too unsteady"), name


def test_points_that_are_certain_lose_nothing():
    one, other = track(moving(), of(0.0)), track(moving(), of(0.2), score=1.0)
    np.testing.assert_array_equal(one.speeds_tk, other.speeds_tk)
    np.testing.assert_allclose(one.speeds_tk, one.least_speeds_tk, atol=1e-3)


@pytest.mark.parametrize("scores", [0.2, 0.5, 0.88])
def test_the_bundled_figures_fall_with_the_score_and_are_the_bundled_model_s(scores):
    """After another network is bundled: ``python -m training.wander`` measures it."""
    wander = of_bundled_model()
    manifest = load_model(None).manifest
    assert wander.model == f"{manifest.name} {manifest.version}"
    assert list(wander.speeds) == sorted(wander.speeds, reverse=True)
    assert wander.least <= 1 <= wander.most
    lower, higher = wander.of_axis(np.array([[scores, scores + 0.1]]))[0]
    assert lower >= higher > 0


@pytest.mark.parametrize(("precision", "recall", "told"), [(0.9, 0.6, True), (0.1, 0.9, False)])
def test_a_cover_is_only_told_where_this_network_s_missing_points_tell_one(precision, recall, told):
    points = moving()
    points[:, 9:] = np.nan
    wander = Wander((0.3, SURE), (0.1, 0.05), 0.9, 1.1, "", precision, recall)
    found = figure(track(points, wander), WINDOW_US, "covered_time", "left_leg")
    assert found.assessable == told
    if told:
        assert found.value == pytest.approx(SECONDS, abs=0.2)
