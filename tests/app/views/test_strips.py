from __future__ import annotations

from datetime import UTC
from zoneinfo import ZoneInfo

import numpy as np
import pytest

from app.views.marks import Mark
from app.views.movement import EMPTY_SERIES
from app.views.own_days import OwnHour
from app.views.strips import series_chart, trends_chart
from app.views.trends import Trends
from tests.support.trends import MINUTE_US, NAN, made_trends

NOON_US = 1_795_176_000_000_000  # 2026-11-20 12:00 UTC
DAY_MIN = 1440


def strips(data) -> dict[str, dict]:
    return {strip["title"]: strip for strip in data["strips"]}


def hour(trends: Trends, zone=UTC, **named):
    return trends_chart(trends, (NOON_US, NOON_US + 60 * MINUTE_US), zone, **named)


def test_all_strips_share_the_bins_of_one_axis():
    data = hour(made_trends(NOON_US, [0.2] * 60, left_arm=[0.1] * 60, symmetry=[0.2] * 60))
    assert list(strips(data)) == [
        "Movement", "Left arm", "Right arm", "Left leg", "Right leg", "Left / right", "State",
        "Posture", "Coverage",
    ]  # fmt: skip
    lengths = {len(strip["mean"]) for strip in data["strips"] if strip["kind"] != "lanes"}
    assert lengths == {60} == {len(data["texts"])}
    assert (data["first_ms"], data["bin_ms"]) == (NOON_US / 1000, 60_000)


def test_what_cannot_be_assessed_is_no_value_and_carries_its_reason():
    trends = made_trends(
        NOON_US, [0.2, NAN, NAN, 0.3], reasons=["", "being handled", "being handled", ""]
    )
    data = hour(trends)
    movement = strips(data)["Movement"]
    assert movement["mean"][:4] == [0.2, None, None, 0.3]
    assert movement["blocked"] == [[(NOON_US + MINUTE_US) / 1000, (NOON_US + 3 * MINUTE_US) / 1000]]
    assert [span["reason"] for span in data["spans"]] == ["being handled"]
    assert data["texts"][1] == "12:01  not assessable: being handled, coverage 95%"
    assert data["texts"][0].startswith("12:00  0.20 trunk lengths/s, coverage 95%")


def test_what_was_not_recorded_is_neither_hatched_nor_zero():
    data = hour(made_trends(NOON_US, [0.2, 0.3]))
    assert strips(data)["Movement"]["mean"][2] is None
    assert strips(data)["Movement"]["blocked"] == []
    assert strips(data)["Coverage"]["mean"][2] is None
    assert data["texts"][2] == "12:02  nothing recorded"


def test_a_covered_leg_is_hatched_in_its_own_strip_only():
    data = hour(made_trends(NOON_US, [0.2, 0.3], left_leg=[0.1, NAN], right_leg=[0.1, 0.1]))
    assert len(strips(data)["Left leg"]["blocked"]) == 1
    assert strips(data)["Right leg"]["blocked"] == []
    assert strips(data)["Movement"]["blocked"] == []


def test_a_limb_without_a_value_says_why_where_the_body_has_one():
    data = hour(
        made_trends(
            NOON_US, [0.2, 0.3, 0.3, NAN], left_leg=[0.1, NAN, NAN, NAN],
            covered=[(), ("left_leg",), (), ()], reasons=["", "", "", "being handled"],
        )
    )  # fmt: skip
    assert strips(data)["Left leg"]["why"][:5] == ["", "covered", "too little seen", "", ""]


def test_states_are_shares_of_the_assessable_seconds():
    data = hour(made_trends(NOON_US, [0.2], still_s=[24.0], small_s=[12.0], gross_s=[12.0]))
    state = strips(data)["State"]
    assert (state["low"][0], state["mean"][0]) == (0.25, 0.5)


def test_postures_are_runs_of_one_word():
    postures = ["supine", "supine", None, "prone", "prone"]
    posture = strips(hour(made_trends(NOON_US, [0.1] * 5, postures=postures)))["Posture"]
    assert [(run["word"], (run["to_ms"] - run["from_ms"]) / 60_000) for run in posture["runs"]] == [
        ("supine", 2), ("prone", 2),
    ]  # fmt: skip
    assert posture["words"][:5] == ["supine", "supine", "", "prone", "prone"]
    assert len(posture["blocked"]) == 1


@pytest.mark.parametrize("days", [1, 7])
def test_a_peak_of_one_minute_is_seen_in_a_day_and_in_a_week(days: int):
    values = np.full(days * DAY_MIN, 0.1)
    values[777] = 3.0
    span_us = (NOON_US, NOON_US + days * DAY_MIN * MINUTE_US)
    data = trends_chart(made_trends(NOON_US, values.tolist()), span_us, UTC)
    high = [value for value in strips(data)["Movement"]["high"] if value is not None]
    assert max(high) == 3.0
    assert len(high) <= 480
    assert any("(0.10 to 3.00)" in text for text in data["texts"])


def test_the_day_of_25_hours_has_every_bin_once_and_tells_its_repeated_hour_apart():
    london = ZoneInfo("Europe/London")
    start_us = 1_792_882_800_000_000  # 2026-10-24 23:00 UTC: midnight in London
    span_us = (start_us, start_us + 25 * 60 * MINUTE_US)
    data = trends_chart(made_trends(start_us, [0.1] * 25 * 60), span_us, london)
    assert all(value == 0.1 for value in strips(data)["Movement"]["mean"])
    assert len({text for text in data["texts"]}) == len(data["texts"])
    assert any("01:00 BST" in text for text in data["texts"])
    assert any("01:00 GMT" in text for text in data["texts"])


def test_own_days_and_marks_are_drawn_where_they_were():
    own = [OwnHour(NOON_US, NOON_US + 60 * MINUTE_US, 0.1, 0.2, 0.9, 5)]
    marks = [Mark(NOON_US + MINUTE_US, None, "note", "fed <b>")]
    data = hour(made_trends(NOON_US, [0.2]), own=own, marks=marks)
    movement = strips(data)["Movement"]
    assert movement["band"] == [[NOON_US / 1000, NOON_US / 1000 + 3.6e6, 0.1, 0.2, 0.9]]
    assert movement["top"] > 0.9
    assert data["marks"][0] == {
        "at_ms": NOON_US / 1000 + 60_000, "to_ms": None, "sign": "note", "text": "fed <b>",
    }  # fmt: skip


def test_nothing_at_all_is_drawn_as_nothing():
    data = hour(Trends.empty())
    assert set(data["texts"]) == {f"12:{minute:02d}  nothing recorded" for minute in range(60)}
    assert strips(data)["Posture"]["runs"] == []
    assert series_chart(EMPTY_SERIES, (NOON_US, NOON_US + 60 * MINUTE_US), UTC)["spans"] == []
