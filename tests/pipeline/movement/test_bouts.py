import numpy as np
import pytest

from pipeline.movement.bouts import bout_slices, in_bout, moving
from tests.support.motion import frame_times, shifted, still, track_of, value, with_noise

FPS = 25
TIMES_US = frame_times(60, FPS)
SECONDS = TIMES_US / 1e6


def waving(*spans, amplitude=0.3, hz=1.5, names=("left_elbow", "left_wrist")):
    """Let a limb swing within spans of seconds, with soft edges."""
    points = still(TIMES_US)
    level = np.zeros(len(SECONDS))
    for start, end in spans:
        level = np.maximum(level, np.clip(np.minimum(SECONDS - start, end - SECONDS) / 0.2, 0, 1))
    for name in names:
        points = shifted(points, name, level * amplitude * np.sin(2 * np.pi * hz * SECONDS))
    return points


SPANS = ((5, 8), (20, 24), (40, 41.5))


@pytest.mark.parametrize("part", ["left_arm", "body"])
def test_three_bouts_are_counted_with_their_lengths_and_the_rest_between(part):
    track = track_of(TIMES_US, with_noise(waving(*SPANS), 0.001))
    assert value(track, "bouts", part) == 3
    assert value(track, "bouts_per_minute", part) == pytest.approx(3, rel=0.01)
    assert value(track, "bout_length", part) == pytest.approx((3 + 4 + 1.5) / 3, rel=0.08)
    assert value(track, "bout_share", part) == pytest.approx(8.5 / 60, rel=0.08)
    assert value(track, "longest_rest", part) == pytest.approx(18.5, abs=0.4)


def test_limbs_that_do_not_move_have_no_bouts():
    track = track_of(TIMES_US, with_noise(waving(*SPANS), 0.001))
    for part in ("right_arm", "left_leg", "right_leg"):
        assert value(track, "bouts", part) == 0
        assert value(track, "longest_rest", part) == pytest.approx(60, abs=0.1)


@pytest.mark.parametrize(("pause_s", "bouts"), [(0.2, 1), (0.6, 2)])
def test_a_bout_ends_after_a_third_of_a_second_of_rest(pause_s, bouts):
    speed = np.full(len(SECONDS), 0.5)
    speed[(SECONDS > 20) & (20 + pause_s >= SECONDS)] = 0.0
    speed[(SECONDS < 10) | (SECONDS > 30)] = 0.0
    track = track_of(TIMES_US, still(TIMES_US))
    assert len(bout_slices(in_bout(track, speed))) == bouts


def test_movement_that_never_passes_the_upper_threshold_is_no_bout():
    track = track_of(TIMES_US, still(TIMES_US))
    assert (in_bout(track, np.full(len(SECONDS), 0.25)) == 0).all()
    speed = np.full(len(SECONDS), 0.2)
    speed[100] = 0.4
    assert len(bout_slices(in_bout(track, speed))) == 1


def test_unseen_frames_end_a_bout_and_belong_to_neither():
    speed = np.full(len(SECONDS), 0.5)
    speed[500:520] = np.nan
    moving_t = in_bout(track_of(TIMES_US, still(TIMES_US)), speed)
    assert len(bout_slices(moving_t)) == 2
    assert np.isnan(moving_t[500:520]).all()


def test_a_rest_does_not_reach_across_what_was_not_seen():
    points = still(TIMES_US)
    points[700:800] = np.nan
    track = track_of(TIMES_US, points)
    assert value(track, "longest_rest") == pytest.approx(28, abs=0.3)


def test_unsteady_keypoints_are_not_taken_for_movement():
    track = track_of(TIMES_US, with_noise(still(TIMES_US), 0.009))
    assert np.isnan(moving(track, "body")).all()
    assert value(track, "bouts") is None
