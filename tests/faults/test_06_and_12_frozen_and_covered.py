from __future__ import annotations

import time

import numpy as np
import pytest

from pipeline.capture import Capture
from pipeline.quality import QualityWatch
from pipeline.settings import CameraSettings
from pipeline.types import FrameFlag
from tests.support.cameras import wait_until
from tests.support.http_camera import HttpCamera, jpeg


def flags_of(url, slot_path, seconds):
    """Watch a camera as the monitor does; return (flags of the last frame, health)."""
    capture, last, flags = Capture(CameraSettings(name="cot 1", url=url), slot_path), -1, None
    capture.start()
    try:
        wait_until(capture.newest, 10)
        watch, until = QualityWatch(), time.monotonic() + seconds
        while time.monotonic() < until:
            frame = wait_until(lambda after=last: capture.newest(after), 5, capture.check)
            last = frame.sequence
            flags = watch.check(frame.image_hwc, frame.stream_us)
        return flags, capture.health()
    finally:
        capture.stop()


def noisy(seed):
    smooth = np.random.default_rng(seed).integers(60, 200, (30, 40, 3), np.uint8)
    return jpeg(np.kron(smooth, np.ones((8, 8, 1), np.uint8)))


@pytest.mark.slow
def test_a_picture_that_stands_still_is_flagged_while_frames_keep_coming(tmp_path):
    with HttpCamera("mjpeg", fps=10, pictures=[noisy(1)]) as camera:
        flags, health = flags_of(camera.url, tmp_path / "1.slot", 6)
    assert FrameFlag.FROZEN in flags
    assert flags.blocks_movement
    assert health.state == "live"


def test_a_picture_that_changes_is_not(tmp_path):
    pictures = [noisy(1), noisy(2), noisy(3)]
    with HttpCamera("mjpeg", fps=10, pictures=pictures) as camera:
        flags, _ = flags_of(camera.url, tmp_path / "1.slot", 1)
    assert FrameFlag.FROZEN not in flags


def test_12_a_covered_lens_is_flagged_and_gives_no_pose(tmp_path):
    black = jpeg(np.full((240, 320, 3), 8, np.uint8))
    with HttpCamera("mjpeg", fps=10, pictures=[black]) as camera:
        flags, _ = flags_of(camera.url, tmp_path / "1.slot", 1)
    assert flags & (FrameFlag.LENS_COVERED | FrameFlag.TOO_DARK)
    assert flags.blocks_pose
