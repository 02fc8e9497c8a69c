from __future__ import annotations

import os
import signal
import time
from pathlib import Path

import psutil
import pytest

from pipeline.capture import Capture
from pipeline.settings import CameraSettings
from tests.support.cameras import wait_until
from tests.support.clips import read_number, write_clip


@pytest.fixture
def capture(tmp_path):
    clip = write_clip(tmp_path / "clip.mp4", n_frames=60, fps=30)
    made = Capture(CameraSettings(name="cot 1", url=f"file:{clip}"), tmp_path / "1.slot")
    made.start()
    yield made
    made.stop()


def test_a_camera_goes_live_and_its_frames_arrive_fresh_and_in_order(capture):
    first = wait_until(capture.newest, 10)
    wait_until(lambda: capture.health().grade == "good", 10, capture.check)
    health = capture.health()
    assert (health.state, health.error, health.line) == ("live", "", "")
    assert health.fps == pytest.approx(30, abs=4)
    assert (round(health.expected_fps), health.width, health.codec) == (30, 320, "h264")
    frame = capture.newest(first.sequence)
    assert read_number(frame.image_hwc) == round(frame.stream_us * 30 / 1e6) % 60
    assert (time.monotonic_ns() - frame.arrival_ns) / 1e9 < 0.5
    assert abs(time.time() - frame.arrival_us / 1e6) < 2


def test_each_round_of_a_looped_file_is_a_segment_with_rising_times(tmp_path):
    clip = write_clip(tmp_path / "clip.mp4", n_frames=10, fps=50)
    capture = Capture(CameraSettings(name="cot 1", url=f"file:{clip}"), tmp_path / "1.slot")
    capture.start()
    try:
        frame = wait_until(capture.newest, 10)
        assert frame.segment == 0
        later = wait_until(lambda: (f := capture.newest()) is not None and f.segment >= 2 and f, 5)
        assert later.stream_us > frame.stream_us
    finally:
        capture.stop()


def test_stop_leaves_neither_process_nor_file(capture, tmp_path):
    wait_until(capture.newest, 10)
    pid = capture.health().pid
    capture.stop()
    assert not psutil.pid_exists(pid)
    assert not list(Path(tmp_path).glob("*.slot*"))
    assert capture.newest() is None
    assert capture.health().grade == "none"


def test_cameras_that_hang_are_ended_together_not_one_after_the_other(tmp_path):
    clip = write_clip(tmp_path / "clip.mp4", n_frames=60, fps=30)
    camera = CameraSettings(name="cot 1", url=f"file:{clip}")
    captures = [Capture(camera, tmp_path / f"{n}.slot") for n in range(4)]
    try:
        for one in captures:
            one.start()
            os.kill(one.health().pid, signal.SIGSTOP)
    finally:
        began_s = time.monotonic()
        for one in captures:
            one.begin_stop()
        for one in captures:
            one.stop()
    assert time.monotonic() - began_s < 2.5
    assert not list(tmp_path.glob("*.slot*"))


def test_a_process_that_is_killed_comes_back_with_a_new_segment(capture):
    wait_until(capture.newest, 10)
    os.kill(capture.health().pid, signal.SIGKILL)
    wait_until(lambda: capture.health().error == "Crashed", 3, capture.check)
    health = capture.health()
    assert (health.state, health.grade) == ("offline", "none")
    assert "SIGKILL" in health.line
    last = capture.newest()
    frame = wait_until(lambda: capture.newest(last.sequence), 10, capture.check)
    assert (frame.segment, frame.sequence) == (last.segment + 1, last.sequence + 1)
    assert capture.health().reconnects_per_h == 1
    assert capture.health().restarts == 1
