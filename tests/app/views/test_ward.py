from __future__ import annotations

from dataclasses import replace
from datetime import UTC

import pytest

from app.views.advisories import AdvisoryRow
from app.views.need import Need
from app.views.trends import Trends
from app.views.ward import CotOnPage, ordered, single_data, ward_data
from app.views.words import NOT_MONITORING, standing
from pipeline.live import CotStatus, MonitorStatus
from pipeline.types import FrameFlag
from tests.support.trends import made_trends

NOW_US = 1_795_176_000_000_000
MINUTE_US = 60_000_000
LIVE = CotStatus(
    cot_id=1, name="Cot 1", state="live", line="", grade="good", fps=14.96, expected_fps=15,
    pose_fps=15, dropped=0, bad_times=0, reconnects_per_h=0, stalls_per_h=0, lag_ms_p50=40,
    lag_ms_p95=90, frame_age_s=0.1, flags=FrameFlag.NONE,
)  # fmt: skip
COT = CotOnPage(1, "Cot 1", "/live/1.jpg?token=x")


def status(cot: CotStatus = LIVE, *, monitoring: bool = True) -> MonitorStatus:
    return MonitorStatus(monitoring=monitoring, beat_age_s=0.1, cots={1: cot})


def tile(minutes: Trends, shown: MonitorStatus):
    return ward_data([COT], shown, {1: minutes}, [], NOW_US, UTC)["cots"][0]


def series(value: float, reason: str = "") -> Trends:
    return made_trends(NOW_US - MINUTE_US, quantity=[value], reasons=[reason], coverage=0.5)


def test_a_tile_says_state_figure_and_stream():
    made = tile(series(0.317), status())
    assert (made["word"], made["shape"], made["level"]) == ("Infant seen", "circle", "good")
    assert made["grade"] == "good"
    assert made["figure"]["number"] == "0.32"
    assert made["foot"] == "good stream, 15.0 frames/s"


def test_a_minute_that_is_not_assessable_is_not_zero():
    made = tile(series(float("nan"), "being handled"), status())
    assert made["figure"]["number"] == "Not assessable"
    assert "being handled" in made["figure"]["unit"]
    assert made["figure"]["assessable"] is False


def test_a_minute_in_which_watching_began_is_not_called_unwatched_beside_a_live_picture():
    made = tile(series(float("nan"), "not monitored, no picture"), status())
    assert made["figure"]["unit"] == "watched in part only, coverage 50%"


def test_a_camera_that_has_come_back_is_not_said_to_give_no_picture():
    made = tile(series(float("nan"), "no picture, low confidence"), status())
    assert made["word"] == "Infant seen"
    assert made["figure"]["unit"] == "no picture, low confidence, coverage 50%"


def test_while_nothing_is_monitored_no_number_is_shown():
    made = tile(series(0.3), status(monitoring=False))
    assert made["figure"] is None
    assert made["foot"] == ""
    assert made["word"] == "Not monitoring"


def test_the_large_picture_is_drawn_as_chosen():
    assert single_data(COT, status(), "blurred", None, NOW_US)["mode"] == "blurred"


@pytest.mark.parametrize(
    ("changes", "word"),
    [
        ({"state": "stalled"}, "Stalled"),
        ({"state": "offline"}, "Camera offline"),
        ({"state": "refused"}, "Camera refused"),
        ({"state": "starting"}, "Starting"),
        ({"state": "something new"}, "something new"),
        ({"flags": FrameFlag.NO_INFANT}, "No infant seen"),
        ({"flags": FrameFlag.LENS_COVERED | FrameFlag.NO_INFANT}, "Lens covered"),
        ({"flags": FrameFlag.FROZEN}, "Picture frozen"),
        ({"flags": FrameFlag.CROP_FALLBACK}, "Infant seen"),
    ],
)
def test_the_gravest_thing_is_the_word(changes: dict[str, object], word: str):
    assert standing(replace(LIVE, **changes), True).word == word


def test_a_dead_monitor_goes_before_everything():
    assert standing(LIVE, False) == NOT_MONITORING


def test_every_standing_has_a_shape_of_its_own_beside_its_colour():
    shapes = {
        standing(replace(LIVE, **changes), True).shape
        for changes in ({}, {"flags": FrameFlag.FROZEN}, {"state": "stalled"}, {"state": "offline"})
    }
    assert len(shapes) == 4


def still(minutes: int, gross_s: float = 0.0) -> Trends:
    return made_trends(
        NOW_US - minutes * MINUTE_US,
        quantity=[0.05] * minutes,
        gross_s=[gross_s] * minutes,
        small_s=[3.0] * minutes,
    )


@pytest.mark.parametrize(
    ("minutes", "word", "shape"),
    [
        (still(1), "Still", "rest"),
        (still(30), "Still 30 min", "rest"),
        (still(1, gross_s=20), "Moving", "wave"),
        (still(1, gross_s=0), "Still", "rest"),
        (series(float("nan"), "low confidence, blurred"), "Low confidence", "hatch"),
        (series(float("nan")), "Too little seen", "hatch"),
    ],
)
def test_a_tile_says_in_a_word_what_the_infant_does(minutes: Trends, word: str, shape: str):
    made = tile(minutes, status())
    assert (made["word"], made["shape"]) == (word, shape)


def test_what_is_wrong_now_goes_before_what_the_last_minute_said():
    assert tile(still(9), status(replace(LIVE, flags=FrameFlag.LENS_COVERED)))["word"] == (
        "Lens covered"
    )
    assert tile(still(9), status(monitoring=False))["word"] == "Not monitoring"


def test_being_handled_is_not_a_call_for_somebody():
    made = tile(still(9), status(replace(LIVE, flags=FrameFlag.HANDLED)))
    assert (made["word"], made["level"]) == ("Being handled", "blind")


def test_an_old_minute_says_nothing_about_now():
    old = made_trends(NOW_US - 10 * MINUTE_US, quantity=[0.1], gross_s=[0.0], small_s=[0.0])
    assert tile(old, status())["word"] == "Infant seen"


def test_the_ward_is_counted_above_its_tiles():
    data = ward_data([COT], status(), {1: still(3, gross_s=30)}, [], NOW_US, UTC)
    assert [(one["count"], one["word"]) for one in data["summary"]] == [(1, "moving")]


def advisory(**changes: object) -> AdvisoryRow:
    row = AdvisoryRow(
        key="still/1", cot_id=1, cot_name="Cot 1", kind="still", title="Still for long",
        family="movement", priority="high", message="", onset_us=NOW_US, raised_us=NOW_US,
        announcements=1, is_gone=False, is_current=True,
    )  # fmt: skip
    return replace(row, **changes)


def test_a_tile_carries_its_advisory_and_its_need_and_its_place():
    shown = ward_data([COT], status(), {}, [advisory()], NOW_US, UTC)
    data = ordered(shown, {1: 4})["cots"][0]
    assert data["badge"]["text"] == "Still for long"
    assert (data["need"], data["rank"]) == (Need.HIGH, 4)
    assert shown["summary"][0] == {
        "level": "high", "shape": "triangle", "count": 1, "word": "high advisory",
    }  # fmt: skip


def test_several_advisories_are_told_in_the_plural():
    two = [advisory(), advisory(key="still/2", cot_id=2)]
    shown = ward_data([COT], status(), {}, two, NOW_US, UTC)
    assert (shown["summary"][0]["count"], shown["summary"][0]["word"]) == (2, "high advisories")


def test_an_advisory_that_was_seen_to_calls_nobody():
    seen = advisory(acknowledged_us=NOW_US)
    shown = ward_data([COT], status(), {}, [seen], NOW_US, UTC)
    assert shown["cots"][0]["need"] == Need.NONE
    assert shown["cots"][0]["badge"]["calm"] is True
    assert shown["summary"][0]["word"] == "seen"
