from __future__ import annotations

import time

import pytest

from pipeline.capture import Capture
from pipeline.settings import CameraSettings
from tests.support.cameras import RtspCamera, wait_until
from tests.support.clips import write_clip
from tests.support.http_camera import HttpCamera

pytestmark = pytest.mark.slow


def watch_it_stall(capture):
    """Return after "stalled" was shown, within 5 s of the newest picture."""
    wait_until(lambda: capture.health().state == "stalled", 10, capture.check)
    assert capture.health().frame_age_s < 5
    assert capture.health().grade == "none"
    assert capture.health().stalls_per_h == 1


@pytest.mark.rtsp
def test_a_silent_rtsp_camera_is_reported_stalled_within_5_s_and_reconnected(tmp_path):
    clip = write_clip(tmp_path / "clip.mp4", n_frames=900, fps=30)
    with RtspCamera(clip) as camera:
        capture = Capture(CameraSettings(name="cot 1", url=camera.url), tmp_path / "1.slot")
        capture.start()
        try:
            wait_until(lambda: capture.health().state == "live", 10, capture.check)
            camera.silence()
            watch_it_stall(capture)
            wait_until(lambda: capture.health().state == "offline", 6, capture.check)
            assert capture.health().error == "ReadTimeout"
            camera.go()
            last = capture.newest()
            frame = wait_until(lambda: capture.newest(last.sequence), 10, capture.check)
            assert frame.segment == last.segment + 1
            assert capture.health().reconnects_per_h == 1
            assert capture.health().restarts == 0
        finally:
            capture.stop()


def test_a_silent_http_camera_is_reported_stalled_within_5_s_and_asked_again(tmp_path):
    with HttpCamera("mjpeg", n_frames=30, then="silence") as camera:
        capture = Capture(CameraSettings(name="cot 1", url=camera.url), tmp_path / "1.slot")
        capture.start()
        try:
            wait_until(lambda: capture.health().state == "live", 10, capture.check)
            watch_it_stall(capture)
            start_s = time.monotonic()
            wait_until(lambda: camera.connections > 1, 10, capture.check)
            assert time.monotonic() - start_s < 8
        finally:
            capture.stop()
