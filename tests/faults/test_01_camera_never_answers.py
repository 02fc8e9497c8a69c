from __future__ import annotations

import time

import pytest

from pipeline.capture import Capture
from pipeline.settings import CameraSettings
from tests.support.cameras import wait_until
from tests.support.http_camera import HttpCamera


@pytest.mark.slow
@pytest.mark.parametrize("scheme", ["rtsp", "http"])
def test_a_camera_that_accepts_and_never_answers_is_open_timeout_within_5_s(tmp_path, scheme):
    with HttpCamera("silent") as camera:
        url = f"{scheme}://127.0.0.1:{camera.port}/live"
        capture = Capture(CameraSettings(name="cot 1", url=url), tmp_path / "1.slot")
        capture.start()
        try:
            wait_until(lambda: camera.connections, 10)
            start_s = time.monotonic()
            wait_until(lambda: capture.health().error == "OpenTimeout", 5, capture.check)
            assert time.monotonic() - start_s < 5
            health = capture.health()
        finally:
            capture.stop()
    assert (health.state, health.grade, health.published) == ("offline", "none", 0)
    assert health.line == "no answer within 4 s"
