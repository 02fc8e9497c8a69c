"""The page of all measures: what could be watched stands first, and no wall of the same words."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from app.views.movement_report import interval_words, report_html
from pipeline.movement import figure, figures
from pipeline.movement.bootstrap import AnyOf, AtLeast, Intervals
from pipeline.movement.sources import Measured
from pipeline.types import FrameFlag
from tests.support.motion import frame_times, still, track_of

TIMES_US = frame_times(10, 15)
WINDOW_US = (0, 10_000_000)


def page(*, moved_s: float) -> str:
    flags_t = np.where(moved_s * 1e6 > TIMES_US, FrameFlag.CAMERA_MOVED.value, 0).astype(np.uint16)
    track = track_of(TIMES_US, still(TIMES_US), flags=flags_t)
    measured = Measured("a clip", track, WINDOW_US, "a model 1")
    return report_html(measured, list(figures(track, WINDOW_US, with_interval=False)))


def test_parts_none_of_which_is_assessable_share_a_row_with_the_reason_and_their_coverage():
    shown = page(moved_s=7)
    assert "Could not be watched: camera moved 7.0 s." in shown
    assert "all 8 parts" in shown
    assert shown.count("not assessable: camera moved") < 80


def test_what_was_seen_throughout_has_a_row_a_part():
    shown = page(moved_s=0)
    assert "All frames could be watched." in shown
    assert shown.count("left elbow") > 3


@pytest.mark.parametrize(
    ("interval", "words"),
    [
        ((0.1234, 2.0), "0.123 to 2"),
        (AtLeast(1.5), "at least 1.5"),
        (Intervals((0.0, 0.25, 0.0), (0.1, 0.5, 0.0)), "0 to 0.1; 0.25 to 0.5; 0"),
        (AnyOf(("supine", "unclear")), "supine or unclear"),
        (None, "too few to say"),
    ],
)
def test_every_kind_of_interval_has_words(interval, words):
    track = track_of(TIMES_US, still(TIMES_US))
    one = figure(track, WINDOW_US, "quantity_of_motion")
    assert interval_words(dataclasses.replace(one, interval=interval)) == words


def test_what_is_not_assessable_has_no_interval_to_speak_of():
    track = track_of(TIMES_US, still(TIMES_US), scores=0.1)
    assert interval_words(figure(track, WINDOW_US, "quantity_of_motion")) == ""
