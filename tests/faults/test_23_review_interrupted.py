"""Fault 23, asked to stop: Ctrl-C and SIGTERM end ``cotside review`` in order; it goes on."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import psutil
import pytest

from db.errors import DatabaseError
from db.folders import OVERLAY_FILE, RUN_FILE, SUMMARY_FILE
from tests.support.reviewing import infant_clip, looped_clip, n_frames_stored, stored
from tests.support.running import ROOT

pytestmark = [pytest.mark.slow, pytest.mark.timeout(900)]
# At 2 frames a second: five parts of about a minute, at the cost of few frames.
N_FRAMES, LOOPS, SLOWER = 30, 18, 8
ALL_FRAMES = N_FRAMES * LOOPS


@pytest.fixture(scope="module")
def clip(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("clip")
    short = infant_clip(folder / "short.mp4", N_FRAMES)
    return looped_clip(short, folder / "clip.mp4", LOOPS, slower=SLOWER)


def begin(clip: Path, folder: Path, *more: str) -> subprocess.Popen:
    """Start the command itself, its results in ``folder/out``."""
    command = [sys.executable, "-m", "app.cli", "review", str(clip), "--workers", "1", *more]
    command += ["--out", str(folder / "out"), "--db", str(folder / "review.db")]
    return subprocess.Popen(
        command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )


@pytest.fixture(scope="module")
def whole(clip: Path, tmp_path_factory) -> Path:
    """Review without being disturbed."""
    folder = tmp_path_factory.mktemp("whole")
    process = begin(clip, folder)
    said, _ = process.communicate()
    assert process.returncode == 0, said
    return folder


def wait_until_stored(process: subprocess.Popen, folder: Path) -> None:
    """Return when the first part is in the database and others are not."""
    until_s = time.monotonic() + 600
    while time.monotonic() < until_s:
        assert process.poll() is None, process.stdout.read()
        try:
            if n_frames_stored(folder):
                return
        except DatabaseError:
            pass  # not there yet
        time.sleep(0.05)
    raise AssertionError("nothing was stored")


def summary_of(folder: Path) -> dict:
    (path,) = (folder / "out").glob(f"videos/*/{SUMMARY_FILE}")
    return json.loads(path.read_text())


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_it_ends_in_order_and_goes_on_to_the_same_result(
    clip: Path, whole: Path, tmp_path: Path, number: signal.Signals
):
    process = begin(clip, tmp_path)
    wait_until_stored(process, tmp_path)
    workers = psutil.Process(process.pid).children(recursive=True)
    assert workers
    process.send_signal(number)
    said, _ = process.communicate(timeout=200)

    assert process.returncode == 1
    assert said.splitlines()[-1].startswith("Stopped. What is done is kept")
    assert "Traceback" not in said
    assert not psutil.wait_procs(workers, timeout=5)[1]
    assert 0 < n_frames_stored(tmp_path) < ALL_FRAMES
    assert not list(tmp_path.rglob("*.part"))
    assert not list(tmp_path.rglob(OVERLAY_FILE))
    assert json.loads((tmp_path / "out" / RUN_FILE).read_text())["state"] == "running"

    again = begin(clip, tmp_path, "--resume")
    said, _ = again.communicate()
    assert again.returncode == 0, said
    assert summary_of(tmp_path) == summary_of(whole)
    wanted, found = stored(whole, 1).block, stored(tmp_path, 1).block
    assert len(found) == ALL_FRAMES
    np.testing.assert_array_equal(found.times_us, wanted.times_us)
    np.testing.assert_array_equal(found.keypoints_tkc, wanted.keypoints_tkc)
