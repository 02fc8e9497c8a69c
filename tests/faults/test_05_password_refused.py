from __future__ import annotations

import time
from pathlib import Path

import pytest

from pipeline.capture import Capture, still
from pipeline.errors import Auth
from pipeline.redact import redact
from pipeline.settings import CameraSettings
from tests.support.cameras import RtspCamera, wait_until
from tests.support.clips import write_clip
from tests.support.http_camera import HttpCamera

PASSWORD = "s3cr:t@ho.me/%41"
SPELLINGS = (PASSWORD, "s3cr%3At%40ho.me%2F%2541", "s3cr")


@pytest.fixture
def settings(monkeypatch):
    monkeypatch.setenv("COT_1_PASSWORD", PASSWORD)

    def make(url):
        return CameraSettings(
            name="cot 1", url=url, username="nurse", password_env="COT_1_PASSWORD"
        )

    return make


def watch_it_refused(capture, slot_path):
    wait_until(lambda: capture.health().error == "Auth", 5, capture.check)
    health = capture.health()
    assert (health.state, health.grade) == ("refused", "none")
    command = Path(f"/proc/{health.pid}/cmdline").read_bytes()
    seen = repr(health).encode() + slot_path.read_bytes()[:8192] + command
    assert not [spelling for spelling in SPELLINGS if spelling.encode() in seen]


@pytest.mark.slow
def test_a_refused_password_is_auth_retried_slowly_and_told_to_nobody(tmp_path, settings):
    with HttpCamera("mjpeg", user="nurse", password="another") as camera:
        capture = Capture(settings(camera.url), tmp_path / "1.slot")
        capture.start()
        try:
            watch_it_refused(capture, tmp_path / "1.slot")
            asked, until = camera.connections, time.monotonic() + 2.5
            while time.monotonic() < until:
                capture.check()
                time.sleep(0.1)
            assert camera.connections == asked
        finally:
            capture.stop()


@pytest.mark.slow
@pytest.mark.rtsp
@pytest.mark.parametrize("password", ["another", PASSWORD])
def test_over_rtsp_a_wrong_password_is_auth_and_the_right_one_opens(tmp_path, settings, password):
    clip = write_clip(tmp_path / "clip.mp4", n_frames=300, fps=30)
    with RtspCamera(clip, "--user", "nurse", "--password", password) as camera:
        capture = Capture(settings(camera.url), tmp_path / "1.slot")
        capture.start()
        try:
            if password != PASSWORD:
                watch_it_refused(capture, tmp_path / "1.slot")
            else:
                wait_until(lambda: capture.health().state == "live", 8, capture.check)
        finally:
            capture.stop()


def test_the_test_button_says_so_too_without_the_password(settings):
    with (
        HttpCamera("mjpeg", user="nurse", password="another") as camera,
        pytest.raises(Auth) as caught,
    ):
        still(settings(camera.url))
    assert "check the user name" in str(caught.value)
    assert not [spelling for spelling in SPELLINGS if spelling in str(caught.value)]


def test_a_variable_that_is_not_set_is_named(tmp_path):
    camera = CameraSettings(name="cot 1", url="http://127.0.0.1:9/", password_env="NOT_SET_HERE")
    with pytest.raises(Auth, match="NOT_SET_HERE is not set"):
        still(camera)
    assert redact("rtsp://a:b@c/1") == "rtsp://***@c/1"
