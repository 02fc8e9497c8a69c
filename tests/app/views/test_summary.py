"""What minutes come to: never more than was seen."""

from __future__ import annotations

from app.views.summary import summarise, summary_figures
from app.views.trends import Trends, joined
from tests.support.trends import MINUTE_US, NAN, made_trends

START_US = 1_795_176_000_000_000


def figures(trends: Trends, minutes: int) -> dict[str, tuple[str, str]]:
    summary = summarise(trends, (START_US, START_US + minutes * MINUTE_US))
    return {one.label: (one.value, one.note) for one in summary_figures(summary)}


def test_the_longest_time_in_one_position_says_how_much_of_it_was_seen():
    postures = ["prone", "prone", "left", "left", None, "left"]
    shown = figures(made_trends(START_US, [0.1] * 6, postures=postures), 6)
    wanted = "longest in one position: 4 min (75% of it seen) on the left side"
    assert shown["Posture"] == ("Left 60%", wanted)


def test_a_night_in_which_nobody_recorded_is_no_time_in_one_position():
    before = made_trends(START_US, [0.1] * 3, postures=["supine"] * 3)
    later = made_trends(START_US + 600 * MINUTE_US, [0.1] * 3, postures=["supine"] * 3)
    assert figures(joined([before, later]), 603)["Posture"] == (
        "Supine 100%",
        "time in one position not assessable",
    )


def test_what_cannot_be_assessed_is_neither_zero_nor_blank():
    shown = figures(made_trends(START_US, [NAN] * 3, reasons=["being handled"] * 3), 3)
    for label in ("Movement", "Still", "Moving", "Movements", "Left against right", "Posture"):
        assert shown[label][0] == "Not assessable", label
