from __future__ import annotations

from app.views.now import now_figures
from app.views.own_days import OwnHour
from app.views.trends import Trends
from tests.support.trends import MINUTE_US, NAN, made_trends

NOW_US = 1_795_176_000_000_000


def figures(trends: Trends, own=()) -> dict[str, tuple[str, str]]:
    return {one.label: (one.value, one.note) for one in now_figures(trends, own, NOW_US)}


def test_the_newest_minute_is_told_with_its_coverage_and_posture():
    made = made_trends(
        NOW_US - 3 * MINUTE_US, [0.1, 0.2, 0.3], postures=["prone", "left", "left"],
        gross_s=[0, 0, 30], small_s=[0, 0, 0],
    )  # fmt: skip
    shown = figures(made, [OwnHour(0, 1, 0.1, 0.2, 0.4, 5)])
    assert shown["Movement"] == ("0.30", "trunk lengths/s, coverage 95%")
    assert shown["Activity"][0] == "Moving"
    assert shown["Posture"] == ("On the left side", "for 2 min")
    assert shown["Own usual at this hour"] == (
        "0.10 to 0.40",
        "trunk lengths/s, half of the minutes of 5 days",
    )


def held(postures: list[str | None]) -> str:
    made = made_trends(NOW_US - len(postures) * MINUTE_US, [0.1] * len(postures), postures=postures)
    return figures(made)["Posture"][1]


def test_a_posture_is_held_over_minutes_that_did_not_tell_and_says_how_much_was_seen():
    assert held(["prone", "supine", "supine", None, "supine"]) == "for 4 min (75% of it seen)"
    assert held(["prone", "supine", "supine", "supine"]) == "for 3 min"


def test_a_posture_seen_now_and_then_is_held_for_nobody_knows_how_long():
    assert held(["supine", None, None, "supine"]) == "how long is not assessable"


def test_old_minutes_say_nothing_of_now():
    made = made_trends(NOW_US - 30 * MINUTE_US, [0.1], postures=["supine"], gross_s=[30.0])
    assert {value for value, _ in figures(made).values()} == {"–"}
    assert {value for value, _ in figures(Trends.empty()).values()} == {"–"}


def test_what_cannot_be_assessed_says_why():
    made = made_trends(NOW_US - MINUTE_US, [NAN], reasons=["being handled"])
    assert figures(made)["Movement"] == ("Not assessable", "being handled")
    assert figures(made)["Posture"] == ("Not assessable", "being handled")
    assert figures(made)["Activity"] == ("Not assessable", "being handled")


def test_a_minute_in_which_monitoring_began_gives_the_infant_no_word():
    made = made_trends(NOW_US - MINUTE_US, [NAN], reasons=["not monitored, no picture"])
    assert figures(made)["Activity"][0] == "–"
    assert figures(made)["Movement"] == ("Not assessable", "not monitored, no picture")
