import numpy as np
import pytest

from pipeline.movement.posture import Held, time_in_position
from pipeline.skeleton import INFANT13
from tests.support.motion import BODY_KC, TRUNK_PX, frame_times, still, track_of, value, with_noise

TIMES_US = frame_times(20, 10)
# How far each point lies before the trunk's plane when the infant lies on its back, in trunks.
FRONT_K = np.array([0.3, 0.05, 0.05, 0.15, 0.15, 0.3, 0.3, 0.05, 0.05, 0.4, 0.4, 0.2, 0.2])
POSTURES = {"supine": 0, "left": 90, "prone": 180, "right": -90}


def rolled(degrees, turn_deg=30.0):
    """Roll the made-up body about its long axis and look at it from above."""
    flat = (BODY_KC - BODY_KC.mean(0)) / TRUNK_PX
    cos, sin = np.cos(np.radians(degrees)), np.sin(np.radians(degrees))
    seen = np.stack([cos * flat[:, 0] + sin * FRONT_K, flat[:, 1]], axis=1)
    c, s = np.cos(np.radians(turn_deg)), np.sin(np.radians(turn_deg))
    return seen @ np.array([[c, s], [-s, c]]) * TRUNK_PX + 300


def track(body_kc, scores=0.9):
    return track_of(TIMES_US, with_noise(still(TIMES_US, body_kc), 0.005), scores=scores)


@pytest.mark.parametrize("lean_deg", [-25, 0, 25])
@pytest.mark.parametrize("posture", POSTURES)
def test_each_posture_is_told_whichever_way_the_infant_lies(posture, lean_deg):
    for turn_deg in (0, 100, 250):
        here = track(rolled(POSTURES[posture] + lean_deg, turn_deg))
        assert value(here, "posture") == posture
        assert value(here, f"{posture}_time") == pytest.approx(20, abs=0.2)


def hidden(*parts):
    return np.array([0.1 if name.endswith(parts) else 0.9 for name in INFANT13.keypoints])


@pytest.mark.parametrize("posture", ["supine", "prone"])
def test_under_a_blanket_to_the_waist_back_and_front_are_still_told(posture):
    here = track_of(
        TIMES_US,
        still(TIMES_US, rolled(POSTURES[posture])),
        scores=hidden("hip", "knee", "ankle"),
        trunk_length_px=TRUNK_PX,
    )
    assert value(here, "posture") == posture


def test_an_infant_on_its_side_under_a_blanket_is_not_guessed():
    here = track_of(
        TIMES_US,
        still(TIMES_US, rolled(90)),
        scores=hidden("hip", "knee", "ankle"),
        trunk_length_px=TRUNK_PX,
    )
    assert value(here, "posture") is None


def test_an_infant_that_was_turned_within_the_window_has_no_single_posture():
    points = still(TIMES_US, rolled(0))
    points[len(points) // 2 :] = rolled(180)
    cut = [int(TIMES_US[len(points) // 2])]
    here = track_of(TIMES_US, points, breaks_us=cut)
    assert value(here, "posture") is None
    assert value(here, "supine_time") == pytest.approx(10, abs=0.3)
    assert value(here, "prone_time") == pytest.approx(10, abs=0.3)


@pytest.mark.parametrize(("away", "side"), [(0.35, "left"), (-0.35, "right"), (0.05, "midline")])
@pytest.mark.parametrize("view", [1.0, -1.0])
def test_the_head_side_is_the_infant_s_own_from_the_front_and_from_behind(away, side, view):
    body = BODY_KC.copy()
    body[0, 0] += away * TRUNK_PX
    assert value(track(body * np.array([view, 1.0])), "head_side") == side


def test_on_its_side_an_infant_has_no_head_side():
    assert value(track(rolled(90)), "head_side") is None


MINUTE_US = 60_000_000
MINUTES = np.arange(6) * MINUTE_US


@pytest.mark.parametrize(
    ("postures", "found"),
    [
        (["supine"] * 6, [("supine", 0, 6, 1.0)]),
        (
            ["prone", "prone", "supine", None, "supine", None],
            [("prone", 0, 2, 1.0), ("supine", 2, 5, 2 / 3)],
        ),
        ([None, None, "left", "left", "left", None], [("left", 2, 5, 1.0)]),
        ([None] * 6, []),
    ],
)
def test_time_in_position_lasts_until_another_was_seen_and_says_how_much_was_told(postures, found):
    held = time_in_position(MINUTES, postures)
    assert held == [
        Held(word, first * MINUTE_US, stop * MINUTE_US, pytest.approx(seen))
        for word, first, stop, seen in found
    ]


def test_a_position_seen_now_and_then_has_no_time():
    postures = ["supine", None, None, "supine", "prone", None]
    assert [one.is_assessable for one in time_in_position(MINUTES, postures)] == [False, True]


def test_a_gap_in_the_recording_counts_as_not_seen():
    (held,) = time_in_position(np.array([0, 9 * MINUTE_US]), ["supine", "supine"])
    assert (held.to_us, held.seen) == (10 * MINUTE_US, 0.2)
