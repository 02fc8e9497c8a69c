from __future__ import annotations

from pipeline.capture import Capture
from pipeline.settings import CameraSettings
from tests.support.cameras import wait_until
from tests.support.http_camera import HttpCamera


def test_another_resolution_starts_a_new_segment(tmp_path):
    with HttpCamera("resize", n_frames=20, fps=20) as camera:
        capture = Capture(CameraSettings(name="cot 1", url=camera.url), tmp_path / "1.slot")
        capture.start()
        try:
            small = wait_until(capture.newest, 10)
            large = wait_until(
                lambda: (f := capture.newest()) and f.size_wh == (480, 360) and f, 10
            )
            assert (small.size_wh, small.segment) == ((320, 240), 0)
            assert large.segment == 1
            assert capture.health().reconnects_per_h == 0
            assert (capture.health().width, capture.health().height) == (480, 360)
        finally:
            capture.stop()
