"""A worker's memory is that of a part, however long the video is."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.reviewing import infant_clip, looped_clip, review
from tests.support.watching_memory import watched_memory

PART_US = 2_000_000
MOST_MB, NOISE_MB = 1000, 40


def peak_of(clip: Path, folder: Path, n_frames: int):
    folder.mkdir()
    with watched_memory() as peak:
        (outcome,) = review([clip], folder, part_us=PART_US)
    assert outcome.summary["frames"] == n_frames
    return peak


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_a_video_ten_times_as_long_takes_no_more_memory(tmp_path: Path):
    short = infant_clip(tmp_path / "short.mp4", 60)
    long = looped_clip(short, tmp_path / "long.mp4", 10)
    of_short = peak_of(short, tmp_path / "a", 60)
    of_long = peak_of(long, tmp_path / "b", 600)
    assert 50 < of_short.worker_mb < MOST_MB
    assert of_long.worker_mb < of_short.worker_mb + NOISE_MB
    assert of_long.lead_mb < of_short.lead_mb + NOISE_MB
