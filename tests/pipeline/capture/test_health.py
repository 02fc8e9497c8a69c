from __future__ import annotations

import pytest

from pipeline.capture.health import HourCount, RateMeter, grade_of, stall_after_s


@pytest.mark.parametrize(
    ("state", "fps", "expected", "reconnects", "stalls", "grade"),
    [
        ("live", 25, 25, 0, 0, "good"),
        ("live", 23, 25, 2, 0, "good"),
        ("live", 20, 25, 0, 0, "fair"),
        ("live", 25, 25, 5, 0, "fair"),
        ("live", 25, 25, 0, 40, "poor"),
        ("live", 10, 25, 0, 0, "poor"),
        ("live", 10, None, 0, 0, "good"),
        ("stalled", 25, 25, 0, 0, "none"),
        ("offline", 0, 25, 0, 0, "none"),
    ],
)
def test_the_grade_follows_frames_and_interruptions(
    state, fps, expected, reconnects, stalls, grade
):
    assert grade_of(state, fps, expected, reconnects, stalls) == grade


@pytest.mark.parametrize(("fps", "limit_s"), [(None, 2.0), (30, 2.0), (2, 2.5), (0.1, 4.0)])
def test_a_stall_is_told_before_5_s_whatever_the_rate(fps, limit_s):
    assert stall_after_s(fps) == limit_s


def test_the_rate_is_that_of_the_last_seconds():
    meter = RateMeter()
    assert meter.fps == 0
    for tick in range(100):
        meter.note(tick * 0.1, tick * 3)
    assert meter.fps == pytest.approx(30)
    for tick in range(100, 170):
        meter.note(tick * 0.1, 300)
    assert meter.fps == 0


def test_the_count_of_an_hour_forgets_what_is_older():
    hour = HourCount()
    hour.add(0.0, 3)
    hour.add(1800.0)
    assert hour.count(3599.0) == 4
    assert hour.count(3601.0) == 1
    assert hour.count(9000.0) == 0
