"""Retrainings, comparisons and curves as markup: said in words, escaped, honest about gaps."""

from __future__ import annotations

from datetime import UTC
from typing import Any
from urllib.parse import quote

from app.views.comparison import comparison_html, reach_of
from app.views.curves import curves_html, read_curves
from app.views.training_jobs import share_done, stage_now, time_left_words, training_job_html
from db.job_schema import TrainingJob
from tests.support.comparing import NOTHING, comparison, difference

STAGES = [
    {"name": "labels", "share": 1.0, "line": "10 pictures <i>"},
    {"name": "training", "share": 0.5, "line": ""},
    {"name": "comparison", "share": 0.0, "line": ""},
]


def job(**changes: Any) -> TrainingJob:
    values: dict[str, Any] = {
        "id": 3,
        "by": "<b>Ada</b>",
        "created_us": 0,
        "started_us": 1_000_000,
        "ended_us": None,
        "state": "running",
        "line": "",
        "out": "/x",
        "cancel_asked": False,
        "request": {"model_words": "infant_unet 0.3.0"},
        "progress": {"stages": STAGES, "left_s": 600.0},
    }
    return TrainingJob(**(values | changes))


def test_a_running_retraining_says_its_step_its_share_and_the_time_left():
    html = training_job_html(job(), 2_000_000, UTC)
    assert "Retraining 3: from infant_unet 0.3.0" in html
    assert "about 10 min left" in html
    assert 'aria-valuenow="50"' in html
    assert "&lt;b&gt;Ada&lt;/b&gt;" in html
    assert "10 pictures &lt;i&gt;" in html
    assert (stage_now(job()), share_done(job())) == ("training", 0.5)


def test_one_that_ended_says_how_and_promises_no_time():
    ended = job(state="interrupted", line="it was ended.", ended_us=31_000_000)
    assert time_left_words(ended) == ""
    html = training_job_html(ended, 99_000_000, UTC)
    assert "Interrupted" in html
    assert "took 30 s" in html
    assert "It was ended." in html


def test_one_that_has_not_begun_has_nothing_to_show():
    waiting = job(state="waiting", progress=None, started_us=None)
    assert (share_done(waiting), stage_now(waiting)) == (0.0, "waiting")
    assert "left" not in training_job_html(waiting, 0, UTC)


def test_better_worse_and_no_difference_are_told_by_sign_and_word():
    html = comparison_html(comparison(prone=(0.2, 0.6, "worse"), supine=(0.6, 0.5, "better")))
    assert "&lt;b&gt;new&lt;/b&gt; 2" in html
    worse = html[html.index("Posture prone") :].partition("</tr>")[0]
    assert "-40.0, worse" in worse
    assert "▼" in worse
    better = html[html.index("Posture supine") :].partition("</tr>")[0]
    assert "●" in better
    assert "1 better, 1 worse" in html


def test_what_cannot_be_assessed_is_hatched_and_said_never_drawn_as_zero():
    html = comparison_html(comparison())
    nose = html[html.index(">Nose") :].partition("</tr>")[0]
    assert "not assessable" in nose
    assert 'class="line blind"' in nose
    assert "○" not in nose
    alone = comparison().model_copy(update={"images": None})
    assert "Not assessable. No labelled infant" in comparison_html(alone)


def test_every_interval_fits_into_its_drawing():
    wide = difference(0.9, 0.2, "better")
    assert wide.high is not None
    assert reach_of([wide, NOTHING]) >= wide.high
    assert reach_of([NOTHING]) == 0.05


LOG = """step,epoch,elapsed_s,loss,pictures_per_s,pck_0.1,pck_0.2
19,0,30.0,4.0,20,,
40,1,60.0,,,0.25,0.5
59,1,90.0,2.0,20,,
80,2,120.0,,,0.5,0.75
half a li"""


def test_curves_are_read_from_the_log_of_the_run():
    curves = read_curves(LOG)
    assert curves.loss == ((0.5, 4.0), (1.5, 2.0))
    assert curves.near == ((1.0, 0.25), (2.0, 0.5))
    html = curves_html(curves)
    assert "kept is the best of the latter, 50%" in html
    assert quote("M200.0 90.0 L400.0 60.0") in html  # 0.25 and 0.5 of a height of 120


def test_a_run_too_short_to_draw_says_so():
    html = curves_html(read_curves("step,elapsed_s,loss\n1,3,2\n"))
    assert html.count("Too short a run to draw.") == 2
    assert "<img" not in html
