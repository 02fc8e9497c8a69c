from __future__ import annotations

import base64
from datetime import UTC

import numpy as np
import pytest

from app.views import moments
from app.views.moments import moments_of
from app.views.recordings import VideoPiece, scrub_data
from db.codec import KeypointBlock
from db.series import KeypointSeries, Run
from pipeline.types import FrameFlag
from tests.support.recorded import SIZE_WH, wave

START_US = 1_795_176_000_000_000


def series(seconds: float = 20.0, **changes: np.ndarray) -> KeypointSeries:
    times_us, keypoints_tkc = wave(START_US, seconds)
    n = len(times_us)
    values = {
        "times_us": times_us,
        "flags_t": np.zeros(n, np.uint16),
        "keypoints_tkc": keypoints_tkc,
        "scores_tk": np.full((n, 13), 0.9, np.float32),
        **changes,
    }
    return KeypointSeries(KeypointBlock(**values), (Run(1, 1, 1, 0, n, *SIZE_WH),))


def numbers(text: str, kind: str) -> np.ndarray:
    return np.frombuffer(base64.b64decode(text), kind)


def test_points_arrive_where_they_were_within_a_hundredth_of_a_pixel():
    stored = series()
    data = scrub_data(stored, [], UTC)
    fractions = numbers(data["points"], "<u2").reshape(-1, 13, 2) / 65534
    pixels = fractions * SIZE_WH - 0.5
    assert np.abs(pixels - stored.block.keypoints_tkc).max() < 0.01
    assert numbers(data["times_ms"], "<i4")[15] == 1000
    assert data["start_ms"] == START_US / 1000


def test_an_absent_point_stays_absent_and_says_why():
    stored = series()
    stored.block.keypoints_tkc[5] = np.nan
    stored.block.flags_t[5] = FrameFlag.NO_INFANT
    data = scrub_data(stored, [], UTC)
    points = numbers(data["points"], "<u2").reshape(-1, 13, 2)
    assert (points[5] == 65535).all()
    assert not (points[4] == 65535).any()
    reason = numbers(data["reasons"], "u1")[5]
    assert data["reason_words"][reason] == "no infant seen"
    assert data["blocked"][reason] is True
    assert data["reason_words"][0] == ""


def test_a_frame_that_only_looks_at_the_whole_cot_is_not_told():
    stored = series()
    stored.block.flags_t[:] = FrameFlag.CROP_FALLBACK
    data = scrub_data(stored, [], UTC)
    assert {data["reason_words"][code] for code in numbers(data["reasons"], "u1")} == {""}


def test_another_span_gets_another_mark_so_that_the_browser_takes_it():
    assert scrub_data(series(), [], UTC)["mark"] == scrub_data(series(), [], UTC)["mark"]
    assert scrub_data(series(), [], UTC)["mark"] != scrub_data(series(10), [], UTC)["mark"]


def test_kept_video_comes_with_its_span():
    video = VideoPiece("/video/1.mp4?token=x", START_US, START_US + 60_000_000)
    made = scrub_data(series(), [video], UTC)["videos"]
    assert made == [
        {"url": "/video/1.mp4?token=x", "from_ms": START_US / 1000, "to_ms": START_US / 1000 + 6e4}
    ]


def test_an_empty_span_is_empty():
    empty = KeypointSeries(KeypointBlock.empty(13), ())
    assert scrub_data(empty, [], UTC)["aspects"] == []
    assert len(moments_of(empty, START_US).values_t) == 0


def test_short_windows_give_the_speed_of_a_known_swing(monkeypatch: pytest.MonkeyPatch):
    # Nothing is taken off for what a network makes up: these keypoints are drawn.
    monkeypatch.setattr(moments, "of_bundled_model", lambda: None)
    # x = a·sin(2πft) has the mean speed 4·a·f; the trunk of the drawn infant is 0.24 of the height.
    made = moments_of(series(), START_US + 20_000_000)
    expected = 4 * 12.0 * 1.0 / (0.24 * SIZE_WH[1])
    assert len(made.values_t) == 4
    np.testing.assert_allclose(made.values_t[1:3], expected, rtol=0.05)
    assert (made.coverage_t[1:3] > 0.95).all()


def test_a_window_that_has_not_ended_is_not_shown():
    assert len(moments_of(series(), START_US + 19_000_000).values_t) == 3


def test_a_handled_window_is_not_assessable_and_says_so():
    stored = series()
    stored.block.flags_t[75:150] = FrameFlag.HANDLED
    made = moments_of(stored, START_US + 20_000_000)
    assert np.isnan(made.values_t[1])
    assert made.reasons[1] == "being handled"
    assert np.isfinite(made.values_t[2])
