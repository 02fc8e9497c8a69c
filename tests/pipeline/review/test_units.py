"""The small parts of a review: what is found, how folders are named, what counts as a moment."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from pipeline.errors import ReviewError
from pipeline.review.finding import find_videos
from pipeline.review.folder import folder_name, shown_name
from pipeline.review.moments import LOW_CONFIDENCE, commonest_reason, jumps, worst_stretches
from pipeline.review.overlay import fitted, overlay_size
from pipeline.types import FrameFlag
from tests.support.clips import write_clip


def test_videos_of_a_folder_are_found_by_name_or_content_in_order_and_once(tmp_path: Path):
    (tmp_path / "b").mkdir()
    for name in ("b/2.mp4", "a.dat"):
        write_clip(tmp_path / "clip.mp4", n_frames=2).rename(tmp_path / name)
    (tmp_path / "empty.avi").write_bytes(b"")
    (tmp_path / "notes.txt").write_text("not a video")
    (tmp_path / ".hidden.mp4").write_bytes(b"")
    found = find_videos([tmp_path, tmp_path / "a.dat"])
    assert [path.name for path in found] == ["a.dat", "empty.avi", "2.mp4"]


def test_nothing_to_review_is_told(tmp_path: Path):
    with pytest.raises(ReviewError, match="no video"):
        find_videos([tmp_path])
    with pytest.raises(ReviewError, match="no such file"):
        find_videos([tmp_path / "gone.mp4"])


@pytest.mark.parametrize(
    "name", ["../../x.mp4", "a/b.mp4", "\x07\x1b[31m.mp4", "😀" * 60, "…", "a b"]
)
def test_folders_are_named_safely_and_differently(name: str):
    made = folder_name(Path("/videos") / name)
    assert made.isascii()
    assert all(c.isalnum() or c in "-_" for c in made)
    assert made != folder_name(Path("/other") / name)


def test_a_shown_name_holds_nothing_that_steers_a_terminal():
    assert "\x1b" not in shown_name("a\x1b[31mred.mp4")


def test_the_overlay_is_even_sized_and_no_larger_than_full_hd():
    assert overlay_size((321, 241)) == (320, 240)
    assert overlay_size((3840, 2160)) == (1920, 1080)
    width, height = overlay_size((1080, 1920))
    assert (width, height) == (612, 1088)


def test_a_picture_of_another_shape_is_fitted_into_the_corner():
    picture, scale = fitted(np.full((100, 50, 3), 255, np.uint8), (100, 100))
    assert scale == 1
    assert picture[:, :50].all()
    assert not picture[:, 50:].any()


def test_a_keypoint_that_leaps_is_a_jump_and_a_fast_limb_is_none():
    times_us = np.arange(10) * 40_000
    keypoints_tkc = np.zeros((10, 13, 2), np.float32)
    keypoints_tkc[5:, 3, 0] = 80  # 0.8 trunks within 40 ms: 20 trunks a second
    keypoints_tkc[:, 4, 0] = 40 * np.arange(10)  # 10 trunks a second
    scores_tk = np.full((10, 13), 0.9, np.float32)
    leapt_t = jumps(times_us, keypoints_tkc, scores_tk, 100.0).any(axis=1)
    assert np.flatnonzero(leapt_t).tolist() == [5]
    scores_tk[5, 3] = 0.1
    assert not jumps(times_us, keypoints_tkc, scores_tk, 100.0).any()


def test_worst_stretches_are_the_longest_with_their_reason():
    share_b = np.array([1, 0, 0, 1, 0, 1, 1, 1, 0.2, 1, np.nan])
    reasons = ["", "no infant seen", "no infant seen", "", "blurred", *[""] * 6]
    found = worst_stretches(share_b, reasons, 2.0, 21.0, most=2)
    assert [(s.from_s, s.to_s, s.reason) for s in found] == [
        (2.0, 10.0, "no infant seen"),
        (16.0, 21.0, LOW_CONFIDENCE),
    ]


def test_the_commonest_reason_counts_only_what_cannot_be_assessed():
    flags_t = np.array([FrameFlag.NO_INFANT, FrameFlag.NO_INFANT, 0, FrameFlag.CROP_FALLBACK])
    known_t = np.array([False, False, False, True])
    assert commonest_reason(flags_t.astype(np.uint16), known_t) == "no infant seen"
    assert commonest_reason(np.zeros(3, np.uint16), np.zeros(3, bool)) == LOW_CONFIDENCE
