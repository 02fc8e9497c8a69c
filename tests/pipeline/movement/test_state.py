import numpy as np
import pytest

from tests.support.motion import frame_times, shifted, still, track_of, value, with_noise

TIMES_US = frame_times(60, 25)
SECONDS = TIMES_US / 1e6
LIMB_POINTS = [
    f"{side}_{j}" for side in ("left", "right") for j in ("elbow", "wrist", "knee", "ankle")
]


def test_seconds_still_small_and_gross_are_those_of_the_law():
    """20 s still, 20 s one arm, 20 s all limbs at 0.9 trunk/s."""
    points = with_noise(still(TIMES_US), 0.001)
    swing = 0.3 * np.sin(2 * np.pi * 0.75 * SECONDS)
    one, all_ = (SECONDS >= 20) & (SECONDS < 40), SECONDS >= 40
    for name in LIMB_POINTS:
        on = one | all_ if name.startswith(("left_elbow", "left_wrist")) else all_
        points = shifted(points, name, np.where(on, swing, 0))
    track = track_of(TIMES_US, points)
    for state in ("still", "small", "gross"):
        assert value(track, f"{state}_time") == pytest.approx(20, abs=1.0), state


def test_the_states_share_out_the_time_that_was_seen():
    points = with_noise(still(TIMES_US), 0.001)
    points[:200] = np.nan
    track = track_of(TIMES_US, points)
    total = sum(value(track, f"{state}_time") for state in ("still", "small", "gross"))
    assert total == pytest.approx(60 - 8, abs=0.1)
