"""Promises that hold for every measure."""

import dataclasses
import json

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pipeline.movement import MOVEMENT_VERSION, figure, figures, find_measure, measure_names
from pipeline.movement.bootstrap import AnyOf, AtLeast, Intervals
from pipeline.types import FrameFlag
from tests.support.motion import (
    TURNS,
    frame_times,
    restless_infant,
    still,
    track_of,
    turned,
    with_noise,
)

SECONDS = 62
# The clock's own minutes and tens of seconds are needed by some.
TIMES_US = frame_times(SECONDS, 15)
WINDOW_US = (0, SECONDS * 1_000_000)
# One number a bout, a rest or a minute: a minute may have fewer than the five that are needed.
OF_SPELLS = [
    ("bout_length", "body"),
    ("longest_rest", "body"),
    ("log_dimensionless_jerk", "left_leg"),
    ("spectral_arc_length", "left_leg"),
    ("minute_pose_variance", "body"),
]


def lively(times_us=TIMES_US, seed=0):
    """All limbs turn at odd rates, with jitter."""
    seconds = times_us / 1e6
    points = still(times_us)
    for number, (joint, moved) in enumerate(TURNS):
        # Movement comes and goes, so that there are bouts and rests.
        awake = np.clip(2 * np.sin(2 * np.pi * seconds / 20 + number / 3), 0, 1)
        angle = 0.5 * awake * np.sin(2 * np.pi * (0.5 + 0.13 * number) * seconds + number)
        points = turned(points, joint, moved, angle)
    return with_noise(points, 0.001, seed)


@pytest.fixture(scope="module")
def lively_figures():
    return list(figures(track_of(TIMES_US, lively()), WINDOW_US))


def quickly(track):
    return figures(track, WINDOW_US, with_interval=False)


def numbers(value):
    return np.atleast_1d(value) if not isinstance(value, str) else np.zeros(0)


def test_every_measure_has_a_unit_a_source_and_a_value_for_a_lively_infant(lively_figures):
    assert {one.measure for one in lively_figures} == set(measure_names())
    for one in lively_figures:
        assert one.value is not None, (one.measure, one.part, one.reason)
        assert np.isfinite(numbers(one.value)).all()
        assert one.reason is None
        assert one.coverage > 0.95
        assert one.window_us == WINDOW_US
        assert one.version == MOVEMENT_VERSION
        assert "Butterworth" in one.filter
        assert one.unit or isinstance(one.value, str)


def test_every_figure_of_a_lively_infant_has_an_interval_that_holds_it(lively_figures):
    for one in lively_figures:
        ends = one.interval
        if ends is None and one.measure in dict(OF_SPELLS):
            continue
        assert ends is not None, (one.measure, one.part)
        if isinstance(ends, AnyOf):
            assert one.value in ends.words
            continue
        if isinstance(ends, AtLeast):
            lows, highs = ends.low, np.inf
        elif isinstance(ends, Intervals):
            lows, highs = ends.lows, ends.highs
        else:
            lows, highs = ends
        # Of a sparse bin or a count, a draw may just miss the value itself.
        values, room = numbers(one.value), 0.05 * np.abs(numbers(one.value))
        assert (np.asarray(lows) - room <= values).all(), one
        assert (values <= np.asarray(highs) + room).all(), one


def test_intervals_go_into_json_with_the_figures(lively_figures):
    """Also those of several numbers, of words, and those without a high end."""
    told = [one for one in lively_figures if one.interval is not None]
    kinds = {type(one.interval): dataclasses.asdict(one)["interval"] for one in told}
    found = {kind: json.loads(json.dumps(ends)) for kind, ends in kinds.items()}
    assert set(found) == {tuple, AtLeast, Intervals, AnyOf}
    assert len(found[tuple]) == 2
    assert set(found[AtLeast]) == {"low"}
    assert set(found[Intervals]) == {"lows", "highs"}
    assert set(found[AnyOf]) == {"words"}


@pytest.mark.parametrize(("name", "part"), OF_SPELLS)
def test_figures_of_bouts_rests_and_minutes_have_one_where_there_are_enough_of_them(name, part):
    found = figure(restless_infant(0, 6), (0, 360_000_000), name, part)
    if isinstance(found.interval, AtLeast):
        assert 0 < found.interval.low <= found.value
    else:
        low, high = found.interval
        assert low < found.value < high


def test_a_window_of_a_few_seconds_gives_figures_without_an_interval():
    """Fewer than five blocks of three seconds say nothing of how sure a figure is."""
    found = list(figures(track_of(TIMES_US, lively()), (2_000_000, 9_000_000)))
    assert sum(one.value is not None for one in found) > 50
    assert all(one.interval is None for one in found)


def test_recomputing_gives_the_same_figures_to_the_last_digit(lively_figures):
    names = ["quantity_of_motion", "angle_mean", "position_speed_iqr", "spectral_arc_length"]
    again = list(figures(track_of(TIMES_US, lively()), WINDOW_US, names))
    assert again == [one for name in names for one in lively_figures if one.measure == name]


def test_no_figure_changes_when_the_picture_is_moved_turned_or_scaled(lively_figures):
    cos, sin = np.cos(2.0), np.sin(2.0)
    moved = 1.7 * lively() @ np.array([[cos, sin], [-sin, cos]]) + np.array([200, 900])
    again = {(f.measure, f.part): f for f in quickly(track_of(TIMES_US, moved))}
    for one in lively_figures:
        other = again[one.measure, one.part].value
        if isinstance(one.value, str):
            assert other == one.value
        else:
            # Turning the picture turns the jitter's axes too, which moves counts at the limits.
            loose = 0.1 if "entropy" in one.measure or "bout" in one.measure else 0.02
            np.testing.assert_allclose(
                numbers(other), numbers(one.value), rtol=loose, atol=0.01, err_msg=one.measure
            )


@pytest.mark.parametrize("reason", ["flagged", "unseen", "absent"])
def test_where_too_little_is_seen_no_measure_gives_a_number(reason):
    points, times_us = lively(), TIMES_US
    scores, flags = np.full(points.shape[:2], 0.9), np.zeros(len(points), np.uint16)
    half = len(points) // 2
    if reason == "flagged":
        flags[:half] = FrameFlag.HANDLED
    elif reason == "unseen":
        scores[:half] = 0.1
    else:
        points, times_us, scores, flags = (a[half:] for a in (points, times_us, scores, flags))
    wanted = {
        "flagged": "being handled",
        "unseen": "too few keypoints seen",
        "absent": "no picture",
    }
    for one in figures(track_of(times_us, points, scores=scores, flags=flags), WINDOW_US):
        if find_measure(one.measure).limit == 0:
            continue
        assert one.value is None, one.measure
        assert one.interval is None
        assert one.reason == wanted[reason]
        assert one.coverage < 0.6


def test_a_still_infant_has_no_movement_and_says_why_some_figures_are_undefined():
    track = track_of(TIMES_US, with_noise(still(TIMES_US), 0.001))
    found = {(f.measure, f.part): f for f in quickly(track)}
    assert found["quantity_of_motion", "body"].value < 0.01
    assert found["bouts", "body"].value == 0
    assert found["still_time", "body"].value == pytest.approx(SECONDS, abs=0.2)
    assert found["longest_rest", "body"].value == pytest.approx(SECONDS, abs=0.2)
    for name in ("symmetry", "centroid_of_motion_sd", "bout_length"):
        assert found[name, "body"].value is None
        assert found[name, "body"].reason == "too little movement"
        assert found[name, "body"].coverage > 0.95


def test_nothing_at_all_gives_no_figure_and_no_error():
    nothing = track_of(np.zeros(0, np.int64), np.zeros((0, 13, 2)))
    for one in figures(nothing, WINDOW_US):
        assert one.value is None or find_measure(one.measure).limit == 0
        assert one.coverage == 0


QUICK = [
    "quantity_of_motion",
    "angle_sd",
    "position_iqr",
    "symmetry",
    "bouts",
    "longest_rest",
    "centroid_of_motion_speed",
    "posture",
    "path_area",
    "hojd2d_8",
    "spectral_arc_length",
]


@given(data=st.data())
@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_any_holes_flags_breaks_and_times_give_finite_figures_or_none(data):
    seed = data.draw(st.integers(0, 2**32 - 1))
    rng = np.random.default_rng(seed)
    n = data.draw(st.integers(1, 400))
    times_us = np.cumsum(rng.integers(1, data.draw(st.sampled_from([50_000, 150_000, 900_000])), n))
    points = lively(times_us, seed) if n > 1 else still(times_us)
    points[rng.random(points.shape[:2]) < data.draw(st.sampled_from([0, 0.1, 0.6]))] = np.nan
    flags = rng.choice([0, 0, 0, 64, 256], n).astype(np.uint16)
    breaks = [int(times_us[n // 2])]
    track = track_of(times_us, points, scores=rng.random((n, 13)), flags=flags, breaks_us=breaks)
    window_us = (int(times_us[0]), int(times_us[-1]) + 1)
    for one in figures(track, window_us, QUICK):
        assert 0 <= one.coverage <= 1
        assert (one.value is None) == (one.reason is not None)
        if one.value is not None:
            assert np.isfinite(numbers(one.value)).all()


@given(steps=st.lists(st.integers(20_000, 60_000), min_size=400, max_size=500))
@settings(max_examples=8, deadline=None)
def test_uneven_frame_times_do_not_change_how_much_an_infant_moves(steps):
    times_us = np.cumsum(steps)
    window_us = (int(times_us[0]), int(times_us[-1]))
    angle = 0.4 * np.sin(2 * np.pi * 0.7 * times_us / 1e6)
    points = turned(still(times_us), "left_shoulder", ("left_elbow", "left_wrist"), angle)
    even_us = frame_times((window_us[1] - window_us[0]) / 1e6, 25, window_us[0])
    angle = 0.4 * np.sin(2 * np.pi * 0.7 * even_us / 1e6)
    even = turned(still(even_us), "left_shoulder", ("left_elbow", "left_wrist"), angle)
    for name, part in (
        ("quantity_of_motion", "left_arm"),
        ("angle_sd", "left_shoulder"),
        ("angular_speed_median", "left_shoulder"),
    ):
        a = figure(track_of(times_us, points), window_us, name, part).value
        b = figure(track_of(even_us, even), window_us, name, part).value
        assert a == pytest.approx(b, rel=0.05), name


def test_a_figure_over_half_the_track_is_that_of_the_half():
    track = track_of(TIMES_US, lively())
    half_us = (0, 30_000_000)
    part = track_of(TIMES_US[half_us[1] > TIMES_US], lively()[half_us[1] > TIMES_US])
    a = figure(track, half_us, "quantity_of_motion").value
    b = figure(part, half_us, "quantity_of_motion").value
    assert a == pytest.approx(b, rel=0.01)


def test_a_figure_says_of_itself_whether_it_is_assessable(lively_figures):
    one = lively_figures[0]
    assert one.assessable
    assert not dataclasses.replace(one, value=None).assessable
