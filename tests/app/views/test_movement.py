from __future__ import annotations

from datetime import UTC

import numpy as np
import pytest

from app.views.movement import (
    EMPTY_SERIES,
    MovementSeries,
    blocked_spans,
    full_scale,
    last_minute,
    strip,
)

MINUTE_US = 60_000_000
NOON_US = 1_795_176_000_000_000  # 2026-11-20 12:00 UTC
NAN = float("nan")


def minutes(*values: float, start_us: int = NOON_US, reason: str = "being handled"):
    starts_us = start_us + np.arange(len(values), dtype=np.int64) * MINUTE_US
    reasons = [reason if np.isnan(value) else "" for value in values]
    return MovementSeries(
        MINUTE_US, starts_us, np.array(values), np.full(len(values), 0.9), reasons
    )


def test_neighbouring_minutes_of_one_reason_become_one_span():
    spans = blocked_spans(minutes(0.1, NAN, NAN, 0.2, NAN))
    assert [(span.from_us, span.to_us) for span in spans] == [
        (NOON_US + MINUTE_US, NOON_US + 3 * MINUTE_US),
        (NOON_US + 4 * MINUTE_US, NOON_US + 5 * MINUTE_US),
    ]
    assert {span.reason for span in spans} == {"being handled"}


def test_what_cannot_be_assessed_without_a_reason_still_says_why():
    assert blocked_spans(minutes(NAN, reason=""))[0].reason == "too little seen"


def test_a_strip_tells_value_not_assessable_and_nothing_apart():
    made = strip(minutes(0.5, NAN), NOON_US + 3 * MINUTE_US, 4, 1.0, UTC)
    assert [bar["kind"] for bar in made["bars"]] == ["nothing", "value", "blocked", "nothing"]
    assert made["bars"][1]["height"] == 0.5
    assert made["bars"][2]["title"] == "12:01 not assessable: being handled"
    assert (made["from"], made["to"]) == ("11:59", "12:03")


def test_a_bar_never_leaves_its_strip():
    made = strip(minutes(9.0), NOON_US + MINUTE_US, 1, 1.0, UTC)
    assert made["bars"][0]["height"] == 1.0


def test_strips_side_by_side_share_one_scale_that_ignores_nan():
    assert full_scale([minutes(0.1, NAN), minutes(2.0, 2.0)]) == pytest.approx(2.0)
    assert full_scale([EMPTY_SERIES]) == full_scale([]) == 0.5


def test_the_last_minute_is_not_one_of_long_ago():
    series = minutes(0.3)
    assert last_minute(series, NOON_US + 2 * MINUTE_US) is not None
    assert last_minute(series, NOON_US + 5 * MINUTE_US) is None
    assert last_minute(EMPTY_SERIES, NOON_US) is None


def test_a_minute_that_has_not_ended_is_not_the_last():
    assert last_minute(minutes(0.3, 0.9), NOON_US + 90_000_000)[0] == 0.3
