"""Fault 23: a review killed with -9 goes on, without a duplicate, to the same result."""

from __future__ import annotations

import time
from pathlib import Path

import av
import numpy as np
import pytest

from db.errors import DatabaseError
from db.lifecycle import open_read_only
from db.store import Store
from tests.support.reviewing import (
    infant_clip,
    n_frames_stored,
    review,
    review_process,
    stored,
)

PART_US = 2_000_000
N_FRAMES = 120


def kill_after(process, folder: Path, n_frames: int) -> None:
    """Kill -9 once so many frames are stored."""
    until_s = time.monotonic() + 100
    while time.monotonic() < until_s:
        assert process.poll() is None, "it ended before it could be killed"
        try:
            if n_frames_stored(folder) >= n_frames:
                break
        except DatabaseError:
            pass  # not there yet
        time.sleep(0.05)
    process.kill()
    process.wait()


@pytest.mark.slow
@pytest.mark.timeout(240)
def test_a_killed_review_resumes_without_loss_or_duplicate_to_the_same_result(tmp_path: Path):
    clip = infant_clip(tmp_path / "clip.mp4", N_FRAMES)
    whole, killed = tmp_path / "whole", tmp_path / "killed"
    for folder in (whole, killed):
        folder.mkdir()
    (wanted,) = review([clip], whole, part_us=PART_US)

    process = review_process([clip], killed, PART_US)
    kill_after(process, killed, 1)
    assert 0 < n_frames_stored(killed) < N_FRAMES
    (outcome,) = review([clip], killed, part_us=PART_US, resume=True)

    assert (outcome.verdict, outcome.line) == ("done", "")
    engine = open_read_only(killed / "review.db")
    assert len(Store(engine).recordings()) == 1
    engine.dispose()
    there = stored(whole, wanted.summary["recording"]).block
    here = stored(killed, outcome.summary["recording"]).block
    np.testing.assert_array_equal(there.times_us, here.times_us)
    np.testing.assert_array_equal(there.keypoints_tkc, here.keypoints_tkc)
    np.testing.assert_array_equal(there.scores_tk, here.scores_tk)
    assert outcome.summary | {"recording": 0} == wanted.summary | {"recording": 0}
    assert n_overlay_frames(killed, outcome) == N_FRAMES


def n_overlay_frames(folder: Path, outcome) -> int:
    path = folder / "out" / "videos" / outcome.folder / "overlay.mp4"
    with av.open(str(path)) as container:
        return sum(1 for _ in container.decode(video=0))
