"""What the player is given: bytes that read back, bins that lose no peak, notes without markup."""

from __future__ import annotations

from datetime import UTC

import numpy as np
import pytest

from app.views.player import (
    Writer,
    drawing_data,
    film_data,
    part_bytes,
    survey_data,
    times_bytes,
)
from db.codec import KeypointBlock
from db.schema import Event, Recording, Segment
from db.series import KeypointSeries, Run
from pipeline.review.survey import Moment, Survey
from pipeline.types import FrameFlag
from tests.support.hour import SIZE_WH, STARTED_US, minute_of

URLS = {"times": "t", "points": "p/{}", "survey": "s", "overlay": "o"}


def series_of(block: KeypointBlock) -> KeypointSeries:
    return KeypointSeries(block, (Run(1, 1, 1, 0, len(block), *SIZE_WH),))


def test_times_read_back_to_the_microsecond():
    times_us = np.array([0, 40_001, 80_000, 4_000_000_000], np.int64)
    steps = np.frombuffer(times_bytes(times_us), "<u4")
    np.testing.assert_array_equal(np.cumsum(steps.astype(np.int64)), times_us)


def test_a_part_reads_back_to_a_fiftieth_of_a_pixel_and_knows_what_is_absent():
    block = minute_of(0)
    content = part_bytes(series_of(block))
    n, k = block.scores_tk.shape
    assert len(content) == n * (5 * k + 2)
    points = np.frombuffer(content, "<u2", 2 * n * k).reshape(n, k, 2)
    flags = np.frombuffer(content, "<u2", n, 4 * n * k)
    scores = np.frombuffer(content, np.uint8, offset=4 * n * k + 2 * n).reshape(n, k)
    absent = np.isnan(block.keypoints_tkc)
    np.testing.assert_array_equal(points == 65535, absent)
    back = points / 65534 * SIZE_WH - 0.5
    np.testing.assert_allclose(back[~absent], block.keypoints_tkc[~absent], atol=0.02)
    np.testing.assert_array_equal(flags, block.flags_t)
    np.testing.assert_allclose(scores / 255, block.scores_tk, atol=0.002)


def test_frames_are_put_in_the_order_of_time():
    block = minute_of(0, 10)
    turned = KeypointBlock(
        block.times_us[::-1].copy(),
        block.flags_t[::-1].copy(),
        block.keypoints_tkc[::-1].copy(),
        block.scores_tk[::-1].copy(),
    )
    assert part_bytes(series_of(turned)) == part_bytes(series_of(block))


def test_the_strips_lose_no_peak_and_say_why_nothing_can_be_assessed():
    times_us = np.arange(10_000, dtype=np.int64) * 40_000
    motion_t = np.full(10_000, 0.1, np.float32)
    motion_t[5_003] = 9.0
    flags_t = np.zeros(10_000, np.uint16)
    motion_t[2_000:2_500], flags_t[2_000:2_500] = np.nan, FrameFlag.HANDLED.value
    sure_t = np.full(10_000, 0.5, np.float32)
    moments = {"uncertain": (), "jump": (Moment(40_000, 80_000, (5,)),), "hidden": ()}
    found = survey_data(Survey(0, times_us, motion_t, sure_t, flags_t, moments), 300)
    assert len(found["motion"]["high"]) <= 300
    assert max(value for value in found["motion"]["high"] if value is not None) == 9.0
    ((first, last, reason),) = found["blocked"]
    assert reason == "being handled"
    assert first * found["bin_ms"] == pytest.approx(80_000, abs=found["bin_ms"])
    assert last * found["bin_ms"] == pytest.approx(100_000, abs=2 * found["bin_ms"])
    assert found["moments"]["jump"] == [[40, 80, [5]]]


def test_a_film_without_its_original_falls_back_to_the_overlay_and_notes_say_who_and_when():
    recording = Recording(id=7, source="file", name="x", started_us=STARTED_US)
    segment = Segment(width=640, height=360)
    note = Event(
        id=3, kind="note", message="<b>kicks</b>", time_us=STARTED_US + 2_000_000,
        end_us=STARTED_US + 3_500_000, detail={"by": "Ada", "written_us": STARTED_US},
    )  # fmt: skip
    data = film_data(recording, [segment], 10, URLS, [note], Writer("Ada", True, UTC))
    assert data["videos"] == [{"url": "o", "drawn": True}]
    (told,) = data["notes"]
    assert (told["from_ms"], told["to_ms"], told["by"], told["mine"]) == (2000, 3500, "Ada", True)
    assert film_data(recording, [], 0, URLS, [note], Writer("Ben", True, UTC))["notes"][0][
        "mine"
    ] is False  # fmt: skip


def test_it_draws_as_the_pictures_are_drawn():
    data = drawing_data()
    assert len(data["joints"]) == len(data["keypoints"]) == 13
    assert data["joints"][1] != data["joints"][2]
    assert all(colour.startswith("#") for _, _, colour in data["limbs"])
