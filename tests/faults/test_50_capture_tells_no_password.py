from __future__ import annotations

from pathlib import Path

import pytest

from pipeline.capture import Capture, still
from pipeline.errors import SourceError
from pipeline.settings import CameraSettings
from tests.support.cameras import wait_until

ROOT = Path(__file__).parents[2]
PASSWORDS = ["a:b@c.d%e", "ü b/a?#&'\"\\"]


@pytest.mark.parametrize("password", PASSWORDS)
def test_a_fault_of_our_own_shows_no_password(tmp_path, monkeypatch, password):
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    monkeypatch.setenv("CAMERA_PASSWORD", password)
    camera = CameraSettings(
        name="cot 1", url="breaks:x", username="user", password_env="CAMERA_PASSWORD"
    )
    capture = Capture(camera, tmp_path / "1.slot", modules=("tests.support.bad_sources",))
    capture.start()
    try:
        wait_until(lambda: capture.health().error, 10, capture.check)
        health = capture.health()
        header = (tmp_path / "1.slot").read_bytes()[:8192]
        command = Path(f"/proc/{health.pid}/cmdline").read_bytes()
    finally:
        capture.stop()
    assert (health.error, "RuntimeError" in health.line) == ("SourceError", True)
    assert "\n" not in health.line
    assert password not in health.line
    assert password.encode() not in header + command
    assert password not in repr(capture.camera)


def test_the_order_to_the_worker_holds_the_name_of_the_variable_only(monkeypatch):
    from pipeline.capture.order import Order

    monkeypatch.setenv("CAMERA_PASSWORD", "hunter2")
    camera = CameraSettings(name="a", url="rtsp://h/1", password_env="CAMERA_PASSWORD")
    order = Order.of(camera, "/run/x.slot")
    line = order.to_json()
    assert "hunter2" not in line
    assert Order.from_json(line) == order


def test_a_failing_test_picture_names_the_address_without_the_user(monkeypatch):
    monkeypatch.setenv("CAMERA_PASSWORD", "hunter2")
    camera = CameraSettings(
        name="cot 1",
        url="http://nurse@127.0.0.1:9/video?token=abc123",
        password_env="CAMERA_PASSWORD",
    )
    with pytest.raises(SourceError) as caught:
        still(camera)
    text = str(caught.value)
    assert "127.0.0.1:9/video" in text
    assert not [word for word in ("hunter2", "nurse", "abc123") if word in text]
    assert caught.value.__cause__ is None
