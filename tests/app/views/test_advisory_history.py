from __future__ import annotations

from zoneinfo import ZoneInfo

from app.views.advisory_history import (
    PastRow,
    comparison_line,
    history_table,
    last_days,
    load_table,
)

NOW_US = 1_795_176_000_000_000  # 2026-11-20 12:00 UTC
MINUTE = 60_000_000
HOUR = 60 * MINUTE
BERLIN = ZoneInfo("Europe/Berlin")


def test_a_comparison_says_more_fewer_or_as_many():
    assert "14 (2.0 a day), 4 more than the one in use" in comparison_line(9, 10, 14, 7)
    assert "3 fewer than" in comparison_line(9, 10, 7, 7)
    assert "as many as the one in use, which gives 10" in comparison_line(9, 10, 10, 7)


def test_the_load_is_counted_by_the_days_of_the_zone():
    midnight_us = NOW_US - 13 * HOUR  # 23:00 UTC on the 19th is midnight in Berlin
    days = last_days(NOW_US, BERLIN, 2)
    made = load_table({"Cot 1": [midnight_us - 1, midnight_us, NOW_US], "Cot 2": []}, days, BERLIN)
    assert [of[0] for of in made.values()] == ["Cot 1", "1", "2", "1.5"]
    assert [of[1] for of in made.values()] == ["Cot 2", "0", "0", "0.0"]


def test_history_says_how_long_and_who_saw_to_it():
    row = PastRow(
        cot_id=1, cot_name="Cot 1", kind="prone", title="Prone", priority="low", message="",
        onset_us=NOW_US - HOUR, raised_us=NOW_US - HOUR, ended_us=None, announcements=1,
        acknowledged_us=NOW_US - HOUR + 3 * MINUTE, acknowledged_by="nurse",
        acknowledged_for="Care or handling", note="bath",
    )  # fmt: skip
    made = history_table([row], NOW_US, BERLIN)
    assert made["Lasted"] == ["60 min, still open"]
    assert made["Seen to"] == ["nurse after 3 min: Care or handling (bath)"]
