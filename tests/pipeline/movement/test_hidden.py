import numpy as np
import pytest

from pipeline.skeleton import INFANT13
from pipeline.types import FrameFlag
from tests.support.motion import frame_times, still, track_of, value

TIMES_US = frame_times(60, 10)


def scores(away, names):
    found = np.full((len(TIMES_US), 13), 0.9)
    found[np.ix_(away, [INFANT13.index(name) for name in names])] = 0.1
    return found


LEG = ("left_knee", "left_ankle")


@pytest.mark.parametrize(("seconds", "told"), [(2.0, 0), (4.0, 4.0), (30.0, 30.0)])
def test_a_part_is_covered_once_it_is_away_for_three_seconds(seconds, told):
    away = np.arange(100, 100 + round(10 * seconds))
    track = track_of(TIMES_US, still(TIMES_US), scores=scores(away, LEG))
    assert value(track, "covered_time", "left_leg") == pytest.approx(told, abs=0.2)
    assert value(track, "covered_time", "right_leg") == 0


def test_one_joint_of_a_limb_that_is_still_seen_means_uncovered():
    track = track_of(TIMES_US, still(TIMES_US), scores=scores(np.arange(600), ("left_ankle",)))
    assert value(track, "covered_time", "left_leg") == 0


def test_an_infant_that_is_not_seen_at_all_is_not_called_covered():
    track = track_of(TIMES_US, still(TIMES_US), scores=0.1)
    assert value(track, "covered_time", "left_leg") is None


def test_what_is_hidden_while_handled_counts_as_handling():
    flags = np.zeros(len(TIMES_US), np.uint16)
    flags[:300] = FrameFlag.HANDLED
    track = track_of(TIMES_US, still(TIMES_US), scores=scores(np.arange(300), LEG), flags=flags)
    assert value(track, "covered_time", "left_leg") == 0
    assert value(track, "handled_time") == pytest.approx(30, abs=0.1)
