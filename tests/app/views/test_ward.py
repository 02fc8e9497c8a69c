from __future__ import annotations

from dataclasses import replace
from datetime import UTC

import numpy as np
import pytest

from app.views.movement import MovementSeries
from app.views.ward import CotOnPage, single_data, ward_data
from app.views.words import NOT_MONITORING, standing
from pipeline.live import CotStatus, MonitorStatus
from pipeline.types import FrameFlag

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


def series(value: float, reason: str = "") -> MovementSeries:
    starts_us = np.array([NOW_US - MINUTE_US], np.int64)
    return MovementSeries(MINUTE_US, starts_us, np.array([value]), np.array([0.5]), [reason])


def tile(movement: MovementSeries, shown: MonitorStatus):
    return ward_data([COT], shown, {1: movement}, NOW_US, UTC)["cots"][0]


def test_a_tile_says_state_figure_and_stream():
    made = tile(series(0.317), status())
    assert (made["word"], made["shape"], made["level"]) == ("Infant seen", "circle", "good")
    assert made["figure"]["number"] == "0.32"
    assert made["foot"] == "good stream, 15.0 frames/s"


def test_a_minute_that_is_not_assessable_is_not_zero():
    made = tile(series(float("nan"), "being handled"), status())
    assert made["figure"]["number"] == "Not assessable"
    assert "being handled" in made["figure"]["unit"]
    assert made["figure"]["assessable"] is False


def test_while_nothing_is_monitored_no_number_is_shown():
    made = tile(series(0.3), status(monitoring=False))
    assert made["figure"] is None
    assert made["foot"] == ""
    assert made["word"] == "Not monitoring"


def test_the_large_picture_is_drawn_as_chosen():
    assert single_data(COT, status(), "blurred")["mode"] == "blurred"


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
