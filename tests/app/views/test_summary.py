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
    wanted = "of 5 min told; longest 4 min (75% of it seen) on the left side"
    assert shown["Posture"] == ("Left 60%", wanted)


def test_a_night_in_which_nobody_recorded_is_no_time_in_one_position():
    before = made_trends(START_US, [0.1] * 3, postures=["supine"] * 3)
    later = made_trends(START_US + 600 * MINUTE_US, [0.1] * 3, postures=["supine"] * 3)
    assert figures(joined([before, later]), 603)["Posture"] == (
        "Supine 100%",
        "of 6 min told; longest time in one position not assessable",
    )


FIGURES = ("Movement", "Still", "Moving", "Movements", "Left against right", "Posture", "Handled")


def test_what_cannot_be_assessed_is_neither_zero_nor_blank_and_says_why():
    handled = made_trends(START_US, [NAN] * 3, reasons=["being handled"] * 3)
    for minutes, why in ((handled, "mostly being handled"), (Trends.empty(), "nothing was")):
        shown = figures(minutes, 3)
        for label in FIGURES:
            value, note = shown[label]
            assert value == "Not assessable", label
            assert note.startswith(why), label


def test_each_figure_says_on_how_much_it_rests():
    known = {"gross_s": [30.0] * 4, "small_s": [0.0] * 4, "still_s": [30.0] * 4}
    known |= {"bouts": [2.0] * 4, "symmetry": [0.2, NAN, NAN, 0.2], "handled_s": [0.0] * 4}
    shown = figures(made_trends(START_US, [0.2] * 4, postures=["left"] * 4, **known), 5)
    assert shown["Assessable"] == ("80%", "4 min of 5 min; 4 min recorded")
    assert shown["Movements"] == ("120 /h", "in 4 min assessed")
    assert shown["Left against right"][1].startswith("median of 2 min that")
    assert shown["Posture"][1].startswith("of 4 min told")
    assert shown["Handled"][0] == "0 s"
